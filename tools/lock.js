// One process at a time: a lock that ends with the process that has it.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import lockfile from 'proper-lockfile';
import { start_progress } from './progress.js';

const RETRIES = { forever: true, factor: 1, minTimeout: 500, maxTimeout: 500 };

/**
 * @template T
 * @param {string} path what is locked; it need not exist
 * @param {string} what what the other process is doing, for the message while this one waits
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function with_lock(path, what, body) {
  mkdirSync(dirname(path), { recursive: true });
  const lock = (/** @type {object} */ options) => lockfile.lock(path, { realpath: false, ...options });
  const release = await lock({}).catch(async (error) => {
    if (error.code !== 'ELOCKED') throw error;
    const progress = start_progress(`waiting for another process: ${what}`);
    const release = await lock({ retries: RETRIES });
    progress.done();
    return release;
  });
  try {
    return await body();
  } finally {
    await release();
  }
}
