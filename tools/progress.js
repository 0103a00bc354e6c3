// Progress of work that takes more than a moment, on one line of the terminal.

import ora from 'ora';

/** @param {number} milliseconds */
const show_time = (milliseconds) => {
  const seconds = milliseconds / 1000;
  return seconds < 100
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
};

/** @typedef {{ update: (phase: string) => void, done: (note?: string) => void, fail: (note?: string) => void }} Progress */

/**
 * @param {string} title
 * @returns {Progress} `update` shows the phase and the time so far; without a terminal only beginning and end are printed
 */
export function start_progress(title) {
  const start = performance.now();
  const elapsed = () => show_time(performance.now() - start);
  const spinner = ora({ text: title, suffixText: () => `… ${elapsed()}`, discardStdin: false }).start();
  /** @param {string} note */
  const summary = (note) => ({ text: `${title}${note && `: ${note}`} (${elapsed()})`, suffixText: '' });
  return {
    update(phase) {
      const width = (process.stderr.columns || 80) - title.length - 20;
      spinner.text = `${title}  ${phase.trim().slice(0, Math.max(width, 0))}`;
    },
    done: (note = '') => spinner.stopAndPersist({ symbol: '✓', ...summary(note) }),
    fail: (note = '') => spinner.stopAndPersist({ symbol: '✗', ...summary(note) }),
  };
}
