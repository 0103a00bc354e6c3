// Programs that the tests start, each with a time limit.
import { spawn } from 'node:child_process';
import { CommandError } from '../../tools/run.js';

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, seconds?: number }} options
 * @returns {Promise<string>} what it printed on its standard output
 * @throws {CommandError} it failed, or took longer than `seconds`
 */
export function start(program, args, { cwd, env, seconds = 120 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const command = [program, ...args].join(' ');
    child.on('error', (error) => reject(new CommandError(command, error.message, output + errors)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandError(command, `ended with ${signal ?? code}`, output + errors));
    });
  });
}
