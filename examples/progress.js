// Training progress: a bar on a terminal; elsewhere, a line of text now and then.
import { SingleBar } from 'cli-progress';

/** Without a terminal: the longest time without a line of output, in milliseconds. */
const LINE_INTERVAL = 15000;

/** Weight of the newest batch in the exponential moving average of the training loss. */
const AVERAGE_WEIGHT = 0.02;

/** Formats a duration as minutes:seconds. @param {number} seconds */
export function format_time(seconds) {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const format_bits = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(3));

export class Progress {
  #start_time = performance.now();
  /** Milliseconds spent in validation. */ #validation_time = 0;
  #last_print_time = 0;
  #characters = 0;
  /** Moving average, in bits per character. @type {number | null} */ #training_loss = null;
  /** Bits per character. @type {number | null} */ #validation_loss = null;
  /** Completed fraction of the training, 0 to 1. */ #done = 0;
  /** @type {SingleBar | null} */ #bar = null;

  constructor() {
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: '{bar} {percentage}% {status}',
      barsize: 16,
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
    });
    this.#bar.start(1, 0, { status: '' });
  }

  /** Seconds since the start. */
  get elapsed() {
    return (performance.now() - this.#start_time) / 1000;
  }

  /** Characters trained on per second; time spent in validation is not counted. */
  get speed() {
    return this.#characters / Math.max(this.elapsed - this.#validation_time / 1000, 1e-3);
  }

  #status() {
    const remaining = (this.elapsed * (1 - this.#done)) / this.#done;
    return [
      `${format_time(this.elapsed)} elapsed, ${format_time(remaining)} left`,
      `bits/char: training ${format_bits(this.#training_loss)}, validation ${format_bits(this.#validation_loss)}`,
      `${Math.round(this.speed)} char/s`,
    ].join(' | ');
  }

  /**
   * Call after each training batch.
   * @param {number} done completed fraction of the training
   * @param {number} characters in this batch
   * @param {number} loss of this batch, in bits per character
   */
  batch_done(done, characters, loss) {
    this.#done = Math.min(done, 1);
    this.#characters += characters;
    const average = this.#training_loss ?? loss;
    this.#training_loss = average + AVERAGE_WEIGHT * (loss - average);
    if (this.#bar) this.#bar.update(this.#done, { status: this.#status() });
    else if (performance.now() - this.#last_print_time > LINE_INTERVAL) this.print(this.#line());
  }

  #line() {
    return `${(100 * this.#done).toFixed(0).padStart(3)}% ${this.#status()}`;
  }

  /**
   * Runs a validation, whose time does not count in `speed`, and shows its result from now on.
   * @param {() => number} evaluate returns bits per character
   * @returns {number} the result of `evaluate`
   */
  validate(evaluate) {
    const start_time = performance.now();
    this.#validation_loss = evaluate();
    this.#validation_time += performance.now() - start_time;
    return this.#validation_loss;
  }

  /**
   * Prints a line, above the bar if there is one.
   * @param {string} text
   */
  print(text) {
    this.#last_print_time = performance.now();
    // ESC [K clears the bar's line, and the bar is drawn again below. ESC 7 saves the cursor position, which cli-progress
    // restores when the bar stops.
    process.stderr.write(this.#bar ? `\r\u001b[K${text}\n\u001b7` : `${text}\n`);
  }

  /** Prints the current status. @param {string} label */
  print_status(label) {
    this.print(`${label}: ${this.#status()}`);
  }

  stop() {
    this.#bar?.update(this.#done, { status: this.#status() });
    this.#bar?.stop();
  }
}
