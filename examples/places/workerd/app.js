// What wrangler does: bundles the worker, leaves the binaries beside it as modules, and starts workerd.
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

await build({
  entryPoints: ['worker.js'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  loader: { '.wasm': 'copy' },
});
const worker = new Miniflare({
  compatibilityDate: '2026-01-01',
  scriptPath: 'dist/worker.js',
  modules: true,
  modulesRules: [
    { type: 'ESModule', include: ['**/*.js'] },
    { type: 'CompiledWasm', include: ['**/*.wasm'] },
  ],
});
console.log(await (await worker.dispatchFetch('http://localhost')).text());
await worker.dispose();
