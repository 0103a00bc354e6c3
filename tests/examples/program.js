// Runs the examples as a person does: as programs of their own, from the project's folder.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param {string} name of the example
 * @param {string[]} options
 * @param {object} [more]
 * @param {string} [more.input] what comes in through a pipe
 * @param {(said: string, child: import('node:child_process').ChildProcess) => void} [more.on_said] hears what is on standard error
 *   so far, whenever there is more
 * @returns {Promise<{ code: number | null, signal: string | null, output: string, said: string }>}
 */
export function run_example(name, options, { input = '', on_said = () => {} } = {}) {
  const child = spawn(process.execPath, [join('examples', `${name}.js`), ...options], { cwd: ROOT });
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
    on_said(said, child);
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output, said }));
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
 * What a model's file says of itself, and its weights by name, read plainly.
 * @param {Uint8Array} bytes
 */
export function read_file(bytes) {
  // A copy: a Buffer may lie anywhere in a memory that is not its own.
  const { buffer } = Uint8Array.from(bytes);
  const view = new DataView(buffer);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const weights = JSON.parse(about.weights).map((/** @type {string} */ name) => {
    const { shape, data_offsets } = entries[name];
    const [from, to] = data_offsets;
    return { shape, data: new Float32Array(buffer.slice(start + from, start + to)) };
  });
  return { metadata: JSON.parse(about.metadata), weights };
}
