// Builds the files of the package: the binaries, the bundles and the types.
//
//   node tools/build.js                all of it
//   node tools/build.js --if-needed    only the steps whose inputs have changed since their last success
//   node tools/build.js --skip-wasm --skip-js --skip-types

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { digest, stamp } from './build/stamp.js';
import { WASM_INPUTS, WASM_OUTPUTS } from './build/wasm_files.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * The inputs of each step, and its function. The code of a step is imported only when it runs.
 * @type {Array<{ name: string, inputs: string[], build: () => Promise<string[]> }>}
 */
const STEPS = [
  {
    name: 'wasm',
    inputs: [...WASM_INPUTS, 'tools/build/wasm.js'],
    async build() {
      const { build_wasm } = await import('./build/wasm.js');
      await build_wasm(ROOT);
      return WASM_OUTPUTS;
    },
  },
  {
    name: 'js',
    inputs: ['js', 'package.json', 'tools/build/bundles.js', ...WASM_OUTPUTS],
    async build() {
      const { build_bundles } = await import('./build/bundles.js');
      return build_bundles(ROOT);
    },
  },
  {
    name: 'types',
    inputs: ['js', 'tsconfig.json', 'tsconfig.types.json', 'tools/build/types.js', 'dist/glue.d.ts'],
    async build() {
      const { build_types } = await import('./build/types.js');
      return build_types(ROOT);
    },
  },
];

async function main() {
  const { values } = parseArgs({
    options: {
      'if-needed': { type: 'boolean' },
      'skip-wasm': { type: 'boolean' },
      'skip-js': { type: 'boolean' },
      'skip-types': { type: 'boolean' },
    },
  });
  if (!values['skip-js'] && !existsSync(join(ROOT, 'node_modules/esbuild'))) {
    throw new Error('The build needs the development dependencies: run "npm install" first.');
  }
  const skipped = /** @type {Record<string, unknown>} */ (values);
  for (const { name, inputs, build } of STEPS) {
    if (skipped[`skip-${name}`]) continue;
    const record = stamp(ROOT, name);
    const is_current = () => values['if-needed'] && record.is_current(digest(ROOT, inputs));
    if (is_current()) continue;
    const { with_lock } = await import('./lock.js');
    await with_lock(join(ROOT, 'build/lock'), 'building', async () => {
      // Another process may have done it while this one waited.
      if (is_current()) return;
      const before = digest(ROOT, inputs);
      record.remove();
      record.write(before, await build());
    });
  }
}

try {
  await main();
} catch (error) {
  const { report_failure } = await import('./run.js');
  report_failure(error);
  process.exitCode = 1;
}
