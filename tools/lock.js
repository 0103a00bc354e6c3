// A lock between processes: a file that holds the owner's process id, so that a dead owner's lock does not count.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start_progress } from './progress.js';

const POLL_MS = 500;

/** @param {string} path */
function owner_is_alive(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // An empty file is one whose owner is about to write its id.
    if (pid) process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @template T
 * @param {string} path
 * @param {string} what what another process would be doing, for the line that says why this one waits
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function with_lock(path, what, body) {
  mkdirSync(dirname(path), { recursive: true });
  let waiting = null;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (owner_is_alive(path)) {
      waiting ??= start_progress(`waiting for another process: ${what}`);
      await sleep(POLL_MS);
    } else {
      rmSync(path, { force: true });
    }
  }
  waiting?.done();
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}
