// Lets the event loop run during long work, so that the page stays responsive.

/** The longest time between two turns of the event loop, in milliseconds: one frame. */
const MAX_INTERVAL = 16;

/** Time in milliseconds; the wall clock where there is no `performance` (in an AudioWorklet). @returns {number} */
export const now = () => (typeof performance === 'undefined' ? Date.now() : performance.now());

/** Resolves in the next turn of the event loop; at once where the environment has no timers. @returns {Promise<void>} */
function next_turn() {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  if (typeof MessageChannel === 'undefined') {
    return typeof setTimeout === 'function'
      ? new Promise((resolve) => setTimeout(resolve, 0))
      : Promise.resolve();
  }
  // Browsers delay nested timers, but not messages.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Waits for a turn of the event loop when the last one was long ago. */
export class Turns {
  #last = now();

  /** Waits for the next turn if the last one was more than 16 ms ago. */
  async give() {
    if (now() - this.#last < MAX_INTERVAL) return;
    await next_turn();
    this.#last = now();
  }
}
