// The page in Chromium: what is to be seen when a person types, and what runs there.
import { describe, expect, test } from '@jest/globals';
import { BINARIES } from '../../js/runtime/binaries.js';
import { set_up } from './set_up.js';
import { until } from './visitor.js';

const page = set_up();

describe('typing', () => {
  test('shows the next characters, the most likely first, at every keystroke', async () => {
    const visitor = await (await page.visit()).ready();
    expect(await visitor.text()).toBe('Call me');
    await page.expect_bars_of(visitor, 'Call me');
    let text = 'Call me';
    for (const key of ' Ish') {
      await visitor.type(key);
      text += key;
      await page.expect_bars_of(visitor, text);
    }
    const { bars } = await visitor.bars();
    for (let i = 1; i < bars.length; ++i) {
      expect(bars[i].top).toBeGreaterThan(bars[i - 1].top);
      expect(bars[i].probability).toBeLessThanOrEqual(bars[i - 1].probability);
    }
    await until(async () => {
      const [first, second] = (await visitor.bars()).bars;
      const ratio = second.probability / first.probability;
      return Math.abs(second.width / first.width - ratio) < 0.02;
    }, 'bars as long as their numbers say');
    expect(visitor.complaints).toEqual([]);
  });

  test('space and line break are visible', async () => {
    const visitor = await (await page.visit()).ready();
    const signs = new Map();
    for (const text of [' ', '.', ',', '\n', 'e']) {
      await visitor.type(text);
      for (const { character, shown } of (await visitor.bars()).bars) signs.set(character, shown.trim()[0]);
    }
    expect(signs.get(' ')).toBe('␣');
    expect(signs.get('\n')).toBe('↵');
    expect(signs.get('e') ?? signs.get('a')).toMatch(/[ea]/);
  });

  test('an edit in the middle gives the same as typing the whole text', async () => {
    const visitor = await (await page.visit()).ready();
    // Longer than what the page goes back to.
    await visitor.type(' Ishmael. Some years ago, never mind how long precisely, having little or no money');
    for (let i = 0; i < 46; ++i) await visitor.press('ArrowLeft');
    await visitor.type('the whale and ');
    await visitor.press('Delete');
    await visitor.ready();
    const text = await visitor.text();
    expect(text).not.toMatch(/the whale and $/);
    const edited = await visitor.bars();
    await page.expect_bars_of(visitor, text);

    const other = await (await page.visit()).ready();
    await other.clear();
    await other.type(text);
    expect((await other.bars()).bars.map(({ character, probability }) => [character, probability])).toEqual(
      edited.bars.map(({ character, probability }) => [character, probability]),
    );
    await other.clear();
    await page.expect_bars_of(other, '');
  });

  test('unknown characters are marked and listed with their replacements', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.type(' naïve 漢🙂 man');
    const note = await visitor.read('#unknown-characters');
    expect(note).toContain('ï → i');
    expect(note).toMatch(/ignored: 漢 🙂/);
    const marks = await visitor.page.$$eval('#mirror mark', (actual) =>
      actual.map((mark) => mark.textContent),
    );
    expect(marks).toEqual(['ï', '漢🙂']);
    await page.expect_bars_of(visitor, 'Call me naive  man');
    await visitor.clear();
    expect(await visitor.read('#unknown-characters')).toBe('');
  });

  test('marks stay behind the text when it scrolls', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.type('\nan émigré'.repeat(30));
    const { field, mirror, scrolled } = await visitor.page.evaluate(() => {
      const [field, mirror, paper] = ['#text', '#mirror', '.paper'].map(
        (selector) => /** @type {HTMLElement} */ (document.querySelector(selector)),
      );
      return { field: field.clientHeight, mirror: mirror.clientHeight, scrolled: paper.scrollTop };
    });
    expect(field).toBe(mirror);
    expect(scrolled).toBeGreaterThan(0);
    expect(await visitor.page.$eval('#text', (field) => field.scrollHeight)).toBe(field);
  });

  test('a long text is abandoned for a newer one, and the page responds meanwhile', async () => {
    const visitor = await (await page.visit()).ready();
    await visitor.fill('the whale '.repeat(100000));
    expect(await visitor.page.$eval('#bars', (bars) => bars.getAttribute('aria-busy'))).toBe('true');
    await visitor.fill('Call me');
    await visitor.ready();
    await page.expect_bars_of(visitor, 'Call me');
    await visitor.fill('the whale '.repeat(1000));
    await visitor.ready();
    await page.expect_bars_of(visitor, 'the whale '.repeat(1000));
    expect(visitor.complaints).toEqual([]);
  });

  test('a click on a bar types its character', async () => {
    const visitor = await (await page.visit()).ready();
    const [{ character }] = (await visitor.bars()).bars;
    await visitor.page.click('#bars li:first-child button');
    await visitor.ready();
    expect(await visitor.text()).toBe(`Call me${character}`);
    await page.expect_bars_of(visitor, `Call me${character}`);
  });
});

