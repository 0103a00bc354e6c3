// Medians, quartiles and ratios of measurements in rounds.

/** @param {number[]} values @param {number} share */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @typedef {{ median: number, lower: number, upper: number, rounds: number }} Summary with the quartiles */

/** @param {number[]} values @returns {Summary} */
export const summary = (values) => ({
  median: median(values),
  lower: quantile(values, 0.25),
  upper: quantile(values, 0.75),
  rounds: values.length,
});

/**
 * The ratios of two series in each round: a slower machine in one round affects both.
 * @param {(number | null)[]} above null: not measured in this round
 * @param {(number | null)[]} below
 */
export function paired_ratio(above, below) {
  const ratios = above.flatMap((value, round) => {
    const other = below[round];
    return value === null || other === null ? [] : [value / other];
  });
  return ratios.length ? summary(ratios) : null;
}
