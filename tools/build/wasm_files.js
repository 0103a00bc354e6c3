// What the binaries are made of and what comes out, known to the step itself and to who decides whether it is needed.

export const MODULES = ['baseline', 'relaxed'];
export const ENVIRONMENTS = ['node', 'web'];

export const WASM_INPUTS = ['CMakeLists.txt', 'CMakePresets.json', 'cpp', 'tools/build/cut_glue.js'];

export const WASM_OUTPUTS = [
  ...MODULES.map((name) => `dist/gru.${name}.wasm`),
  ...ENVIRONMENTS.flatMap((name) => [`dist/glue.${name}.js`, `dist/glue.${name}.d.ts`]),
  'dist/glue.d.ts',
];
