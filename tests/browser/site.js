// What the tests of the page stand on: the page served, and a browser.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { browser_path } from '../../tools/test/machine.js';

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url));

const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Chromium with a profile of its own.
 * @param {import('puppeteer-core').LaunchOptions} [options] more than the executable, the profile and the arguments
 */
export async function open_browser(options = {}) {
  const executable = browser_path();
  if (!executable)
    throw new Error('The tests of the page need Chromium: install it, or name it in GRU_BROWSER.');
  const profile = await mkdtemp(join(tmpdir(), 'gru-wasm-browser-'));
  const browser = await puppeteer.launch({
    ...options,
    executablePath: executable,
    userDataDir: profile,
    args: BROWSER_ARGUMENTS,
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Serves the page until `close` is called.
 * @param {'sources' | 'built'} what
 */
export async function serve(what) {
  const child = fork(SERVER, [what], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [first] = await Promise.race([once(child, 'message'), ended]);
  if (typeof first !== 'object') throw new Error(`the server of the page ended with ${first}`);
  return {
    url: /** @type {string} */ (first.url),
    /** From now on these files are not actual. @param {RegExp | null} files */
    async miss(files) {
      child.send({ missing: files?.source ?? null });
      await once(child, 'message');
    },
    async close() {
      child.disconnect();
      await ended;
    },
  };
}
