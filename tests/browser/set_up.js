// What each of the tests of the page begins with: the browser, the page's sources served, and the same model in Node.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { init, tensor } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';
import { PARAGRAPH_BREAK } from '../../examples/text_model.js';
import { BINARIES } from '../../js/runtime/binaries.js';
import { open_browser, serve } from './site.js';
import { Visitor } from './visitor.js';

const MODEL = new URL('../../examples/model/moby_dick.safetensors', import.meta.url);

/** Opens a browser for the tests of a file, and closes it after them. */
export function set_up() {
  /** @type {Awaited<ReturnType<typeof open_browser>>} */
  let chromium;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let sources;
  /** @type {any} */
  let model;
  /** @type {Visitor[]} */
  const visitors = [];

  beforeAll(async () => {
    // Another binary than the page, which takes the first.
    await init({ simd: BINARIES[1].simd });
    model = await load_model(await readFile(MODEL));
    chromium = await open_browser();
    sources = await serve('sources');
  });

  afterEach(async () => {
    for (const { page } of visitors.splice(0)) await page.close();
  });

  afterAll(async () => {
    model?.dispose();
    await chromium?.close();
    await sources?.close();
  });

  return {
    /** The model in Node. */
    model: () => model,

    /**
     * A visitor of the page.
     * @param {{ url?: string, query?: string, width?: number, height?: number }} [options] default: of the sources
     */
    async visit({ url = sources.url, query = '', ...size } = {}) {
      const visitor = await Visitor.at(chromium.browser, url + query, size);
      visitors.push(visitor);
      return visitor;
    },

    /**
     * What the model makes of a text, step by step through the cell's call.
     * @param {string} text
     * @returns {{ probabilities: number[], state: number[] }}
     */
    evaluate(text) {
      const { vocabulary } = model.metadata;
      const [embedding, rnn, dense] = model.layers;
      const ids = Array.from(PARAGRAPH_BREAK + text, (character) => vocabulary.indexOf(character));
      /** @type {number[][]} */
      const steps = embedding.call(tensor([ids], null, 'int32')).array()[0];
      const start = rnn.cell.zero_state(1, 'float32');
      const last = steps.reduce((state, step) => rnn.cell.call([step], state)[1], start);
      /** @type {number[]} */
      const values = dense.call(last).array()[0];
      const powers = dense.get_config().activation === 'softmax' ? values : values.map(Math.exp);
      const sum = powers.reduce((a, b) => a + b, 0);
      return { probabilities: powers.map((power) => power / sum), state: last.array()[0] };
    },

    /** @param {Visitor} visitor @param {string} text that the page's bars are to belong to */
    async expect_bars_of(visitor, text) {
      const { vocabulary } = model.metadata;
      const { probabilities } = this.evaluate(text);
      const { bars, rest } = await visitor.bars();
      expect(bars).toHaveLength(12);
      const greatest = [...probabilities].sort((a, b) => b - a).slice(0, 12);
      bars.forEach(({ character, probability }, rank) => {
        expect(Math.abs(probability - probabilities[vocabulary.indexOf(character)])).toBeLessThan(1e-4);
        expect(Math.abs(probability - greatest[rank])).toBeLessThan(1e-4);
      });
      const total = bars.reduce((sum, { probability }) => sum + probability, rest);
      expect(Math.abs(total - 1)).toBeLessThan(1e-4);
    },
  };
}
