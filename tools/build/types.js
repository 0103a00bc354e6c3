// The third step of the build: `.d.ts` files from the JSDoc of the sources.

import { existsSync, rmSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start_progress } from '../progress.js';
import { run } from '../run.js';

/** Types of an import of a binary. */
const BINARY = `\
/** What \`init({ wasm })\` takes: its address or a compiled module, as the bundler or the engine makes it. */
declare const wasm: any;
export default wasm;
`;

/** @param {string} root */
export async function build_types(root) {
  const progress = start_progress('generating types');
  rmSync(join(root, 'dist/types'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, '--project', 'tsconfig.types.json'], { cwd: root, progress });
  } catch (error) {
    progress.fail();
    throw error;
  }
  await bring_glue_types(join(root, 'dist'));
  await writeFile(join(root, 'dist/types/binary.d.ts'), BINARY);
  progress.done();
  return ['index', 'keras', 'formats', 'inline', 'workerd']
    .filter((name) => existsSync(join(root, `js/${name}.js`)))
    .map((name) => `dist/types/${name}.d.ts`)
    .concat('dist/types/binary.d.ts');
}

/**
 * The glue is part of the bundles and not a file of the package, so its types are copied to the other types.
 * @param {string} dist
 */
async function bring_glue_types(dist) {
  const runtime = join(dist, 'types/runtime');
  await copyFile(join(dist, 'glue.d.ts'), join(dist, 'types/glue.d.ts'));
  for (const name of await readdir(runtime)) {
    const text = await readFile(join(runtime, name), 'utf8');
    const corrected = text.replaceAll(/(["'])(?:\.\.\/)+dist\/glue\.(?:node|web)\.js\1/g, "'../glue.js'");
    if (corrected !== text) await writeFile(join(runtime, name), corrected);
  }
}
