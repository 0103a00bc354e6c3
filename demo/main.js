// The page: what is typed goes to the model's worker, what it answers is shown.
//
// `?simd=baseline` runs the binary that every engine can run.
import { Bars } from './bars.js';
import { Editor } from './editor.js';
import { show_failure } from './failure.js';
import { glyph } from './glyphs.js';
import { HeatMap } from './heat_map.js';
import { ModelClient } from './model_client.js';

/** @typedef {import('./worker.js').View} View */
/** @typedef {import('./worker.js').Facts} Facts */
/** @typedef {import('./worker.js').Look} Look */

/** Milliseconds between the characters of a continuation: as fast as one can watch. */
const PACE = 20;
/** So much of the text before the next character is shown with the bars, and before the continuation. */
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
  note: element('strangers'),
  on_change: look,
});

/** @type {ModelClient} */
let client;
/** What was loaded, once it was. @type {Facts | null} */
let loaded = null;
/** What the model has added to the text. */
let added = '';
let continuing = false;
/** Whether the time of a step is shown. */
let measured = false;
/** What is to be drawn in the next frame. @type {{ view: View, text: string } | null} */
let waiting = null;

/** @param {string} text */
const tail_of = (text) => [...text.slice(-2 * TAIL)].slice(-TAIL).join('');

/** @param {View} view @param {string} text after which it is so */
function show(view, text) {
  if (!waiting) requestAnimationFrame(draw);
  waiting = { view, text };
}

function draw() {
  if (!waiting || !loaded) return;
  const { view, text } = waiting;
  waiting = null;
  bars.show(loaded.vocabulary, view.probabilities);
  heat_map.show(view.state);
  const tail = tail_of(text);
  element('context').textContent = text
    ? `after “${tail.length < text.length ? '…' : ''}${[...tail].map(glyph).join('').replaceAll('␣', ' ')}”`
    : 'at the very beginning';
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

async function look() {
  if (!loaded) return;
  clear_continuation();
  element('bars').setAttribute('aria-busy', 'true');
  const { text } = editor;
  const answer = await client.look(text).catch(fail);
  if (answer) show_look(answer, text);
}

/** @param {Look} answer @param {string} text */
function show_look(answer, text) {
  editor.mark(answer.strangers);
  show(answer, text);
  if (!measured) measure();
}

/** After the first prediction, which does not wait for it. */
async function measure() {
  const answer = await client.measure().catch(fail);
  if (!answer) return;
  measured = true;
  const { microseconds } = answer;
  element('fact-time').textContent = `${microseconds.toFixed(microseconds < 10 ? 1 : 0)} µs`;
}

async function go_on() {
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
  // Something newer that overtook this has put the page in order itself.
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
  if (text === editor.text) show_look(answer, text);
  else look();
  show_facts(answer);
  page.removeAttribute('aria-busy');
  button.disabled = false;
}

element('controls').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!continuing) {
    go_on();
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
