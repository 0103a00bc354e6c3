// Removes from Emscripten's glue what this package does itself or does not need: locating and fetching the binary, reading files, and
// Embind's conversions. The package passes the compiled binary, and all arguments and results of the bindings are numbers.
//
// Emscripten runs this on its JavaScript before it optimises it (`--js-transform`), so that code that becomes unused is removed too. The cuts
// are written for the version in tools/emscripten.json. A cut that does not match the glue ends the build.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const { version: WRITTEN_FOR } = JSON.parse(
  readFileSync(new URL('../emscripten.json', import.meta.url), 'utf8'),
);

/**
 * @typedef {object} Cut
 * @property {string} name
 * @property {RegExp} pattern
 * @property {string} [replacement] default: nothing
 * @property {'node' | 'web'} [environment] default: both
 */

/** What the types register, in two forms: `function name(…) {` and `var name = function(…) {`. @param {string} type @returns {Cut} */
const type_registration = (type) => ({
  name: `Embind's conversion of ${type}`,
  pattern: new RegExp(`\\n {2}(?:function |var )(__embind_register_${type})\\b[\\s\\S]*?\\n {2}\\}`),
  replacement: '\n  var $1 = () => {}',
});

/** @type {Cut[]} */
export const CUTS = [
  {
    name: 'the address of the script, in which bundlers would look for a file',
    pattern: /(?<=var _scriptName) = import\.meta\.url/,
  },
  {
    name: 'createRequire',
    pattern:
      /if \(ENVIRONMENT_IS_NODE\) \{(?:\s|\/\/.*)*const \{ ?createRequire ?\} = await import\([\s\S]*?\n\}\n/,
    environment: 'node',
  },
  {
    name: 'advice that a user of the package cannot follow',
    pattern: /what \+= ['"]\. Build with -sASSERTIONS for more info\.['"];/,
  },
  { name: 'reading files', pattern: /(?<=var readAsync, readBinary;)[\s\S]*?(?=var out = )/ },
  {
    name: 'finding the binary, after the branch for `instantiateWasm`',
    pattern: /(?<=\n {2}\}\s*)wasmBinaryFile \?\?= findWasmBinary\(\);[\s\S]*?(?=\n\}\n)/,
  },
  ...['bigint', 'bool', 'emval', 'float', 'integer', 'memory_view', 'std_string', 'std_wstring', 'void'].map(
    type_registration,
  ),
  {
    // Embind calls through a function that converts each argument and the result. All are numbers here, for which the conversions do
    // nothing; addresses beyond 2 GiB come back negative, which js/runtime/heap.js corrects.
    name: "Embind's invokers",
    pattern: /var argTypes = heap32VectorToArray\(argCount, rawArgTypesAddr\);[\s\S]*?return \[\];\s*\}\);/,
    replacement: 'Module[AsciiToString(name)] = getWasmTableEntry(rawInvoker).bind(null, fn);',
  },
  { name: 'the decoder of UTF-8', pattern: /(?<=var UTF8Decoder = )[^;]*/, replacement: 'undefined' },
  { name: 'the decoder of UTF-16', pattern: /(?<=var UTF16Decoder = )[^;]*/, replacement: 'undefined' },
];

/**
 * @param {string} glue
 * @param {'node' | 'web'} environment
 * @param {string} version of the Emscripten that made it
 * @returns {string}
 * @throws {Error} a cut does not match
 */
export function cut_glue(glue, environment, version) {
  let rest = glue;
  for (const { name, pattern, replacement = '', environment: only = environment } of CUTS) {
    if (only !== environment) continue;
    if (!pattern.test(rest)) {
      throw new Error(
        `tools/build/cut_glue.js: the glue of Emscripten ${version} has no part that matches the cut "${name}". ` +
          `The cuts are written for Emscripten ${WRITTEN_FOR}: use that version, or adapt the cut.`,
      );
    }
    rest = rest.replace(pattern, replacement);
  }
  return rest;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  // Emscripten puts the file after the arguments of its own command line.
  const [environment, version] = process.argv.slice(2);
  const file = process.argv.at(-1) ?? '';
  try {
    const glue = readFileSync(file, 'utf8');
    writeFileSync(file, cut_glue(glue, environment === 'node' ? 'node' : 'web', version));
  } catch (error) {
    console.error(`${basename(file)}: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
