// Giving the event loop its turn during long work, so that a page stays alive and timers, clicks and signals are handled.

/** The longest time, in milliseconds, between two turns: a frame. */
const LONGEST = 16;

/** Milliseconds, where there is no `performance` (an AudioWorklet) those of the wall clock. @returns {number} */
export const now = () => (typeof performance === 'undefined' ? Date.now() : performance.now());

/** Resolves after everything that waits has had its turn; where the environment has no way to wait, at once. @returns {Promise<void>} */
function next_turn() {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  if (typeof MessageChannel === 'undefined') {
    return typeof setTimeout === 'function'
      ? new Promise((resolve) => setTimeout(resolve, 0))
      : Promise.resolve();
  }
  // Browsers delay timers, but not messages.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Counts the time since the last turn. */
export class Turns {
  #last = now();

  /** Waits for a turn if one is due. */
  async give() {
    if (now() - this.#last < LONGEST) return;
    await next_turn();
    this.#last = now();
  }
}
