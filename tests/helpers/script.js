// Scripts in a Node of their own: for what happens once a process, or needs a flag.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a script as an ES module at the root of the repository; `import` finds './js/index.js' there.
 * @param {string} source it prints one line of JSON
 * @param {{ flags?: string[] }} [options] flags for Node
 * @returns {Promise<any>} what it printed
 */
export function run_script(source, { flags = [] } = {}) {
  const args = [...flags, '--no-warnings', '--input-type=module', '--eval', source];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout: 60000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });
}
