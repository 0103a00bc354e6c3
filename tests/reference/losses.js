// Keras's losses of one row of numbers, evaluated plainly in float64.

/** @typedef {number[]} Row */

const EPSILON = 1e-7;

/** @param {number} p */
const clip = (p) => Math.min(Math.max(p, EPSILON), 1 - EPSILON);

/** @param {Row} values */
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** @param {Row} values */
const mean = (values) => sum(values) / values.length;

/** @param {Row} logits @returns {Row} */
export function softmax(logits) {
  const greatest = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - greatest));
  return powers.map((power) => power / sum(powers));
}

/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** @param {Row} t @param {number} share */
const smoothed = (t, share) => t.map((value) => value * (1 - share) + share / t.length);

/** @type {Record<string, (t: Row, p: Row) => number>} */
export const losses = {
  mean_squared_error: (t, p) => mean(p.map((value, i) => (value - t[i]) ** 2)),
  mean_absolute_error: (t, p) => mean(p.map((value, i) => Math.abs(value - t[i]))),
  categorical_crossentropy: (t, p) => -sum(p.map((value, i) => t[i] * Math.log(clip(value / sum(p))))),
  'categorical_crossentropy from logits': (t, p) =>
    -sum(softmax(p).map((value, i) => t[i] * Math.log(value))),
  'categorical_crossentropy smoothed': (t, p) =>
    losses['categorical_crossentropy from logits'](smoothed(t, 0.3), p),
  binary_crossentropy: (t, p) =>
    -mean(
      p.map(clip).map((value, i) => {
        const [yes, no] = [Math.log(value + EPSILON), Math.log(1 - value + EPSILON)];
        return t[i] * yes + (1 - t[i]) * no;
      }),
    ),
  'binary_crossentropy from logits': (t, p) =>
    -mean(p.map((z, i) => t[i] * Math.log(sigmoid(z)) + (1 - t[i]) * Math.log(sigmoid(-z)))),
  'binary_crossentropy smoothed': (t, p) =>
    losses['binary_crossentropy from logits'](
      t.map((value) => value * 0.7 + 0.15),
      p,
    ),
};

/**
 * @param {number} target
 * @param {Row} p
 * @param {boolean} from_logits
 */
export function sparse_categorical_crossentropy(target, p, from_logits) {
  if (from_logits) return -Math.log(softmax(p)[target]);
  const clipped = p.map(clip);
  return -Math.log(clipped[target] / sum(clipped));
}
