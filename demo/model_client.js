// The page's connection to the worker. Only the newest request counts; answers to older ones are dropped.

/**
 * @typedef {import('./worker.js').Request} Request
 * @typedef {import('./worker.js').Answer} Answer
 * @typedef {import('./worker.js').Facts} Facts
 * @typedef {import('./worker.js').TextView} TextView
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
    // The worker's script did not start. Without a message the script could not be fetched.
    this.#worker.onerror = ({ message }) => {
      const error = new Error(message || "the worker's script cannot be loaded");
      if (!message) error.name = 'NotFoundError';
      this.#current?.fail(error);
      this.#current = null;
    };
  }

  /**
   * Loads the model and reads a text.
   * @param {string} simd as `init` takes it
   * @param {string} text
   * @returns {Promise<Facts & TextView>}
   */
  load(simd, text) {
    return this.#request({ type: 'load', simd, text });
  }

  /**
   * Measures the time of one step.
   * @returns {Promise<{ microseconds: number } | null>} null: a newer request came
   */
  measure() {
    return this.#request({ type: 'measure' });
  }

  /**
   * The prediction and the state after a text, and the text's unknown characters.
   * @param {string} text
   * @returns {Promise<TextView | null>} null: a newer request came
   */
  view(text) {
    return this.#request({ type: 'view', text });
  }

  /**
   * @param {string} text
   * @param {ContinueOptions} options
   * @param {(character: string, view: View) => void} on_character
   * @returns {Promise<unknown>} null: a newer request came, or `stop` was called
   */
  continue_text(text, options, on_character) {
    return this.#request({ type: 'continue', text, ...options }, on_character);
  }

  /** Abandons the current request. */
  stop() {
    this.#abandon();
    this.#worker.postMessage({ type: 'stop', id: ++this.#last_id });
  }

  dispose() {
    this.#abandon();
    this.#worker.terminate();
  }

  #abandon() {
    this.#current?.settle(null);
    this.#current = null;
  }

  /**
   * @param {object} request
   * @param {(character: string, view: View) => void} [on_character]
   * @returns {Promise<any>}
   */
  #request(request, on_character) {
    this.#abandon();
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
