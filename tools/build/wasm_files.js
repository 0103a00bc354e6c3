// The files that the step which builds the binaries reads and writes.
import { BINARIES } from '../../js/runtime/binaries.js';

export const MODULES = BINARIES.map(({ name }) => name);
export const ENVIRONMENTS = ['node', 'web'];

export const WASM_INPUTS = [
  'CMakeLists.txt',
  'CMakePresets.json',
  'cpp',
  'js/runtime/binaries.js',
  'js/runtime/bytes_in_text.js',
  'package.json',
  'tools/build/binary_flags.js',
  'tools/build/cut_glue.js',
  'tools/emscripten.json',
];

export const WASM_OUTPUTS = [
  ...MODULES.map((name) => `dist/gru.${name}.wasm`),
  ...ENVIRONMENTS.flatMap((name) => [`dist/glue.${name}.js`, `dist/glue.${name}.d.ts`]),
  'dist/glue.d.ts',
  'dist/binaries.js',
  'dist/binaries.d.ts',
];