describe('the hidden state', () => {
  test('is drawn, and changes with the text', async () => {
    const visitor = await (await page.visit()).ready();
    const first = await until(async () => {
      const map = await visitor.heat_map();
      return map.colours > 30 && map;
    }, 'a coloured heat map');
    await visitor.type('t');
    await until(async () => (await visitor.heat_map()).picture !== first.picture, 'another picture');
    await visitor.press('Backspace');
    await until(async () => (await visitor.heat_map()).picture === first.picture, 'the first picture again');
  });

  test('shows the unit under the pointer with its value', async () => {
    const visitor = await (await page.visit()).ready();
    const { state } = page.evaluate('Call me');
    const told = async () => {
      const text = await until(
        async () => (await visitor.is_visible('#cell')) && (await visitor.read('#cell')),
        'the tip',
      );
      const [, unit, value] = /** @type {RegExpExecArray} */ (/^unit (\d+): ([−+]\d\.\d{3})$/.exec(text));
      expect(Math.abs(Number(value.replace('−', '-')) - state[Number(unit)])).toBeLessThan(0.002);
      return { unit: Number(unit), value: Number(value.replace('−', '-')) };
    };
    await visitor.point('#cells', 0.001, 0.01);
    expect((await told()).unit).toBe(0);
    // Blue below zero, rust above, where it is pointed at.
    let clear = 0;
    for (let x = 0.035; x < 1; x += 0.07) {
      await visitor.point('#cells', x, 0.28);
      const { unit, value } = await told();
      expect(unit).toBeGreaterThan(20);
      if (Math.abs(value) < 0.3) continue;
      clear += 1;
      await until(async () => {
        const [red, , blue] = await visitor.colour_at(x, 0.28);
        return value < 0 ? blue > red + 10 : red > blue + 10;
      }, `the colour of ${value} at unit ${unit}`);
    }
    expect(clear).toBeGreaterThan(1);
    await visitor.page.mouse.move(0, 0);
    await until(async () => !(await visitor.is_visible('#cell')), 'the tip to go');

    await visitor.page.focus('#cells');
    for (let i = 0; i < 3; ++i) await visitor.press('ArrowRight');
    expect((await told()).unit).toBe(2);
    await visitor.press('ArrowDown');
    expect((await told()).unit).toBeGreaterThan(10);
  });
});

describe('the page', () => {
  test('shows the model, its validation loss, the binary and its speed', async () => {
    const visitor = await (await page.visit()).ready();
    expect(await visitor.read('#fact-binary')).toBe(`${BINARIES[0].simd} SIMD`);
    const bits = Number(page.model().metadata.validation_bits_per_character);
    expect(bits).toBeGreaterThan(1);
    expect(await visitor.read('#fact-bits')).toBe(`${bits.toFixed(2)} bits per character`);
    expect(await visitor.read('#fact-model')).toContain(`${page.model().layers[1].cell.state_size} units`);
    await until(
      async () => Number.parseFloat(await visitor.read('#fact-time')) > 0,
      'the time of a step, which is measured after the first prediction',
    );
    const other = await (await page.visit({ query: '?simd=baseline' })).ready();
    expect(await other.read('#fact-binary')).toBe('baseline SIMD');
    await page.expect_bars_of(other, 'Call me');
  });

  test.each([390, 320])('fits a window %i pixels wide', async (width) => {
    const visitor = await (await page.visit({ width, height: 844 })).ready();
    await visitor.type(' Incomprehensibilities'.repeat(4));
    await visitor.choose('#length', 60);
    await visitor.click_continue();
    await visitor.continued();
    const page_width = await visitor.page.evaluate(() => document.documentElement.scrollWidth);
    expect(page_width).toBeLessThanOrEqual(width);
  });
});
