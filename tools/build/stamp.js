// Whether a build step is up to date: the digest of its inputs is saved after each success.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param {string} path @returns {string[]} the file, or all files in the folder */
function files_of(path) {
  if (!existsSync(path)) return [];
  try {
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((entry) => {
      const inner = join(path, entry.name);
      return entry.isDirectory() ? files_of(inner) : [inner];
    });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** @param {string} root @param {string[]} inputs files and folders, relative to the root */
export function digest(root, inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => files_of(join(root, input)))) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} step
 */
export function stamp(root, step) {
  const file = join(root, 'build/stamps', `${step}.json`);
  return {
    /** @param {string} current digest */
    is_current(current) {
      if (!existsSync(file)) return false;
      try {
        const { inputs, outputs } = JSON.parse(readFileSync(file, 'utf8'));
        return (
          inputs === current && outputs.every((/** @type {string} */ path) => existsSync(join(root, path)))
        );
      } catch {
        // The file is incomplete: its writing was interrupted.
        return false;
      }
    },
    /** Call it before a step begins, so that an interrupted step is not up to date. */
    remove: () => rmSync(file, { force: true }),
    /** @param {string} inputs @param {string[]} outputs */
    write(inputs, outputs) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ inputs, outputs }));
    },
  };
}
