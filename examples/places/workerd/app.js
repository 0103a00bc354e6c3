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
// It answers every request with the same prediction.
const answers = [];
for (let i = 0; i < 2; i++) answers.push(await (await worker.dispatchFetch('http://localhost')).text());
if (answers[0] !== answers[1]) throw new Error(`the second answer is ${answers[1]}`);
console.log(answers[0]);
await worker.dispose();
