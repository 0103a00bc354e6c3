// The worker that runs the model: it answers the page's requests, and abandons a request when a newer one arrives.
import { init } from 'gru-wasm';
import { PARAGRAPH_BREAK, random_generator, TextModel } from '../examples/text_model.js';
import { Reader } from './reader.js';

/**
 * @typedef {{ id: number, type: 'load', simd: string, text: string }
 *   | { id: number, type: 'view', text: string }
 *   | { id: number, type: 'measure' }
 *   | ({ id: number, type: 'continue', text: string } & ContinueOptions)
 *   | { id: number, type: 'stop' }} Request
 *
 * @typedef {object} ContinueOptions
 * @property {number} temperature
 * @property {number} length in characters
 * @property {number} seed
 * @property {number} pace milliseconds between characters
 *
 * @typedef {object} View what the page draws
 * @property {Float32Array} probabilities of the next character, by id
 * @property {Float32Array} state the hidden state of the cell
 *
 * @typedef {View & { unknown_characters: [character: string, replacement: string][] }} TextView after a text, with its characters
 *   that are not in the vocabulary
 *
 * @typedef {object} Facts
 * @property {readonly string[]} vocabulary
 * @property {Record<string, any>} metadata
 * @property {number} units
 * @property {string} simd
 *
 * @typedef {({ id: number, type: 'loaded' } & Facts & TextView)
 *   | ({ id: number, type: 'view' } & TextView)
 *   | ({ id: number, type: 'character', character: string } & View)
 *   | { id: number, type: 'measured', microseconds: number }
 *   | { id: number, type: 'done' }
 *   | { id: number, type: 'failed', name: string, message: string }} Answer
 */

/** Characters that are read between two checks for a newer request. */
const CHUNK = 2000;
/** Duration of the speed measurement, in milliseconds. */
const MEASURING_TIME = 400;

const MODEL = new URL('../examples/model/moby_dick.safetensors', import.meta.url);

/** @type {TextModel} */
let model;
/** @type {Reader} */
let reader;
/** The id of the newest request. */
let newest = 0;

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {Answer} answer */
const reply = (answer) => self.postMessage(answer);

/** @returns {View} */
const view = () => ({ probabilities: model.probabilities(), state: model.state });

/**
 * @param {string} text that the model has read
 * @returns {TextView}
 */
const text_view = (text) => ({ unknown_characters: model.unknown_characters(text), ...view() });

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  newest = request.id;
  try {
    if (request.type === 'load') await load(request);
    if (request.type === 'view') await show_text(request);
    if (request.type === 'continue') await generate(request);
    if (request.type === 'measure') await measure(request);
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    reply({ id: request.id, type: 'failed', name, message });
  }
};

/** @param {Request & { type: 'load' }} request */
async function load({ id, simd: requested_simd, text }) {
  // The model and the binary are downloaded at the same time.
  const [{ simd }, file] = await Promise.all([
    init({ simd: /** @type {import('gru-wasm').InitOptions['simd']} */ (requested_simd) }),
    fetch_model(),
  ]);
  model = await TextModel.load(file);
  model.reset();
  model.feed(PARAGRAPH_BREAK);
  reader = new Reader(model);
  const { vocabulary, metadata } = model;
  const facts = { vocabulary, metadata, units: model.state.length, simd };
  // The reply includes the first prediction.
  if (await read(id, text)) reply({ id, type: 'loaded', ...facts, ...text_view(text) });
}

/** The model's bytes, or the failed Response, for which load_model throws an error. */
async function fetch_model() {
  const response = await fetch(MODEL);
  return response.ok ? response.arrayBuffer() : response;
}

/**
 * The time of one step: the shortest of many short runs, because the clock of a page is coarse and the JavaScript engine
 * optimizes code only after it has run for a while.
 * @param {Request & { type: 'measure' }} request
 */
async function measure({ id }) {
  const steps = 100;
  const text = Array.from({ length: steps }, (_, i) => model.vocabulary[i % model.vocabulary.length]);
  const end = performance.now() + MEASURING_TIME;
  let best = Number.POSITIVE_INFINITY;
  do {
    const { state } = model;
    const start = performance.now();
    for (const character of text) model.feed(character);
    best = Math.min(best, performance.now() - start);
    model.state = state;
    await pause(0);
    if (id !== newest) return;
  } while (performance.now() < end);
  reply({ id, type: 'measured', microseconds: (best / steps) * 1000 });
}

/**
 * @param {number} id
 * @param {string} text
 * @returns {Promise<boolean>} whether the request is still the newest when the text has been read
 */
async function read(id, text) {
  reader.open(text);
  reader.advance(CHUNK);
  while (reader.remaining > 0) {
    await pause(0);
    if (id !== newest) return false;
    reader.advance(CHUNK);
  }
  return true;
}

/** @param {Request & { type: 'view' }} request */
async function show_text({ id, text }) {
  if (await read(id, text)) reply({ id, type: 'view', ...text_view(text) });
}

/** @param {Request & { type: 'continue' }} request */
async function generate({ id, text, temperature, length, seed, pace }) {
  if (!(await read(id, text))) return;
  const next_random = random_generator(seed);
  for (let count = 0; count < length; ++count) {
    const character = model.sample(model.probabilities(), temperature, next_random);
    reader.append(character);
    reply({ id, type: 'character', character, ...view() });
    await pause(pace);
    if (id !== newest) return;
  }
  reply({ id, type: 'done' });
}
