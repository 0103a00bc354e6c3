// What wrangler does: bundles the worker, passes the binary as a module, and starts workerd.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

const options = { bundle: true, write: false, format: 'esm', conditions: ['workerd', 'worker', 'browser'] };
const { outputFiles } = await build({ ...options, entryPoints: ['worker.js'], external: ['*.wasm'] });
const path = 'gru-wasm/gru.relaxed.wasm';
const wasm = readFileSync(new URL(import.meta.resolve(path)));
const worker = new Miniflare({
  compatibilityDate: '2026-01-01',
  modules: [
    { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
    { type: 'CompiledWasm', path, contents: wasm },
  ],
});
console.log(await (await worker.dispatchFetch('http://localhost')).text());
await worker.dispose();
