// init: loading once, failing and trying again; every use before it.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SIMD_NAMES } from '../../js/runtime/binaries.js';
import { SIMD } from '../helpers/ready.js';
import { run_script } from '../helpers/script.js';

// Starting a Node of its own takes its time on a busy machine.
jest.setTimeout(60000);

const BINARY = `dist/gru.${SIMD}.wasm`;
/** What `init` resolves to, read from JSON: nothing of a module goes into it. */
const LOADED = { simd: SIMD, module: {} };
const OTHER = SIMD_NAMES.find((name) => name !== SIMD);

/** Requests by path. @type {Map<string, number>} */
const requests = new Map();
/** @type {import('node:http').Server} */
let server;
let address = '';

beforeAll(async () => {
  const binary = readFileSync(new URL(`../../${BINARY}`, import.meta.url));
  server = createServer(({ url = '' }, response) => {
    requests.set(url, (requests.get(url) ?? 0) + 1);
    const type = url.includes('untyped') ? 'application/octet-stream' : 'application/wasm';
    if (url.startsWith('/good')) response.writeHead(200, { 'content-type': type }).end(binary);
    else if (url.startsWith('/page'))
      response.writeHead(200, { 'content-type': type }).end('<!doctype html>');
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  address = `http://127.0.0.1:${port}`;
});
afterAll(() => new Promise((resolve) => server.close(() => resolve(null))));

/**
 * Calls of `init` one after the other in a fresh process: what each resolved to, or its error.
 * @param {string[]} calls expressions; `init` and `read` (a file's bytes) are known
 * @returns {Promise<any[]>}
 */
const outcomes = (calls) =>
  run_script(`
    import { readFile } from 'node:fs/promises';
    import { init } from './js/index.js';
    const read = (name) => readFile(name);
    const binary = ${JSON.stringify(BINARY)};
    const results = [];
    const without_module = ({ module, ...info }) => {
      if (!(module instanceof WebAssembly.Module)) throw new Error('init has given no module');
      return info;
    };
    for (const call of [${calls.map((call) => `async () => ${call}`).join(', ')}]) {
      try { results.push(await call()); }
      catch ({ name, message }) { results.push({ name, message }); }
    }
    console.log(JSON.stringify(results));
  `);

/** @param {string} call a failing one @returns {Promise<{ name: string, message: string }>} */
async function failure_of(call) {
  const [failure, again] = await outcomes([call, `init({ simd: '${SIMD}' })`]);
  // Whatever went wrong, the next call loads.
  expect(again).toEqual(LOADED);
  return failure;
}

describe('loading', () => {
  test('is once: later calls give the same, each an object of its own', async () => {
    const [first, second, same] = await outcomes([
      `init({ simd: '${SIMD}' })`,
      'init()',
      'Promise.all([init(), init()]).then(([a, b]) => a === b)',
    ]);
    expect([first, second, same]).toEqual([LOADED, LOADED, false]);
  });
  test('calls at the same time share one request', async () => {
    const [result] = await outcomes([
      `Promise.all([1, 2, 3].map(() => init({ wasm: '${address}/good-once' })))`,
    ]);
    expect(result).toEqual(Array(3).fill(LOADED));
    expect(requests.get('/good-once')).toBe(1);
  });
  test.each([
    ['a URL', () => `'${address}/good'`],
    ['a URL object', () => `new URL('${address}/good')`],
    ['a URL whose server does not know the type', () => `'${address}/good-untyped'`],
    ['a path', () => 'binary'],
    ['a file: URL', () => "new URL(binary, 'file://' + process.cwd() + '/')"],
    ['bytes', () => 'await read(binary)'],
    ['an ArrayBuffer', () => 'new Uint8Array(await read(binary)).buffer'],
    ['a view of bytes', () => 'new DataView(new Uint8Array(await read(binary)).buffer)'],
    ['a Response', () => `await fetch('${address}/good')`],
    ['a Response without a type', () => 'new Response(await read(binary))'],
    ['a compiled module', () => 'await WebAssembly.compile(await read(binary))'],
    ['a data: URL', () => "'data:application/wasm;base64,' + (await read(binary)).toString('base64')"],
  ])('from %s', async (_what, wasm) => {
    expect(await outcomes([`init({ wasm: ${wasm()} })`])).toEqual([LOADED]);
  });
  test.each([
    ['of addresses', () => `{ relaxed: '${address}/good', baseline: '${address}/good' }`],
    ['of bytes, one of them a promise', () => `{ ${SIMD}: read(binary) }`],
  ])('from an object of binaries, %s', async (_what, wasm) => {
    expect(await outcomes([`init({ simd: '${SIMD}', wasm: ${wasm()} })`])).toEqual([LOADED]);
  });
  test('from a promise of a Response', async () => {
    expect(await outcomes([`init({ wasm: fetch('${address}/good') })`])).toEqual([LOADED]);
  });
  test('an object takes the best of its binaries that the engine can run', async () => {
    expect(await outcomes(['init({ wasm: { baseline: read("dist/gru.baseline.wasm") } })'])).toEqual([
      { simd: 'baseline', module: {} },
    ]);
  });
  test('computes, whatever it was loaded from', async () => {
    const value = await run_script(`
      import { readFile } from 'node:fs/promises';
      import { init, GRUCell } from './js/index.js';
      await init({ wasm: await WebAssembly.compile(await readFile(${JSON.stringify(BINARY)})) });
      const cell = new GRUCell(1, { kernel_initializer: 'zeros', bias_initializer: 'zeros' });
      console.log(JSON.stringify(cell.call([[1]], [[0.5]])[0].array()));
    `);
    expect(value).toEqual([[0.25]]);
  });
});

describe('one compilation for all threads', () => {
  test("a worker starts from the module that the main thread's init gives", async () => {
    const states = await run_script(`
      import { Worker } from 'node:worker_threads';
      import { init } from './js/index.js';
      const { module } = await init({ simd: '${SIMD}' });
      const script = \`
        import { parentPort, workerData } from 'node:worker_threads';
        import { GRUCell, init } from './js/index.js';
        WebAssembly.compile = () => { throw new Error('this thread must not compile'); };
        const { simd } = await init({ wasm: workerData });
        const cell = new GRUCell(1, { kernel_initializer: 'zeros', bias_initializer: 'zeros' });
        parentPort.postMessage({ simd, state: cell.call([[1]], [[0.5]])[0].array() });
      \`;
      const url = new URL('data:text/javascript,' + encodeURIComponent(script.replaceAll("'./js/", "'" + new URL('./js/', 'file://' + process.cwd() + '/'))));
      const start = () => new Promise((resolve, reject) =>
        new Worker(url, { workerData: module }).on('message', resolve).on('error', reject));
      console.log(JSON.stringify(await Promise.all([start(), start()])));
    `);
    expect(states).toEqual(Array(2).fill({ simd: SIMD, state: [[0.25]] }));
  });
});

describe('binary_url', () => {
  test('is the file that init loads', async () => {
    const [url, other] = await outcomes([
      `import('./js/index.js').then(({ binary_url }) => binary_url('${SIMD}'))`,
      `import('./js/index.js').then(async ({ binary_url }) => init({ wasm: await read(binary_url('${SIMD}')) }))`,
    ]);
    expect(url).toMatch(new RegExp(`^file:.*/${BINARY}$`));
    expect(other).toEqual(LOADED);
  });
  test('refuses an unknown simd', async () => {
    const [failure] = await outcomes([
      "import('./js/index.js').then(({ binary_url }) => binary_url('fast'))",
    ]);
    expect(failure).toMatchObject({
      name: 'ValueError',
      message: expect.stringMatching(/binary_url: simd must be one of .* not "fast"/),
    });
  });
});

describe('what cannot be loaded is an error, and can be tried again', () => {
  test.each(
    /** @type {[string, () => string, string, RegExp][]} */ ([
      [
        'an address that is not there',
        () => `'${address}/missing.wasm'`,
        'NotFoundError',
        /missing\.wasm .*status 404.*init\(\{ wasm \}\)/,
      ],
      [
        'a server that is not there',
        () => "'http://127.0.0.1:9/gru.wasm'",
        'NotFoundError',
        /127\.0\.0\.1:9.* cannot be read/,
      ],
      [
        'a file that is not there',
        () => "'dist/no.wasm'",
        'NotFoundError',
        /dist\/no\.wasm cannot be read: ENOENT/,
      ],
      ['a Response that is none', () => `await fetch('${address}/missing')`, 'NotFoundError', /status 404/],
      [
        'a page in its place',
        () => `'${address}/page'`,
        'InvalidArgumentError',
        /HTML at .*page in place of the binary.*optimizeDeps/,
      ],
      [
        'a page without the type',
        () => `'${address}/page-untyped'`,
        'InvalidArgumentError',
        /HTML at .*page-untyped in place of the binary/,
      ],
      [
        'bytes of something else',
        () => "new TextEncoder().encode('nothing')",
        'InvalidArgumentError',
        /is not WebAssembly/,
      ],
      ['no bytes', () => 'new Uint8Array()', 'InvalidArgumentError', /is not WebAssembly/],
      // What Chromium, Firefox and workerd say where they refuse to compile.
      ...[
        [
          "WebAssembly.compile(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script",
          "add 'wasm-unsafe-eval' to its script-src",
        ],
        ['call to WebAssembly.compile() blocked by CSP', "add 'wasm-unsafe-eval' to its script-src"],
        ['WebAssembly.compile(): Wasm code generation disallowed by embedder', 'pass the WebAssembly.Module'],
      ].map(([message, advice]) => [
        `an engine that refuses: ${message.slice(-30)}`,
        () => `(() => {
          const { compile } = WebAssembly;
          WebAssembly.compile = async (bytes) => {
            if (bytes.length > 8) return compile(bytes);
            throw new WebAssembly.CompileError(${JSON.stringify(message)});
          };
          return new Uint8Array(8);
        })()`,
        'UnimplementedError',
        new RegExp(advice),
      ]),
      [
        "another package's module",
        () => 'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])',
        'InvalidArgumentError',
        /is not this package's/,
      ],
      [
        'a module that imports what nobody gives',
        // (import "x" "f" (func))
        () =>
          'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 120, 1, 102, 0, 0])',
        'InvalidArgumentError',
        /is not this package's/,
      ],
      [
        'a number',
        () => '42',
        'TypeError',
        /wasm must be a URL, bytes, a Response or a WebAssembly\.Module, not 42/,
      ],
    ]),
  )('%s', async (_what, wasm, name, message) => {
    const failure = await failure_of(`init({ wasm: ${wasm()} })`);
    expect(failure.message).toMatch(message);
    expect(failure.name).toBe(name);
  });
  test('an unknown simd', async () => {
    const failure = await failure_of("init({ simd: 'fast' })");
    expect(failure).toMatchObject({
      name: 'ValueError',
      message: expect.stringMatching(/simd must be one of .* not "fast"/),
    });
  });
  test('an object without the binary, or with another', async () => {
    expect(await failure_of(`init({ simd: '${SIMD}', wasm: { ${OTHER}: read(binary) } })`)).toEqual({
      name: 'ValueError',
      message: `init: wasm has no binary for simd '${SIMD}', only ["${OTHER}"]`,
    });
    expect(await failure_of("init({ wasm: { fast: 'gru.wasm' } })")).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining("init: wasm has no option 'fast'"),
    });
    expect(await failure_of('init({ wasm: {} })')).toMatchObject({ name: 'ValueError' });
  });
  test('a promise that is rejected', async () => {
    expect(await failure_of("init({ wasm: fetch('http://127.0.0.1:9/gru.wasm') })")).toMatchObject({
      name: 'NotFoundError',
      message: expect.stringMatching(/init: the binary cannot be read: /),
    });
  });
  test('an unknown option', async () => {
    expect(await failure_of("init({ url: 'gru.wasm' })")).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining("init has no option 'url'"),
    });
  });
  test('a binary that is not the one asked for', async () => {
    const failure = await failure_of(`init({ simd: '${OTHER}', wasm: binary })`);
    // An engine that lacks the other's instructions says that first.
    expect(failure.name).toMatch(/ValueError|UnimplementedError/);
    expect(failure.message).toMatch(/wasm holds the .* binary, but simd is|cannot run the .* binary/);
  });
  test('the other binary than the one that is loaded', async () => {
    const [loaded, other] = await outcomes([`init({ simd: '${SIMD}' })`, `init({ simd: '${OTHER}' })`]);
    expect(loaded).toEqual(LOADED);
    expect(other).toEqual({
      name: 'ValueError',
      message: `init: simd '${OTHER}' was asked for, but the ${SIMD} binary is already loaded`,
    });
  });
  test('calls at the same time fail together, and the next one loads', async () => {
    const [failures, again] = await outcomes([
      "Promise.allSettled([1, 2].map(() => init({ wasm: 'dist/no.wasm' }))).then((all) => all.map(({ reason }) => reason.name))",
      `init({ simd: '${SIMD}' })`,
    ]);
    expect(failures).toEqual(['NotFoundError', 'NotFoundError']);
    expect(again).toEqual(LOADED);
  });
});

