// The continuation of a text on the page: asked for, watched, stopped, kept.
import { describe, expect, test } from '@jest/globals';
import { set_up } from './set_up.js';
import { until } from './visitor.js';

const page = set_up();

describe('the continuation', () => {
  test('streams in when asked for, at the length asked for, the same for the same seed', async () => {
    const visitor = await (await page.visit()).ready();
    expect(await visitor.page.$eval('#continuation', (output) => output.getAttribute('aria-live'))).toBe(
      'polite',
    );
    await visitor.choose('#length', 120);
    await visitor.choose('#temperature', 1.2);
    await visitor.click_continue();
    const start = await until(() => visitor.continuation(), 'the first characters');
    const later = await until(async () => {
      const now = await visitor.continuation();
      return now.length > start.length && now;
    }, 'more characters');
    expect(later.length).toBeLessThan(120);
    expect(later.startsWith(start)).toBe(true);
    const first = await visitor.continued();
    expect([...first]).toHaveLength(120);
    await page.expect_bars_of(visitor, `Call me${first}`);

    await visitor.click_continue();
    expect(await visitor.continued()).toBe(first);
    await visitor.choose('#seed', 2);
    await visitor.click_continue();
    expect(await visitor.continued()).not.toBe(first);
    expect(visitor.complaints).toEqual([]);
  });

  test('uses the most likely characters at temperature 0', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.choose('#temperature', 0);
    await visitor.choose('#length', 12);
    await visitor.click_continue();
    const added = await visitor.continued();
    let text = 'Call me';
    for (const character of added) {
      const { probabilities } = page.evaluate(text);
      expect(probabilities[page.model().metadata.vocabulary.indexOf(character)]).toBeCloseTo(
        Math.max(...probabilities),
        4,
      );
      text += character;
    }
  });

  test('can be stopped, and added to the text', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.choose('#length', 5000);
    await visitor.click_continue();
    await until(async () => (await visitor.continuation()).length > 5, 'some characters');
    expect(await visitor.read('#continue')).toBe('Stop');
    await visitor.click_continue();
    const stopped = await visitor.continued();
    expect(await visitor.read('#continue')).toBe('Continue');
    expect(stopped.length).toBeLessThan(5000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await visitor.continuation()).toBe(stopped);
    await visitor.page.click('#keep');
    await visitor.ready();
    expect(await visitor.text()).toBe(`Call me${stopped}`);
    expect(await visitor.continuation()).toBe('');
    await page.expect_bars_of(visitor, `Call me${stopped}`);
  });

  test('is abandoned when the user types, and late answers are dropped', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.choose('#length', 5000);
    await visitor.click_continue();
    await until(async () => (await visitor.continuation()).length > 5, 'some characters');
    await visitor.type(' Ahab');
    expect(await visitor.continuation()).toBe('');
    expect(await visitor.read('#continue')).toBe('Continue');
    await page.expect_bars_of(visitor, 'Call me Ahab');
  });

  test('is asked for and stopped from the keyboard', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.choose('#length', 5000);
    await visitor.page.focus('#text');
    await visitor.press('Control', 'Enter');
    await until(async () => (await visitor.continuation()).length > 5, 'some characters');
    await visitor.press('Escape');
    await visitor.continued();
    expect(await visitor.text()).toBe('Call me');
  });

  test('runs in the worker; the page itself never runs the binary', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.click_continue();
    await until(async () => (await visitor.continuation()).length > 20, 'some characters');
    expect(await visitor.page.evaluate(() => /** @type {any} */ (window).wasm_uses)).toBe(0);
    const fetched = await visitor.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(fetched.filter((name) => /\.wasm|\.safetensors/.test(name))).toEqual([]);
    const [worker, ...others] = visitor.page.workers();
    expect(others).toEqual([]);
    const by_worker = await worker.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(by_worker.filter((name) => /\.wasm|\.safetensors/.test(name))).toHaveLength(2);
  });
});
