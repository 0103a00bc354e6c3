// The whole models that TensorFlow.js recorded, as files of every format that has them.
import { read_json } from './recordings.js';

/**
 * @typedef {import('../helpers/keras_files.js').Model} Model
 * @typedef {{ name: string, model_json: any, weights: Uint8Array, input: any, output: any }} Recording
 */

/** @type {Recording[]} */
export const RECORDINGS = read_json('tensorflow_js/models.json').models.map(
  (/** @type {any} */ recording) => ({
    ...recording,
    weights: Uint8Array.from(Buffer.from(recording.weights, 'base64')),
  }),
);

/** Models whose layers are no chain. @type {(Recording & { inputs: any[], outputs: any[] })[]} */
export const GRAPHS = read_json('tensorflow_js/models.json').graphs.map((/** @type {any} */ recording) => ({
  ...recording,
  weights: Uint8Array.from(Buffer.from(recording.weights, 'base64')),
}));

/** @param {string} name */
export function recording_of(name) {
  const recording = RECORDINGS.find((one) => one.name === name);
  if (!recording) throw new Error(`there is no recording ${name}`);
  return recording;
}

/** @param {any} value */
const json = (value) => new TextEncoder().encode(JSON.stringify(value));

/** @param {Recording} recording @returns {{ [name: string]: Uint8Array }} */
export const tfjs_files = ({ model_json, weights }) => ({
  'model.json': json(model_json),
  'weights.bin': weights,
});

/** The names of a layer and of those inside it. @param {any} layer @returns {string[]} */
const names_in = ({ config }) => [config.name, ...(config.layers ?? []).flatMap(names_in)];

/**
 * The model as Keras has it.
 * @param {Recording} recording
 * @returns {Model}
 */
export function keras_model({ model_json, weights }) {
  // A copy, which a test may change.
  const { layers } = structuredClone(model_json.modelTopology.config);
  let at = 0;
  const all = model_json.weightsManifest[0].weights.map((/** @type {any} */ { name, shape }) => {
    const size = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const data = new Float32Array(weights.buffer, weights.byteOffset + at, size);
    at += 4 * size;
    return { name: `${name}:0`, shape, data };
  });
  const by_layer = layers.map((/** @type {any} */ layer) => {
    const names = names_in(layer);
    return all.filter((/** @type {any} */ { name }) =>
      name.split('/').some((/** @type {string} */ part) => names.includes(part)),
    );
  });
  return { layers, weights: by_layer };
}
