// The engines of the benchmark, and a class that communicates with the process of one engine.

import { fork, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BINARIES } from '../js/runtime/binaries.js';

/**
 * @typedef {object} Rival
 * @property {string} name in options and results
 * @property {string} title
 * @property {string} module
 * @property {object} [options]
 * @property {boolean} [ours]
 * @property {string[]} [flags] for its Node process
 */

/** @type {Rival[]} */
export const RIVALS = [
  ...BINARIES.map(({ name, simd }) => ({
    name,
    title: `gru-wasm ${name}`,
    module: 'ours',
    options: { simd },
    ours: true,
  })),
  { name: 'onnxruntime_web', title: 'onnxruntime-web', module: 'onnxruntime_web' },
  { name: 'onnxruntime_node', title: 'onnxruntime-node', module: 'onnxruntime_node' },
  { name: 'tensorflow', title: 'TensorFlow.js ops', module: 'tensorflow_ops' },
  { name: 'tensorflow_layers', title: 'TensorFlow.js layers', module: 'tensorflow_layers' },
];

/** Measures the machine; without Liftoff, so that the code is optimised from the start. @type {Rival} */
export const LIMITS = { name: 'limits', title: 'the machine', module: 'limits', flags: ['--no-liftoff'] };

const PROCESSOR = String(cpus().length - 1);

/**
 * If possible all engines run on the same processor, one after the other: with the same caches and the same load from other
 * processes, and garbage collection and compilation share the processor with the engine.
 */
const PINNED = spawnSync('taskset', ['-c', PROCESSOR, 'true']).status === 0;

/** @param {string[]} flags */
const command = (flags) =>
  PINNED
    ? { execPath: 'taskset', execArgv: ['-c', PROCESSOR, process.execPath, ...flags] }
    : { execArgv: flags };

/** An engine in a separate process. It handles one request at a time. */
export class Rivalry {
  #child;
  /** @type {{ resolve: (value: any) => void, reject: (error: Error) => void } | null} */ #waiting = null;
  /** The end of the process's output, for error messages. */ #written = '';
  #ready;

  /** @param {Rival} rival */
  constructor(rival) {
    this.rival = rival;
    const module = new URL(`engines/${rival.module}.js`, import.meta.url).href;
    this.#child = fork(
      fileURLToPath(new URL('engine_process.js', import.meta.url)),
      [module, JSON.stringify(rival.options ?? {})],
      { serialization: 'advanced', silent: true, ...command(['--expose-gc', ...(rival.flags ?? [])]) },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.#written = (this.#written + text).slice(-4000);
      });
    }
    this.#ready = this.#answer();
    this.#child.on('message', (/** @type {{ result?: unknown, error?: string }} */ { result, error }) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(`${rival.title}: ${error}`));
    });
    this.#child.on('exit', (code, signal) => {
      this.#waiting?.reject(new Error(`${rival.title} ended (${signal ?? code}):\n${this.#written}`));
    });
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** @param {string} command @param {unknown} [argument] @returns {Promise<any>} */
  async ask(command, argument) {
    await this.#ready;
    const answer = this.#answer();
    this.#child.send({ command, argument });
    return answer;
  }

  close() {
    this.#waiting = null;
    this.#child.kill();
  }
}
