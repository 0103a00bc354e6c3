// In a browser, if one is installed: the time from the arrival of the binary and the model to the page's first prediction.
import { open_browser, serve } from '../tests/browser/site.js';
import { until } from '../tests/browser/visitor.js';
import { browser_path } from '../tools/test/machine.js';
import { digits } from './output.js';
import { summary } from './statistics.js';

/** @typedef {import('./report.js').Detail} Detail */

const VISITS = { quick: 3, full: 9 };

/** Runs in the page: records the time when the page shows the bars of the first prediction. */
function watch_bars() {
  const watcher = new MutationObserver(() => {
    if (!document.querySelector('#bars[aria-busy="false"]')) return;
    Object.assign(window, { predicted: performance.now() });
    watcher.disconnect();
  });
  watcher.observe(document, { subtree: true, attributeFilter: ['aria-busy'] });
}

/** Runs in the page: the time of the first prediction, or NaN if there is none yet. */
function time_of_prediction() {
  const { predicted } = /** @type {{ predicted?: number }} */ (/** @type {unknown} */ (window));
  return performance.timeOrigin + (predicted ?? Number.NaN);
}

/** Runs in the worker, which loads the binary and the model: the time when the last of both had arrived. */
function time_of_arrival() {
  const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  const needed = files.filter(({ name }) => /\.(wasm|safetensors)(\?|$)/.test(name));
  return performance.timeOrigin + Math.max(...needed.map(({ responseEnd }) => responseEnd));
}

/**
 * One visit with empty caches: milliseconds from the arrival of the binary and the model to the prediction.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} url
 * @returns {Promise<number>}
 */
async function first_prediction(browser, url) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.evaluateOnNewDocument(watch_bars);
    await page.goto(url);
    const predicted = await until(() => page.evaluate(time_of_prediction), 'the first prediction');
    return predicted - (await page.workers()[0].evaluate(time_of_arrival));
  } finally {
    await context.close();
  }
}

/** @param {boolean} quick */
async function visits(quick) {
  const site = await serve('built');
  try {
    const { browser, close } = await open_browser();
    try {
      /** @type {number[]} */
      const times = [];
      for (let i = 0; i < (quick ? VISITS.quick : VISITS.full); i++)
        times.push(await first_prediction(browser, site.url));
      return summary(times);
    } finally {
      await close();
    }
  } finally {
    await site.close();
  }
}

/**
 * @param {boolean} quick
 * @returns {Promise<Detail[]>} empty without a browser; contains the error message if the measurement fails
 */
export async function page_details(quick) {
  if (!browser_path()) return [];
  const what = 'the page in Chromium: from the arrival of binary and model to the first prediction';
  try {
    const { median, lower, upper } = await visits(quick);
    const text = `${what} ${digits(median)} ms (${digits(lower)} to ${digits(upper)})`;
    return [{ name: 'page', text, values: { first_prediction: median, lower, upper } }];
  } catch (error) {
    // A failure here must not discard the other measurements.
    return [
      { name: 'page', text: `${what}: not measured: ${/** @type {Error} */ (error).message}`, values: {} },
    ];
  }
}
