// The arrows between rooms: an import that goes against the drawing in CONTRIBUTING.md fails here.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} text a file of the repository */
const read = (text) => readFileSync(join(ROOT, text), 'utf8');

/**
 * The rooms that each room may import from: everything to its left in a line of the drawing.
 * @returns {Map<string, Set<string>>}
 */
function read_drawing() {
  const lines = read('CONTRIBUTING.md').match(/^ {4}.*→.*$/gm) ?? [];
  /** @type {Map<string, Set<string>>} */
  const left = new Map();
  for (const line of lines) {
    const rooms = line.split('→').map((name) => name.trim());
    rooms.forEach((room, i) => {
      left.set(room, new Set([...(left.get(room) ?? []), ...rooms.slice(0, i)]));
    });
  }
  return left;
}

/** @param {string} folder @param {RegExp} pattern @returns {string[]} paths with slashes, relative to the root */
function files_in(folder, pattern) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((name) => pattern.test(name));
}

/** The files that a JavaScript file imports, those of its JSDoc types included. @param {string} file */
function js_imports(file) {
  const imports = read(file).matchAll(/(?:\bfrom |\bimport ?\(|\bimport )\s*['"](\.[^'"]+)['"]/g);
  return [...imports].map(([, name]) =>
    relative(ROOT, join(ROOT, dirname(file), name))
      .split(sep)
      .join('/'),
  );
}

/** The project's own files that a C++ file includes. @param {string} file */
const cpp_includes = (file) =>
  [...read(file).matchAll(/#include "([^"]+)"/g)].map(([, name]) => `cpp/${name}`);

/** @param {string} file @returns {string} its folder below `js` or `cpp`, or the file itself where it lies beside the rooms */
const room_of = (file) => file.split('/').slice(0, 2).join('/');

const LEFT = read_drawing();
const FILES = [
  ...files_in('js', /^js\/[^/]+\/.*\.js$/).map((file) => ({ file, imports: js_imports(file) })),
  ...files_in('cpp', /\.(cpp|h)$/).map((file) => ({ file, imports: cpp_includes(file) })),
];

test('the drawing shows every room, and no room that does not exist', () => {
  const rooms = new Set(FILES.map(({ file }) => room_of(file)));
  expect([...LEFT.keys()].sort()).toEqual([...rooms].sort());
});

test('no room stands to its own left', () => {
  for (const [room, left] of LEFT) expect([room, left.has(room)]).toEqual([room, false]);
});

test('a room imports only from rooms to its left', () => {
  const wrong = FILES.flatMap(({ file, imports }) =>
    imports
      .filter((name) => /^(js|cpp)\//.test(name) && room_of(name) !== room_of(file))
      .filter((name) => !LEFT.get(room_of(file))?.has(room_of(name)))
      .map((name) => `${file} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('every room imports from a room to its left', () => {
  const used = new Set(
    FILES.flatMap(({ file, imports }) => imports.map((name) => `${room_of(name)} → ${room_of(file)}`)),
  );
  const alone = [...LEFT].filter(
    ([room, left]) => left.size && ![...left].some((name) => used.has(`${name} → ${room}`)),
  );
  expect(alone.map(([room]) => room)).toEqual([]);
});

test('examples and the demo use the package by its name, as its users do', () => {
  const files = [...files_in('examples', /\.js$/), ...files_in('demo', /\.(js|html)$/)].filter(
    (file) => !file.includes('/dist/'),
  );
  const inside = files.filter((file) => /['"](?:\.\.\/)+(?:js|dist|cpp)\//.test(read(file)));
  expect(files.length).toBeGreaterThan(5);
  expect(inside).toEqual([]);
});

test('no modules import each other in a circle', () => {
  // JSDoc types may name each other; modules that run may not.
  const runs = new Map(
    FILES.map(({ file }) => [
      file,
      [...read(file).matchAll(/^(?:import|export)[^;]*? from '(\.[^']+)'/gm)].map(([, name]) =>
        relative(ROOT, join(ROOT, dirname(file), name))
          .split(sep)
          .join('/'),
      ),
    ]),
  );
  /** @type {string[]} */
  const circles = [];
  const visit = (/** @type {string} */ file, /** @type {string[]} */ path) => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of runs.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  const done = new Set();
  for (const file of runs.keys()) visit(file, []);
  expect(circles).toEqual([]);
});
