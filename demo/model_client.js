// The page's side of the worker: one request at a time counts, the newest; answers to older ones are dropped.

/**
 * @typedef {import('./worker.js').Request} Request
 * @typedef {import('./worker.js').Answer} Answer
 * @typedef {import('./worker.js').Facts} Facts
 * @typedef {import('./worker.js').Look} Look
 * @typedef {import('./worker.js').View} View
 * @typedef {import('./worker.js').ContinueOptions} ContinueOptions
 */

export class ModelClient {
  #worker;
  #last_id = 0;
  /**
   * @type {{ id: number, settle: (answer: any) => void, fail: (error: Error) => void,
   *   on_character?: (character: string, view: View) => void } | null}
   */
  #current = null;

  constructor() {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }) => this.#answer(data);
    // It never came to run, so it cannot say why itself. Where it has nothing to say at all, it was not found.
    this.#worker.onerror = ({ message }) => {
      const error = new Error(message || "the worker's script cannot be loaded");
      if (!message) error.name = 'NotFoundError';
      this.#current?.fail(error);
      this.#current = null;
    };
  }

  /**
   * Loads the model, and looks at a text.
   * @param {string} simd as `init` takes it
   * @param {string} text
   * @returns {Promise<Facts & Look>}
   */
  load(simd, text) {
    return this.#request({ type: 'load', simd, text });
  }

  /**
   * How long one step takes.
   * @returns {Promise<{ microseconds: number } | null>} null: something newer was asked for
   */
  measure() {
    return this.#request({ type: 'measure' });
  }

  /**
   * What the model expects after a text, and the text's characters that it does not know, each with what it is read as.
   * @param {string} text
   * @returns {Promise<Look | null>} null: something newer was asked for
   */
  look(text) {
    return this.#request({ type: 'look', text });
  }

  /**
   * @param {string} text
   * @param {ContinueOptions} options
   * @param {(character: string, view: View) => void} on_character
   * @returns {Promise<unknown>} null: something newer was asked for, or `stop` called
   */
  continue_text(text, options, on_character) {
    return this.#request({ type: 'continue', text, ...options }, on_character);
  }

  /** Leaves what is being done. */
  stop() {
    this.#overtake();
    this.#worker.postMessage({ type: 'stop', id: ++this.#last_id });
  }

  dispose() {
    this.#overtake();
    this.#worker.terminate();
  }

  #overtake() {
    this.#current?.settle(null);
    this.#current = null;
  }

  /**
   * @param {object} request
   * @param {(character: string, view: View) => void} [on_character]
   * @returns {Promise<any>}
   */
  #request(request, on_character) {
    this.#overtake();
    const id = ++this.#last_id;
    return new Promise((settle, fail) => {
      this.#current = { id, settle, fail, on_character };
      this.#worker.postMessage({ ...request, id });
    });
  }

  /** @param {Answer} answer */
  #answer(answer) {
    const current = this.#current;
    if (current?.id !== answer.id) return;
    if (answer.type === 'character') {
      current.on_character?.(answer.character, answer);
      return;
    }
    this.#current = null;
    if (answer.type === 'failed')
      current.fail(Object.assign(new Error(answer.message), { name: answer.name }));
    else current.settle(answer);
  }
}
