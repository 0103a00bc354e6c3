// Rules that every line of js/ keeps, and that no tool checks for us.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The text of every file in js/, without comments and strings. @type {Map<string, string>} */
const SOURCES = new Map(
  readdirSync(join(ROOT, 'js'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => [`js/${name.split(sep).join('/')}`, blank(readFileSync(join(ROOT, 'js', name), 'utf8'))]),
);

/** Replaces comments, regular expressions and strings by blanks of the same length. Templates keep what is in ${}. @param {string} text */
function blank(text) {
  const pieces =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
  return text.replace(pieces, (piece) => piece.replace(/[^\n]/g, ' '));
}

/** @param {string} text @param {number} index */
const line_of = (text, index) => text.slice(0, index).split('\n').length;

/**
 * The calls that spread into their arguments, as `name(...value`. Parameters of functions and of arrow functions are not calls.
 * @param {string} text
 * @returns {{ index: number, call: string }[]}
 */
function spread_calls(text) {
  /** @type {{ bracket: string, index: number, spreads: number[] }[]} */
  const open = [];
  const calls = [];
  for (const { 0: token, index } of text.matchAll(/\.\.\.|[()[\]{}]/g)) {
    if (token === '...') {
      if (open.at(-1)?.bracket === '(') open.at(-1)?.spreads.push(index);
    } else if ('([{'.includes(token)) open.push({ bracket: token, index, spreads: [] });
    else {
      const { index: start, spreads } = /** @type {any} */ (open.pop());
      if (/^\s*(=>|\{)/.test(text.slice(index + 1))) continue;
      const [name] = text.slice(0, start).match(/[\w.?#\])]*$/) ?? [''];
      for (const spread of spreads)
        calls.push({ index: spread, call: `${name}(${text.slice(spread).match(/^\.\.\.[\w.#]*/)?.[0]}` });
    }
  }
  return calls;
}

test('the scanner finds the spreads of calls, and only those', () => {
  const calls = spread_calls(
    blank(
      `f(...a); new B(1, ...c.d); const g = (...rest) => [...rest]; function h(...rest) {} x.y({ ...z }) // f(...no)`,
    ),
  );
  expect(calls.map(({ call }) => call)).toEqual(['f(...a', 'B(...c.d']);
  expect(SOURCES.size).toBeGreaterThan(50);
});

test('no class is named by constructor.name or new.target.name, which a minifier changes', () => {
  const places = [...SOURCES].flatMap(([file, text]) =>
    [...text.matchAll(/\bconstructor\s*\??\.\s*name\b|\bnew\.target\s*\??\.\s*name\b/g)].map(
      ({ index }) => `${file}:${line_of(text, index)}`,
    ),
  );
  expect(places).toEqual([]);
});

/** Spreads whose length does not grow with data. @type {Record<string, string[]>} */
const FIXED_SIZE = {
  // The operands of one operation.
  'js/gradient/broadcast.js': ['Math.max(...shapes.map'],
  // Tapes that record inside one another.
  'js/gradient/recording.js': ['active.push(...paused'],
  // Pairs, checked to be two.
  'js/keras/metrics.js': ['loss(...same_rank'],
  // The layers of a model.
  'js/keras/summary.js': ['Math.max(...rows.map'],
  // The arguments that the caller wrote.
  'js/layers/layer.js': ['this.call(...inputs'],
  'js/layers/structure.js': ['map_structure(...others.map', 'f(...others'],
  // The blocks of arguments that the binary has.
  'js/runtime/heap.js': ['Math.max(...Object.values'],
};

test('no call has as many arguments as there are data: engines refuse some ten thousand', () => {
  const places = [...SOURCES].flatMap(([file, text]) =>
    spread_calls(text)
      .filter(({ call }) => !FIXED_SIZE[file]?.includes(call))
      .map(({ index, call }) => `${file}:${line_of(text, index)} ${call}`),
  );
  expect(places).toEqual([]);
  // The same with Function.prototype.apply.
  const applied = [...SOURCES].flatMap(([file, text]) =>
    [...text.matchAll(/\.apply\(\s*(?:null|undefined|this|Math|String|Array)\s*,/g)].map(
      ({ index }) => `${file}:${line_of(text, index)}`,
    ),
  );
  expect(applied).toEqual([]);
});

test('every spread that is allowed still exists', () => {
  const unused = Object.entries(FIXED_SIZE).flatMap(([file, calls]) => {
    const existing = spread_calls(SOURCES.get(file) ?? '').map(({ call }) => call);
    return calls.filter((call) => !existing.includes(call)).map((call) => `${file} ${call}`);
  });
  expect(unused).toEqual([]);
});
