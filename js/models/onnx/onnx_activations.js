// The activations of ONNX's GRU nodes, with their parameters alpha and beta and with clip, for this package's layers.
import { activate, activate_gradient } from '../../runtime/activations.js';
import { show } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';

/**
 * @typedef {import('../../runtime/heap.js').Floats} Floats
 * @typedef {{ value: (x: number) => number, slope: (x: number) => number }} Elementwise
 */

/** Default alpha and beta. @type {Record<string, [alpha: number, beta: number]>} */
const DEFAULTS = {
  affine: [1, 0],
  leakyrelu: [0.01, 0],
  thresholdedrelu: [1, 0],
  scaledtanh: [1, 1],
  hardsigmoid: [0.2, 0.5],
  elu: [1, 0],
};

/** This package's names of activations with these parameters. @type {Record<string, string>} */
const NAMES = {
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'relu',
  softsign: 'softsign',
  softplus: 'softplus',
  'affine 1 0': 'linear',
  'hardsigmoid 0.2 0.5': 'hard_sigmoid',
  'elu 1 0': 'elu',
};

/** @type {Record<string, (alpha: number, beta: number) => Elementwise>} */
const FUNCTIONS = {
  affine: (alpha, beta) => ({ value: (x) => alpha * x + beta, slope: () => alpha }),
  leakyrelu: (alpha) => ({ value: (x) => (x >= 0 ? x : alpha * x), slope: (x) => (x >= 0 ? 1 : alpha) }),
  thresholdedrelu: (alpha) => ({ value: (x) => (x >= alpha ? x : 0), slope: (x) => (x >= alpha ? 1 : 0) }),
  scaledtanh: (alpha, beta) => ({
    value: (x) => alpha * Math.tanh(beta * x),
    slope: (x) => alpha * beta * (1 - Math.tanh(beta * x) ** 2),
  }),
  hardsigmoid: (alpha, beta) => ({
    value: (x) => Math.max(0, Math.min(1, alpha * x + beta)),
    slope: (x) => (alpha * x + beta > 0 && alpha * x + beta < 1 ? alpha : 0),
  }),
  elu: (alpha) => ({
    value: (x) => (x >= 0 ? x : alpha * Math.expm1(x)),
    slope: (x) => (x >= 0 ? 1 : alpha * Math.exp(x)),
  }),
};

/**
 * @param {string} what
 * @param {string} name ONNX's
 * @param {number | undefined} alpha default: ONNX's
 * @param {number | undefined} beta
 * @param {number | null} clip the arguments are limited to [-clip, clip]; null: not
 * @returns {import('../../layers/activations.js').ActivationSpec} a name, or a function where this package has none
 * @throws {InvalidArgumentError} an unknown name
 */
export function onnx_activation(what, name, alpha, beta, clip) {
  const kind = name.toLowerCase();
  const defaults = DEFAULTS[kind];
  const parameters = defaults ? [alpha ?? defaults[0], beta ?? defaults[1]] : [];
  // Parameters are stored in float32.
  const short = parameters.map((value) => Number(value.toPrecision(6)));
  const ours = Object.hasOwn(NAMES, [kind, ...short].join(' ')) ? NAMES[[kind, ...short].join(' ')] : null;
  if (ours && clip === null) return ours;
  if (!ours && !Object.hasOwn(FUNCTIONS, kind))
    throw new InvalidArgumentError(`${what} has the activation ${show(name)}, which is not known`);
  const limited = (/** @type {Floats} */ x) =>
    clip === null ? x : x.map((value) => Math.max(-clip, Math.min(clip, value)));
  const passes = (/** @type {number} */ value) => clip === null || Math.abs(value) < clip;
  if (ours) {
    const dtype = (/** @type {Floats} */ x) => (x instanceof Float64Array ? 'float64' : 'float32');
    return {
      call: (/** @type {Floats} */ x) => activate(ours, limited(x), dtype(x)),
      gradient: (x, y, dy) =>
        activate_gradient(ours, limited(x), y, dy, dtype(x)).map((d, i) => (passes(x[i]) ? d : 0)),
    };
  }
  const { value, slope } = FUNCTIONS[kind](parameters[0], parameters[1]);
  return {
    call: (/** @type {Floats} */ x) => limited(x).map(value),
    gradient: (x, _, dy) => dy.map((d, i) => (passes(x[i]) ? d * slope(x[i]) : 0)),
  };
}
