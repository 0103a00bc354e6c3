// Progress of work that takes more than a moment: one line that updates itself, with the phase and the time elapsed.

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 15000;
const PLAIN_WIDTH = 80;

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  const s = milliseconds / 1000;
  return s < 100 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/** @typedef {{ update: (phase: string) => void, done: (note?: string) => void, fail: (note?: string) => void }} Progress */

/**
 * Where the output is no terminal (CI, a pipe), plain lines take the place of the one that updates itself.
 * @param {string} title
 * @returns {Progress}
 */
export function start_progress(title) {
  const stream = process.stderr;
  const began = performance.now();
  const is_terminal = Boolean(stream.isTTY);
  let phase = '';
  let last_plain = began;

  const elapsed = () => seconds(performance.now() - began);
  const clear = () => is_terminal && stream.write('\r\x1b[K');
  const draw = () => {
    if (is_terminal) {
      const line = `${title} … ${elapsed()}${phase ? `  ${phase}` : ''}`;
      stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`);
    } else if (performance.now() - last_plain >= PLAIN_LINE_MS) {
      last_plain = performance.now();
      stream.write(`  ${title} … ${elapsed()}${phase ? `  ${phase.slice(0, PLAIN_WIDTH)}` : ''}\n`);
    }
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  if (is_terminal) draw();

  /** @param {string} mark @param {string} note */
  const finish = (mark, note) => {
    clearInterval(timer);
    clear();
    stream.write(`${mark} ${title}${note ? `: ${note}` : ''} (${elapsed()})\n`);
  };
  return {
    update(text) {
      phase = text.trim();
    },
    done: (note = '') => finish('✓', note),
    fail: (note = '') => finish('✗', note),
  };
}
