// The page: sends the text to the model's worker and shows the answers.
//
// `?simd=baseline` runs the baseline binary.
import { Bars } from './bars.js';
import { Editor } from './editor.js';
import { show_failure } from './failure.js';
import { glyph } from './glyphs.js';
import { HeatMap } from './heat_map.js';
import { ModelClient } from './model_client.js';

/** @typedef {import('./worker.js').View} View */
/** @typedef {import('./worker.js').Facts} Facts */
/** @typedef {import('./worker.js').TextView} TextView */

/** Milliseconds between the characters of a continuation. */
const PACE = 20;
/** Characters of the text shown before the bars and before the continuation. */
const TAIL = 24;

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 */
const element = (id) => /** @type {E} */ (document.getElementById(id));

const page = element('page');
const button = /** @type {HTMLButtonElement} */ (element('continue'));
const keep = element('keep');
const continuation = element('continuation');
const [temperature, length, seed] = ['temperature', 'length', 'seed'].map(
  (id) => /** @type {HTMLInputElement} */ (element(id)),
);

const bars = new Bars(element('bars'), {
  rest: element('rest'),
  rest_name: element('rest-name'),
  on_pick: (character) => editor.append(added + character),
});
const heat_map = new HeatMap(/** @type {HTMLCanvasElement} */ (element('cells')), element('cell'));
const editor = new Editor(/** @type {HTMLTextAreaElement} */ (element('text')), {
  mirror: element('mirror'),
  note: element('unknown-characters'),
  on_change: view_text,
});

/** @type {ModelClient} */
let client;
/** null: not loaded yet. @type {Facts | null} */
let loaded = null;
/** The text that the model has added. */
let added = '';
let continuing = false;
/** Whether the time of a step has been measured. */
let measured = false;
/** Drawn in the next frame. @type {{ view: View, text: string } | null} */
let next_drawing = null;

/** @param {string} text */
const tail_of = (text) => [...text.slice(-2 * TAIL)].slice(-TAIL).join('');

/** @param {View} view @param {string} text that was read */
function show(view, text) {
  if (!next_drawing) requestAnimationFrame(draw);
  next_drawing = { view, text };
}

function draw() {
  if (!next_drawing || !loaded) return;
  const { view, text } = next_drawing;
  next_drawing = null;
  bars.show(loaded.vocabulary, view.probabilities);
  heat_map.show(view.state);
  const tail = tail_of(text);
  element('context').textContent = text
    ? `after “${tail.length < text.length ? '…' : ''}${[...tail].map(glyph).join('').replaceAll('␣', ' ')}”`
    : 'at the beginning of a text';
  continuation.lastChild?.replaceWith(added);
  element('bars').setAttribute('aria-busy', String(text !== editor.text + added));
}

/** @param {boolean} now */
function set_continuing(now) {
  continuing = now;
  button.textContent = now ? 'Stop' : 'Continue';
  button.classList.toggle('stops', now);
  continuation.setAttribute('aria-busy', String(now));
  keep.hidden = now || !added;
}

function clear_continuation() {
  added = '';
  continuation.replaceChildren();
  element('continuation-hint').hidden = false;
  set_continuing(false);
}

async function view_text() {
  if (!loaded) return;
  clear_continuation();
  element('bars').setAttribute('aria-busy', 'true');
  const { text } = editor;
  const answer = await client.view(text).catch(fail);
  if (answer) show_text_view(answer, text);
}

/** @param {TextView} answer @param {string} text */
function show_text_view(answer, text) {
  editor.mark(answer.unknown_characters);
  show(answer, text);
  if (!measured) measure();
}

/** Measures the time of a step, after the first prediction is shown. */
async function measure() {
  const answer = await client.measure().catch(fail);
  if (!answer) return;
  measured = true;
  const { microseconds } = answer;
  element('fact-time').textContent = `${microseconds.toFixed(microseconds < 10 ? 1 : 0)} µs`;
}

async function continue_text() {
  const { text } = editor;
  clear_continuation();
  element('continuation-hint').hidden = true;
  const before = document.createElement('span');
  before.className = 'before';
  before.setAttribute('aria-hidden', 'true');
  before.textContent = (text.length > TAIL ? '…' : '') + tail_of(text);
  continuation.append(before, '');
  set_continuing(true);
  const options = {
    temperature: temperature.valueAsNumber,
    length: length.valueAsNumber,
    seed: seed.valueAsNumber,
    pace: PACE,
  };
  const done = await client
    .continue_text(text, options, (character, view) => {
      added += character;
      show(view, text + added);
    })
    .catch(fail);
  // A newer request updates the page itself.
  if (done) set_continuing(false);
}

/** @param {Error} error */
function fail(error) {
  set_continuing(false);
  button.disabled = true;
  page.inert = true;
  page.removeAttribute('aria-busy');
  show_failure(error, start);
}

/** @param {Facts} facts */
function show_facts({ metadata, units, simd }) {
  element('lede-units').textContent = ` of ${units} units`;
  element('lede-book').hidden = !metadata.book;
  element('book').textContent = metadata.book ?? '';
  element('fact-model').textContent = `GRU, ${units} units`;
  const bits = Number(metadata.validation_bits_per_character);
  element('fact-bits').textContent = bits ? `${bits.toFixed(2)} bits per character` : 'not recorded';
  element('fact-binary').textContent = `${simd} SIMD`;
}

async function start() {
  loaded = null;
  measured = false;
  page.inert = false;
  page.setAttribute('aria-busy', 'true');
  client?.dispose();
  client = new ModelClient();
  const simd = new URLSearchParams(location.search).get('simd') ?? 'auto';
  const { text } = editor;
  const answer = await client.load(simd, text).catch(fail);
  if (!answer) return;
  loaded = answer;
  clear_continuation();
  if (text === editor.text) show_text_view(answer, text);
  else view_text();
  show_facts(answer);
  page.removeAttribute('aria-busy');
  button.disabled = false;
}

element('controls').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!continuing) {
    continue_text();
    return;
  }
  client.stop();
  set_continuing(false);
});
element('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!continuing) /** @type {HTMLFormElement} */ (element('controls')).requestSubmit(button);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && continuing) button.click();
});
keep.addEventListener('click', () => {
  editor.append(added);
  element('text').focus();
});
element('new-seed').addEventListener('click', () => {
  seed.valueAsNumber = crypto.getRandomValues(new Uint16Array(1))[0];
});
temperature.addEventListener('input', () => {
  element('temperature-shown').textContent = temperature.valueAsNumber.toFixed(2).replace(/0$/, '');
});

start();