test('every use before init is a FailedPreconditionError that says what to do', async () => {
  const failures = await run_script(`
    import * as gru from './js/index.js';
    const zeros = (...shape) => gru.tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    const block = { x: zeros(1, 1), h_prev: zeros(1, 1), w_ru: zeros(2, 2), w_c: zeros(2, 1), b_ru: zeros(2), b_c: zeros(1) };
    const all = zeros(1, 1);
    class Mine extends gru.RNNCell {
      build() { this.add_weight('w', { shape: [1] }); }
    }
    const uses = {
      GRUCell: () => new gru.GRUCell(4),
      from_config: () => gru.GRUCell.from_config({ num_units: 4 }),
      get_variable: () => gru.get_variable('v', { shape: [1] }),
      add_weight: () => new Mine().build([null, 1]),
      Variable: () => new gru.Variable({ name: 'v', shape: [1], dtype: 'float32', value: [1] }),
      GRUBlockCell: () => gru.raw_ops.GRUBlockCell(block),
      GRUBlockCellGrad: () => gru.raw_ops.GRUBlockCellGrad({ ...block, r: all, u: all, c: all, d_h: all }),
      memory: () => gru.memory(),
    };
    const failures = {};
    for (const [name, use] of Object.entries(uses)) {
      try { use(); failures[name] = 'nothing'; }
      catch ({ name: kind, message }) { failures[name] = kind + ': ' + message; }
    }
    await gru.init({ simd: '${SIMD}' });
    for (const use of Object.values(uses)) use();
    console.log(JSON.stringify(failures));
  `);
  for (const failure of Object.values(failures)) {
    expect(failure).toBe(
      'FailedPreconditionError: gru-wasm is not ready: call `await init()` once before anything that computes',
    );
  }
});

test('what needs no binary works before init', async () => {
  const value = await run_script(`
    import { tensor, initializers, regularizers, variable_scope, Graph, AUTO_REUSE } from './js/index.js';
    new Graph().as_default(() => variable_scope('a', { reuse: AUTO_REUSE }, (scope) => scope.name));
    regularizers.l2(0.1);
    console.log(JSON.stringify([tensor([[1, 2]]).array(), initializers.constant(3)([2]).length]));
  `);
  expect(value).toEqual([[[1, 2]], 2]);
});
