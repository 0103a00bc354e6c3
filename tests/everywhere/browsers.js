// The browsers in which apps are opened, each installed if it is missing and can be.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { which } from '../../tools/run.js';
import { browser_path } from '../../tools/test/machine.js';
import { apt_install, can_install } from '../../tools/toolchain/apt.js';
import { open_browser } from '../browser/site.js';
import { Skipped } from './skipped.js';

/** @typedef {{ browser: import('puppeteer-core').Browser, close: () => Promise<void> }} Opened */

const firefox_path = () => process.env.GRU_FIREFOX || which('firefox-esr') || which('firefox');

/** Firefox with a profile of its own. @returns {Promise<Opened>} */
async function open_firefox() {
  const profile = await mkdtemp(join(tmpdir(), 'gru-wasm-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: /** @type {string} */ (firefox_path()),
    userDataDir: profile,
  });
  return {
    browser,
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** By name: Debian's package, how it is found, the variable that names another, and how it is opened. */
const BROWSERS = {
  chromium: { package: 'chromium', path: browser_path, variable: 'GRU_BROWSER', open: open_browser },
  firefox: { package: 'firefox-esr', path: firefox_path, variable: 'GRU_FIREFOX', open: open_firefox },
};

/** @typedef {keyof typeof BROWSERS} BrowserName */

/**
 * @param {BrowserName} name
 * @param {import('puppeteer-core').LaunchOptions} [options] for Chromium
 * @returns {Promise<Opened>}
 * @throws {Skipped} it is not installed, and cannot be
 */
export async function open(name, options) {
  const { package: package_name, path, variable, open: start } = BROWSERS[name];
  if (!path()) {
    if (!can_install())
      throw new Skipped(
        `there is no ${name} here, and only root on Debian installs it: install it, or name it in ${variable}`,
      );
    await apt_install([package_name], 'npm run test:everywhere');
  }
  return start(options);
}
