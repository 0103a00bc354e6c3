// Apps in Chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const SECONDS = 60;

/**
 * Opens a page and waits for its prediction.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 * @param {{ scripts?: string[], alone?: boolean }} [options] `scripts`: paths of scripts that run before the page's. `alone`: in a context of its own, in
 *   which extensions do not run; default true
 * @returns {Promise<string>} the JSON that the page shows
 */
export async function open_page(browser, url, { scripts = [], alone = true } = {}) {
  const context = alone ? await browser.createBrowserContext() : null;
  const page = await (context ?? browser).newPage();
  try {
    /** @type {string[]} */
    const complaints = [];
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    for (const script of scripts) await page.evaluateOnNewDocument(await readFile(script, 'utf8'));
    await page.goto(url);
    for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await wait(50)) {
      // Vite's dev server may load the page again while it is looked at.
      const text = await page.evaluate(() => document.body?.innerText ?? '').catch(() => '');
      const [prediction] = text.match(/\{.*\}/) ?? [];
      if (prediction) return prediction;
    }
    throw new Error(`${url} shows no prediction after ${SECONDS} s. ${complaints.join('\n')}`);
  } finally {
    await (context ?? page).close();
  }
}

/**
 * A server of a bundler or framework, until it prints its address.
 * @param {string} node
 * @param {string[]} args
 * @param {string} folder
 */
export async function start_server(node, args, folder) {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', NEXT_TELEMETRY_DISABLED: '1' };
  const child = spawn(node, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const close = async () => {
    child.kill();
    await ended;
  };
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end && child.exitCode === null; await wait(50)) {
    const [url] = output.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
    if (url) return { url: `${url}/`, close };
  }
  await close();
  throw new Error(`${args[0]} gives no address:\n${output}`);
}
