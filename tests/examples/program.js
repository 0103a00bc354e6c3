// Runs the examples as users do: as separate processes, in the project's folder.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param {string} name of the example
 * @param {string[]} options
 * @param {object} [io]
 * @param {string} [io.input] standard input
 * @param {(stderr: string, child: import('node:child_process').ChildProcess) => void} [io.on_stderr] called with all of standard
 *   error so far, whenever there is more
 * @returns {Promise<{ code: number | null, signal: string | null, output: string, stderr: string }>}
 */
export function run_example(name, options, { input = '', on_stderr = () => {} } = {}) {
  const child = spawn(process.execPath, [join('examples', `${name}.js`), ...options], { cwd: ROOT });
  let output = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    on_stderr(stderr, child);
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output, stderr }));
  });
}

/** A folder for one test file. @returns {{ path: (name: string) => string, folder: string, remove: () => void }} */
export function temporary_folder() {
  const folder = mkdtempSync(join(tmpdir(), 'gru-wasm-'));
  return {
    folder,
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * The metadata and the weights of a model's file, read without the package.
 * @param {Uint8Array} bytes
 */
export function read_file(bytes) {
  // A copy: a Buffer can be a view at any offset of a larger ArrayBuffer.
  const { buffer } = Uint8Array.from(bytes);
  const view = new DataView(buffer);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: texts, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const weights = JSON.parse(texts.weights).map((/** @type {string} */ name) => {
    const { shape, data_offsets } = entries[name];
    const [begin, end] = data_offsets;
    return { shape, data: new Float32Array(buffer.slice(start + begin, start + end)) };
  });
  return { metadata: JSON.parse(texts.metadata), weights };
}
