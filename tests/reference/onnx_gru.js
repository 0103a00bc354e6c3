// ONNX's GRU in float64, step by step as its specification states it.

/**
 * @typedef {object} OnnxGRU
 * @property {ArrayLike<number>} W [directions, 3 units, inputs], gates z, r, h
 * @property {ArrayLike<number>} R [directions, 3 units, units]
 * @property {ArrayLike<number> | null} B [directions, 6 units]
 * @property {number} units
 * @property {number} inputs
 * @property {('forward' | 'reverse')[]} directions
 * @property {boolean} linear_before_reset
 * @property {((x: number) => number)[]} [f] of each direction; default sigmoid
 * @property {((x: number) => number)[]} [g] of each direction; default tanh
 */

const sigmoid = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x));

/**
 * @param {OnnxGRU} gru
 * @param {ArrayLike<number>} X [steps, batch, inputs]
 * @param {number} steps
 * @param {number} batch
 * @param {{ lengths?: number[], initial?: ArrayLike<number> }} [options] `initial`: [directions, batch, units]
 * @returns {{ Y: Float64Array, Y_h: Float64Array }} [steps, directions, batch, units], [directions, batch, units]
 */
export function onnx_gru(
  { W, R, B, units, inputs, directions, linear_before_reset, f = [], g = [] },
  X,
  steps,
  batch,
  { lengths, initial } = {},
) {
  const count = directions.length;
  const Y = new Float64Array(steps * count * batch * units);
  const Y_h = new Float64Array(count * batch * units);
  const at = (/** @type {ArrayLike<number> | null} */ list, /** @type {number} */ index) =>
    list ? list[index] : 0;
  directions.forEach((direction, d) => {
    const [activate_gate, activate] = [f[d] ?? sigmoid, g[d] ?? Math.tanh];
    for (let row = 0; row < batch; row++) {
      let h = Array.from({ length: units }, (_, unit) =>
        initial ? initial[(d * batch + row) * units + unit] : 0,
      );
      const length = lengths?.[row] ?? steps;
      for (let n = 0; n < length; n++) {
        const step = direction === 'reverse' ? length - 1 - n : n;
        const x = (/** @type {number} */ gate, /** @type {number} */ unit) => {
          let sum = at(B, d * 6 * units + gate * units + unit);
          for (let i = 0; i < inputs; i++)
            sum +=
              W[(d * 3 * units + gate * units + unit) * inputs + i] * X[(step * batch + row) * inputs + i];
          return sum;
        };
        const recurrent = (
          /** @type {number} */ gate,
          /** @type {number} */ unit,
          /** @type {number[]} */ state,
        ) =>
          state.reduce(
            (sum, value, i) => sum + R[(d * 3 * units + gate * units + unit) * units + i] * value,
            at(B, (d * 6 + 3 + gate) * units + unit),
          );
        const before = h;
        const z = before.map((_, unit) => activate_gate(x(0, unit) + recurrent(0, unit, before)));
        const r = before.map((_, unit) => activate_gate(x(1, unit) + recurrent(1, unit, before)));
        const reset = before.map((value, unit) => r[unit] * value);
        h = before.map((value, unit) => {
          const from_state = linear_before_reset
            ? r[unit] * recurrent(2, unit, before)
            : recurrent(2, unit, reset);
          return (1 - z[unit]) * activate(x(2, unit) + from_state) + z[unit] * value;
        });
        Y.set(h, ((step * count + d) * batch + row) * units);
      }
      Y_h.set(h, (d * batch + row) * units);
    }
  });
  return { Y, Y_h };
}
