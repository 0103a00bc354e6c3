// The built page: under a path, under a strict policy, and where a file of it is missing.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { set_up } from './set_up.js';
import { serve } from './site.js';
import { until } from './visitor.js';

const page = set_up();

describe('the built page', () => {
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let site;

  beforeAll(async () => {
    site = await serve('built');
  });

  afterAll(async () => {
    await site?.close();
  });

  test('works under a path and a policy without unsafe-eval', async () => {
    const visitor = await (await page.visit({ url: site.url })).ready();
    await visitor.type(' Ishmael');
    await page.expect_bars_of(visitor, 'Call me Ishmael');
    await visitor.choose('#length', 30);
    await visitor.click_continue();
    expect([...(await visitor.continued())]).toHaveLength(30);
    expect(visitor.complaints).toEqual([]);
    const refused = await visitor.page.evaluate(() => {
      const policy = document.createElement('script');
      policy.textContent = 'window.inline_ran = true';
      document.head.append(policy);
      return !('inline_ran' in window);
    });
    expect(refused).toBe(true);
  });

  test.each([
    ['the binary', /\.wasm/],
    ['the model', /\.safetensors/],
    ['the worker', /worker.*\.js/],
  ])('says so when %s cannot be loaded, and tries again when asked to', async (what, missing) => {
    await site.miss(missing);
    const visitor = await page.visit({ url: site.url });
    await until(() => visitor.is_visible('#failure'), 'the message');
    const message = await visitor.read('#failure');
    expect(message).toContain('A file of this page is missing');
    if (what !== 'the worker') expect(message).toMatch(missing);
    expect(await visitor.page.$eval('#failure', (section) => section.role)).toBe('alert');
    await site.miss(null);
    await visitor.page.click('#retry');
    await visitor.ready();
    expect(await visitor.is_visible('#failure')).toBe(false);
    await page.expect_bars_of(visitor, 'Call me');
  });
});
