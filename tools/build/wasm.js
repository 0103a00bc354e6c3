// The first step of the build: the binaries and the glue.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode_bytes } from '../../js/runtime/bytes_in_text.js';
import { start_progress } from '../progress.js';
import { find_toolchain } from '../toolchain.js';
import { ENVIRONMENTS, MODULES, WASM_INPUTS } from './wasm_files.js';

/** Checks that files are equal. @param {string[]} paths @param {string} what */
function require_equal(paths, what) {
  const [first, ...others] = paths.map((path) => readFileSync(path));
  if (!others.every((other) => other.equals(first))) {
    throw new Error(`${what} differs, but has to be the same in ${paths.join(', ')}`);
  }
}

/** @param {string} root */
export async function build_wasm(root) {
  const toolchain = await find_toolchain();
  const progress = start_progress('compiling to WebAssembly');
  /** @type {import('../toolchain.js').Workplace} */
  let place;
  try {
    place = await toolchain.open(root, WASM_INPUTS);
    await place.run(['emcmake', 'cmake', '--preset', 'wasm'], progress);
    await place.run(['cmake', '--build', '--preset', 'wasm'], progress);
  } catch (error) {
    progress.fail(toolchain.description);
    throw error;
  }

  const built = (/** @type {string} */ name, /** @type {string} */ environment, /** @type {string} */ file) =>
    place.path(join('build/wasm', name, environment, file));
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const name of MODULES) {
    const binaries = ENVIRONMENTS.map((environment) => built(name, environment, 'gru.wasm'));
    require_equal(binaries, 'the binary');
    const binary = join(root, `dist/gru.${name}.wasm`);
    copyFileSync(binaries[0], binary);
    // The linker makes it executable.
    chmodSync(binary, 0o644);
  }
  for (const environment of ENVIRONMENTS) {
    const glues = MODULES.map((name) => built(name, environment, 'gru.js'));
    require_equal(glues, 'the glue');
    // Bundlers would look for a file next to it.
    if (readFileSync(glues[0], 'utf8').includes('import.meta')) {
      throw new Error(`import.meta is left in the glue for ${environment}: see tools/build/cut_glue.js`);
    }
    copyFileSync(glues[0], join(root, `dist/glue.${environment}.js`));
    const types = "export * from './glue.js';\nexport { default } from './glue.js';\n";
    writeFileSync(join(root, `dist/glue.${environment}.d.ts`), types);
  }
  copyFileSync(built(MODULES[0], 'node', 'gru.d.ts'), join(root, 'dist/glue.d.ts'));
  write_texts(root);
  progress.done(toolchain.description);
}

/** The binaries as text, for the entry `gru-wasm/inline`. @param {string} root */
function write_texts(root) {
  const texts = MODULES.map((name) => [
    name,
    encode_bytes(readFileSync(join(root, `dist/gru.${name}.wasm`))),
  ]);
  const lines = (/** @type {(name: string, text: string) => string} */ line) =>
    texts.map(([name, text]) => `${line(name, text)}\n`).join('');
  writeFileSync(
    join(root, 'dist/binaries.js'),
    lines((name, text) => `export const ${name} = "${text}";`),
  );
  writeFileSync(
    join(root, 'dist/binaries.d.ts'),
    lines((name) => `export declare const ${name}: string;`),
  );
}
