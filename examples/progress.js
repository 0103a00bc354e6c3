// How far a training is: a bar on a terminal, a line from time to time elsewhere.
import { SingleBar } from 'cli-progress';

/** How long, in milliseconds, nothing may be said where there is no terminal. */
const SILENCE = 15000;

/** How much of the moving average of the training's loss is new with each batch. */
const NEW = 0.02;

/** @param {number} seconds */
export function show_time(seconds) {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const bits = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(3));

export class Progress {
  #began = performance.now();
  /** When the time began in which what is not training was done. */ #paused = 0;
  #said = 0;
  #characters = 0;
  /** @type {number | null} */ #training = null;
  /** @type {number | null} */ #validation = null;
  #done = 0;
  /** @type {SingleBar | null} */ #bar = null;

  constructor() {
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: '{bar} {percentage}% {facts}',
      barsize: 16,
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
    });
    this.#bar.start(1, 0, { facts: '' });
  }

  /** Seconds since the beginning. */
  get elapsed() {
    return (performance.now() - this.#began) / 1000;
  }

  /** Characters learned in a second; what time is taken by anything but learning is left out. */
  get speed() {
    return this.#characters / Math.max(this.elapsed - this.#paused / 1000, 1e-3);
  }

  #facts() {
    const remaining = (this.elapsed * (1 - this.#done)) / this.#done;
    return [
      `${show_time(this.elapsed)} elapsed, ${show_time(remaining)} left`,
      `bits/char: training ${bits(this.#training)}, validation ${bits(this.#validation)}`,
      `${Math.round(this.speed)} char/s`,
    ].join(' | ');
  }

  /**
   * A batch was learned.
   * @param {number} done the share of the training that is behind
   * @param {number} characters in this batch
   * @param {number} loss in bits per character
   */
  learned(done, characters, loss) {
    this.#done = Math.min(done, 1);
    this.#characters += characters;
    this.#training = this.#training === null ? loss : this.#training + NEW * (loss - this.#training);
    if (this.#bar) this.#bar.update(this.#done, { facts: this.#facts() });
    else if (performance.now() - this.#said > SILENCE) this.say(this.#line());
  }

  #line() {
    return `${(100 * this.#done).toFixed(0).padStart(3)}% ${this.#facts()}`;
  }

  /**
   * Evaluates, which does not count as learning.
   * @param {() => number} evaluate gives bits per character
   * @returns {number}
   */
  evaluate(evaluate) {
    const began = performance.now();
    this.#validation = evaluate();
    this.#paused += performance.now() - began;
    return this.#validation;
  }

  /**
   * A line that stays, above the bar.
   * @param {string} text
   */
  say(text) {
    this.#said = performance.now();
    // The bar is drawn anew below; where it ends, the cursor goes back to the place that is remembered (ESC 7).
    process.stderr.write(this.#bar ? `\r\u001b[K${text}\n\u001b7` : `${text}\n`);
  }

  /** Says how far it is in a line that stays. @param {string} label */
  mark(label) {
    this.say(`${label}: ${this.#facts()}`);
  }

  stop() {
    this.#bar?.update(this.#done, { facts: this.#facts() });
    this.#bar?.stop();
  }
}
