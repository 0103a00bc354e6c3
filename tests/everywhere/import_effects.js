// Imports every entry of the package, for Node and for browsers, in a program that watches what the import does, and renders the app's
// page then. It is copied into the app's folder.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/** Every global with its descriptor. */
const globals = () =>
  new Map(
    Reflect.ownKeys(globalThis).map((name) => [name, Reflect.getOwnPropertyDescriptor(globalThis, name)]),
  );

/** @type {string[]} */
const used = [];
const watched = { WebAssembly, fetch, setTimeout, setInterval, setImmediate, queueMicrotask };
for (const [name, value] of Object.entries(watched)) {
  const note = (/** @type {any} */ ...args) => used.push(`${name} ${String(args[1] ?? '')}`) && undefined;
  const handler = typeof value === 'function' ? { apply: note } : { get: note };
  Reflect.set(globalThis, name, new Proxy(value, handler));
}
// Node makes some of its globals when they are read for the first time, so what counts is the second reading.
globals();
const before = globals();
const listeners = process.eventNames().length;
for (const entry of ['index', 'keras', 'formats']) {
  for (const folder of ['node', 'web']) await import(`./node_modules/gru-wasm/dist/${folder}/${entry}.js`);
}
const { render } = await import('./app.js');
const after = globals();
const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (name) => !isDeepStrictEqual(before.get(name), after.get(name)),
);
assert.deepEqual(changed, [], 'importing the package changes globals');
assert.deepEqual(used, [], 'importing the package uses globals');
assert.equal(process.eventNames().length, listeners, 'importing the package listens to the process');
Object.assign(globalThis, watched);

const html = await render();
console.log(html.match(/<output>(.*)<\/output>/)?.[1]);
