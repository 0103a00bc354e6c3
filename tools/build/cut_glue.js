// Takes out of Emscripten's glue what finds and fetches the binary: the package does that, and hands the binary in.
//
// Emscripten runs this on its JavaScript before it optimises it (`--js-transform`), so that what becomes unused goes too.
// What stays could not be called, but bundlers would look for the file in `new URL('gru.wasm', import.meta.url)`.

import { readFileSync, writeFileSync } from 'node:fs';

const CUTS = [
  /(?<=var _scriptName) = import\.meta\.url/,
  // `require` in Node.
  /if \(ENVIRONMENT_IS_NODE\) \{(?:\s|\/\/.*)*const \{ ?createRequire ?\} = await import\([\s\S]*?\n\}\n/,
  // What a user of the package cannot do.
  /what \+= ['"]\. Build with -sASSERTIONS for more info\.['"];/,
  // Reading files, for each environment.
  /(?<=var readAsync, readBinary;)[\s\S]*?(?=var out = )/,
  // Calls by way of an array of arguments, made anew for each, where a pointer is among them that could be taken for negative. The bound
  // functions have none but their own, which the binary takes as it is.
  /if \(signature\.includes\(['"]p['"]\)\) \{\s*return getDynCaller\([^)]*\);\s*\}/,
  // After the branch for `instantiateWasm` in `createWasm`.
  /(?<=\n {2}\}\s*)wasmBinaryFile \?\?= findWasmBinary\(\);[\s\S]*?(?=\n\}\n)/,
];

const file = process.argv.at(-1) ?? '';
let glue = readFileSync(file, 'utf8');
for (const cut of CUTS) glue = glue.replace(cut, '');
// Embind makes all types known that there are, and brings what converts them. The bindings speak in numbers: strings, views of the memory,
// big integers and JavaScript's own values go, and a tenth of the package's JavaScript with them.
const UNUSED = 'bigint|emval|memory_view|std_string|std_wstring';
const DECLARED = new RegExp(
  `\\n {2}(?:function |var )(__embind_register_(?:${UNUSED}))\\b[\\s\\S]*?\\n {2}\\}`,
  'g',
);
glue = glue.replace(DECLARED, '\n  var $1 = () => {}');
// A bound function may speak of types that are bound after it, and may have others beside it under its name. None here does, and
// arranging for it is a third of the time that binding takes, which is a quarter of the way to the first result.
glue = glue.replace(
  /name = getFunctionName\(name\);\s*rawInvoker = embind__requireFunction\(signature, rawInvoker, isAsync\);\s*exposePublicSymbol\(name, function\(\) \{[\s\S]*?\}, argCount - 1\);\s*whenDependentTypesAreResolved\(\[\], argTypes, \(?argTypes\)? => \{[\s\S]*?return \[\];\s*\}\);/,
  `const [result, ...given] = argTypes.map((type) => registeredTypes[type]);
   Module[name] = craftInvokerFunction(name, [result, null, ...given], null, getWasmTableEntry(rawInvoker), fn, isAsync);`,
);
// Another version of Emscripten may lay its glue out differently. It stays as it is then, except for what misleads
// bundlers, which look for exactly these words.
if (!/['"`]node:/.test(glue)) glue = glue.replaceAll('import.meta.url', 'String(globalThis.location)');
writeFileSync(file, glue);
