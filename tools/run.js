// Running other programs. Their output is collected for the error message; its last line is shown as progress.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export class CommandError extends Error {
  /** @param {string} command @param {string} reason @param {string} output */
  constructor(command, reason, output) {
    super(`${command}: ${reason}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; default: this process's
 * @property {import('./progress.js').Progress} [progress] shows the last line of the output
 * @property {boolean} [may_fail] resolve even when the program fails
 */

/**
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { cwd, env, progress, may_fail = false } = {}) {
  const shown = [command, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    /** @param {string} text */
    const collect = (text) => {
      output += text;
      const last = text.trimEnd().split('\n').at(-1);
      if (last) progress?.update(last);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => reject(new CommandError(shown, error.message, output)));
    child.on('close', (status, signal) => {
      const code = status ?? 1;
      if (code === 0 || may_fail) resolve({ code, output });
      else reject(new CommandError(shown, signal ? `ended by ${signal}` : `exit code ${code}`, output));
    });
  });
}

/** The path of a program on the PATH; null: there is none. @param {string} name */
export function which(name) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/** Prints an error, with the whole output of the program that failed. @param {unknown} error */
export function report_failure(error) {
  if (error instanceof CommandError) {
    if (error.output) process.stderr.write(`${error.output.trimEnd()}\n`);
    process.stderr.write(`${error.message}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
}
