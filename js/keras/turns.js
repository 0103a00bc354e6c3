// Giving the event loop its turn during long work, so that a page stays alive and timers, clicks and signals come through.

/** The longest time, in milliseconds, between two turns: a frame. */
const LONGEST = 16;

/** Resolves after everything that waits has had its turn. @returns {Promise<void>} */
function next_turn() {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  // Browsers hold timers back, but not messages.
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
  #last = performance.now();

  /** Waits for a turn where one is due. */
  async give() {
    if (performance.now() - this.#last < LONGEST) return;
    await next_turn();
    this.#last = performance.now();
  }
}
