// The model's own thread: it answers the page's requests, and leaves a request when a newer one comes.
import { init } from 'gru-wasm';
import { BEGINNING, random, TextModel } from '../examples/text_model.js';
import { Reader } from './reader.js';

/**
 * @typedef {{ id: number, type: 'load', simd: string, text: string }
 *   | { id: number, type: 'look', text: string }
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
 * @typedef {object} View what the model expects and remembers
 * @property {Float32Array} probabilities
 * @property {Float32Array} state
 *
 * @typedef {View & { strangers: [string, string][] }} Look what it makes of a text, and the text's characters that it does not
 *   know, each with what it is read as
 *
 * @typedef {object} Facts
 * @property {readonly string[]} vocabulary
 * @property {Record<string, any>} metadata
 * @property {number} units
 * @property {string} simd
 *
 * @typedef {({ id: number, type: 'loaded' } & Facts & Look)
 *   | ({ id: number, type: 'view' } & Look)
 *   | ({ id: number, type: 'character', character: string } & View)
 *   | { id: number, type: 'measured', microseconds: number }
 *   | { id: number, type: 'done' }
 *   | { id: number, type: 'failed', name: string, message: string }} Answer
 */

/** So many characters are read before the worker looks whether something newer has come. */
const SLICE = 2000;
/** So many milliseconds are spent on measuring. */
const MEASURING = 400;

const MODEL = new URL('../examples/model/moby_dick.safetensors', import.meta.url);

/** @type {TextModel} */
let model;
/** @type {Reader} */
let reader;
/** The newest request. */
let newest = 0;

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {Answer} answer */
const reply = (answer) => self.postMessage(answer);

/** @returns {View} */
const view = () => ({ probabilities: model.probabilities(), state: model.state });

/**
 * @param {string} text that was read
 * @returns {Look}
 */
function look_of(text) {
  const strangers = [...new Set(text)].filter((character) => !model.vocabulary.includes(character));
  const pairs = strangers.map(
    (character) => /** @type {[string, string]} */ ([character, model.read_as(character)]),
  );
  return { strangers: pairs, ...view() };
}

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  newest = request.id;
  try {
    if (request.type === 'load') await load(request);
    if (request.type === 'look') await look(request);
    if (request.type === 'continue') await go_on(request);
    if (request.type === 'measure') await measure(request);
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    reply({ id: request.id, type: 'failed', name, message });
  }
};

/** @param {Request & { type: 'load' }} request */
async function load({ id, simd: wanted, text }) {
  // The model is on its way while the binary is.
  const [{ simd }, file] = await Promise.all([
    init({ simd: /** @type {import('gru-wasm').InitOptions['simd']} */ (wanted) }),
    fetch_model(),
  ]);
  model = await TextModel.load(file);
  model.reset();
  model.feed(BEGINNING);
  reader = new Reader(model);
  const { vocabulary, metadata } = model;
  const facts = { vocabulary, metadata, units: model.state.length, simd };
  // The first prediction comes along.
  if (await read(id, text)) reply({ id, type: 'loaded', ...facts, ...look_of(text) });
}

/** The model's bytes; an answer that has none, which says so itself when it is read. */
async function fetch_model() {
  const response = await fetch(MODEL);
  return response.ok ? response.arrayBuffer() : response;
}

/**
 * The time of one step: the best of short runs for a while, as the clock of a page is coarse and the engine takes its time
 * to compile what it runs often.
 * @param {Request & { type: 'measure' }} request
 */
async function measure({ id }) {
  const steps = 100;
  const text = Array.from({ length: steps }, (_, i) => model.vocabulary[i % model.vocabulary.length]);
  const end = performance.now() + MEASURING;
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
  reader.advance(SLICE);
  while (reader.remaining > 0) {
    await pause(0);
    if (id !== newest) return false;
    reader.advance(SLICE);
  }
  return true;
}

/** @param {Request & { type: 'look' }} request */
async function look({ id, text }) {
  if (await read(id, text)) reply({ id, type: 'view', ...look_of(text) });
}

/** @param {Request & { type: 'continue' }} request */
async function go_on({ id, text, temperature, length, seed, pace }) {
  if (!(await read(id, text))) return;
  const next_random = random(seed);
  for (let count = 0; count < length; ++count) {
    const character = model.sample(model.probabilities(), temperature, next_random);
    reader.append(character);
    reply({ id, type: 'character', character, ...view() });
    await pause(pace);
    if (id !== newest) return;
  }
  reply({ id, type: 'done' });
}
