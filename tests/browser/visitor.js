// A person in front of the page: types, looks, points.

/** @typedef {import('puppeteer-core').Page} Page */

/**
 * Asks again and again. Unlike Puppeteer's own waiting it needs no `eval` in the page, which the page's policy may forbid.
 * @template T
 * @param {() => Promise<T>} look
 * @param {string} what is waited for, for the message
 * @returns {Promise<NonNullable<T>>} the first answer that is true
 */
export async function until(look, what) {
  const end = Date.now() + 30000;
  for (;;) {
    const result = await look();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export class Visitor {
  /** What the page complained of. @type {string[]} */ complaints = [];

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /**
   * @param {import('puppeteer-core').Browser} browser
   * @param {string} url
   * @param {{ width?: number, height?: number }} [size]
   */
  static async at(browser, url, { width = 1200, height = 1000 } = {}) {
    const page = await browser.newPage();
    const visitor = new Visitor(page);
    await page.setViewport({ width, height });
    // Counts what the page itself, as opposed to its worker, does with WebAssembly.
    await page.evaluateOnNewDocument(() => {
      const counted = /** @type {any} */ (window);
      counted.wasm_uses = 0;
      for (const name of /** @type {const} */ ([
        'compile',
        'compileStreaming',
        'instantiate',
        'instantiateStreaming',
      ])) {
        const real = /** @type {Function} */ (WebAssembly[name]);
        counted.WebAssembly[name] = (/** @type {unknown[]} */ ...args) => {
          counted.wasm_uses += 1;
          return real.apply(WebAssembly, args);
        };
      }
    });
    await page.goto(url);
    return visitor;
  }

  /** Waits until the model is there and the bars are those of the text. */
  async ready() {
    await until(
      () =>
        this.page.evaluate(
          () =>
            !document.querySelector('#page[aria-busy]') && document.querySelector('#bars[aria-busy="false"]'),
        ),
      'the model',
    );
    return this;
  }

  /** @param {string} selector @returns {Promise<string>} what can be read there */
  read(selector) {
    return this.page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText);
  }

  /** @param {string} selector */
  is_visible(selector) {
    return this.page.$eval(selector, (element) => element.checkVisibility());
  }

  /** Empties the text. */
  async clear() {
    await this.page.focus('#text');
    await this.press('Control', 'a');
    await this.page.keyboard.press('Backspace');
    await this.ready();
  }

  /** @param {...import('puppeteer-core').KeyInput} keys together */
  async press(...keys) {
    for (const key of keys) await this.page.keyboard.down(key);
    for (const key of keys.reverse()) await this.page.keyboard.up(key);
  }

  /** Types at the cursor. @param {string} text */
  async type(text) {
    await this.page.focus('#text');
    await this.page.keyboard.type(text);
    await this.ready();
  }

  /** Puts a text in the place of what is there, as pasting does. @param {string} text */
  async fill(text) {
    await this.page.$eval(
      '#text',
      (field, text) => {
        /** @type {HTMLTextAreaElement} */ (field).value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      },
      text,
    );
  }

  text() {
    return this.page.$eval('#text', (field) => /** @type {HTMLTextAreaElement} */ (field).value);
  }

  /** What the model has added. */
  async continuation() {
    return this.page.$eval('#continuation', (output) => output.lastChild?.textContent ?? '');
  }

  /** Chooses a number in a field or on a slider. @param {string} selector @param {number} value */
  async choose(selector, value) {
    await this.page.$eval(
      selector,
      (input, value) => {
        /** @type {HTMLInputElement} */ (input).valueAsNumber = value;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      },
      value,
    );
  }

  async click_continue() {
    await this.page.click('#continue');
  }

  /** Until the model has stopped of itself or been stopped. */
  async continued() {
    await until(
      () => this.page.evaluate(() => document.querySelector('#continuation[aria-busy="false"]')),
      'the end of the continuation',
    );
    await this.ready();
    // The page draws the last character with its next frame.
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null)))),
    );
    return this.continuation();
  }

  /** The bars from top to bottom, and what all others have together. */
  bars() {
    return this.page.evaluate(() => {
      const buttons = /** @type {HTMLElement[]} */ ([
        ...document.querySelectorAll('#bars li:not([hidden]) button'),
      ]);
      return {
        bars: buttons.map((button) => ({
          character: button.dataset.character ?? '',
          probability: Number(button.dataset.probability),
          shown: button.innerText,
          top: button.getBoundingClientRect().top,
          width: button.querySelector('.fill')?.getBoundingClientRect().width ?? 0,
        })),
        rest: Number(document.getElementById('rest')?.dataset.probability),
      };
    });
  }

  /** The heat map as it is at the moment: its picture, and how many colours are in it. */
  heat_map() {
    return this.page.$eval('#cells', (element) => {
      const canvas = /** @type {HTMLCanvasElement} */ (element);
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return { picture: canvas.toDataURL(), colours: new Set(new Uint32Array(data.buffer)).size };
    });
  }

  /**
   * The heat map's colour at a place.
   * @param {number} x @param {number} y from its left and upper edge, as shares of its size
   * @returns {Promise<number[]>} red, green, blue
   */
  colour_at(x, y) {
    return this.page.$eval(
      '#cells',
      (element, x, y) => {
        const canvas = /** @type {HTMLCanvasElement} */ (element);
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
      },
      x,
      y,
    );
  }

  /** @param {string} selector @param {number} x @param {number} y from its left and upper edge, as shares of its size */
  async point(selector, x, y) {
    const box = await this.page.$eval(selector, (element) => {
      element.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height };
    });
    await this.page.mouse.move(box.left + x * box.width, box.top + y * box.height);
  }
}
