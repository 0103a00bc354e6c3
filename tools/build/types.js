// The third step of the build: `.d.ts` files from the JSDoc of the sources.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { start_progress } from '../progress.js';
import { run } from '../run.js';

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
  progress.done();
  return ['index', 'keras', 'formats', 'inline']
    .filter((name) => existsSync(join(root, `js/${name}.js`)))
    .map((name) => `dist/types/${name}.d.ts`);
}
