// A whole model from a file of Keras or TensorFlow.js.
import { show, show_shape } from '../../runtime/check.js';
import { InvalidArgumentError } from '../../runtime/errors.js';
import { normalize_model } from './keras_config.js';
import { loss_warnings } from './keras_losses.js';
import { set_keras_weights } from './keras_weights.js';

/**
 * @typedef {import('../../keras/sequential.js').Sequential} Sequential
 * @typedef {import('../../formats/files.js').FileContents} FileContents
 * @typedef {import('./keras_config.js').SerializedLayer} SerializedLayer
 */

/**
 * @param {FileContents} contents with a Keras model
 * @param {{ [name: string]: any }} custom_objects
 * @param {(serialized: SerializedLayer) => Promise<Sequential>} make
 * @returns {Promise<Sequential>} with its weights
 * @throws {InvalidArgumentError} a layer that is not known, or weights that do not fit
 */
export async function make_keras_model(contents, custom_objects, make) {
  const keras = /** @type {import('../../formats/files.js').KerasModel} */ (contents.keras);
  const { model: serialized, input_shape, warnings } = normalize_model(keras, custom_objects);
  if (serialized.class_name === 'Functional') serialized.config.is_built = true;
  else {
    const shape = input_shape ?? shape_from_weights(serialized.config.layers, contents);
    serialized.config.build_input_shape = [null, ...shape.slice(1)];
  }
  const model = await make(serialized).catch((/** @type {unknown} */ error) => {
    const misfit =
      error instanceof InvalidArgumentError ? find_misfit(serialized.config.layers, contents) : null;
    if (!misfit) throw error;
    throw new InvalidArgumentError(`${/** @type {Error} */ (error).message}; ${misfit}`, { cause: error });
  });
  try {
    set_keras_weights(model, serialized.config.layers, contents);
  } catch (error) {
    model.dispose();
    throw error;
  }
  model.warnings = [...(contents.warnings ?? []), ...warnings, ...loss_warnings(keras.training)];
  return model;
}

/** How many columns the first kernel of a class has, by its units. @type {{ [class_name: string]: number }} */
const COLUMNS = { Dense: 1, GRU: 3, CuDNNGRU: 3 };

/**
 * The first layer whose weights in the file are not those of its configuration.
 * @param {SerializedLayer[]} layers
 * @param {FileContents} contents
 * @returns {string | null} a sentence; null: none that is known
 */
function find_misfit(layers, { tensors, keras }) {
  for (const layer of layers) {
    const { class_name, config } = layer;
    const inner = class_name === 'Bidirectional' || class_name === 'TimeDistributed' ? config.layer : layer;
    const columns = Object.hasOwn(COLUMNS, inner?.class_name)
      ? COLUMNS[inner.class_name] * inner.config.units
      : null;
    const names = keras?.layer_weights.get(config.name) ?? [];
    const stored = names.flatMap((name) => tensors.get(name) ?? []);
    const [kernel, , bias] = stored;
    const reset_after =
      inner?.class_name === 'GRU' && inner.config.use_bias !== false ? inner.config.reset_after : null;
    const fits =
      columns === null ||
      (kernel?.shape[kernel.rank - 1] === columns &&
        (reset_after === null || bias?.rank === (reset_after ? 2 : 1)));
    if (fits) continue;
    const shapes = stored.map(({ shape }) => show_shape(shape)).join(', ') || 'none';
    const after = reset_after === null ? '' : ` and reset_after ${show(reset_after)}`;
    return `the layer ${show(config.name)}, of the class ${class_name}, has ${show(inner.config.units)} units${after}, but its weights in the file are ${shapes}`;
  }
  return null;
}

/** The shapes of inputs that classes take, by the kernel of their first layer with weights. @type {{ [class_name: string]: (shape: readonly number[]) => (number | null)[] }} */
const SHAPES = {
  Embedding: () => [null, null],
  Dense: ([inputs]) => [null, inputs],
  GRU: ([inputs]) => [null, null, inputs],
  CuDNNGRU: ([inputs]) => [null, null, inputs],
  RNN: ([inputs]) => [null, null, inputs],
  Bidirectional: ([inputs]) => [null, null, inputs],
  Conv1D: (shape) => [null, null, shape[shape.length - 2]],
};

/**
 * The shape of the inputs where the file does not say it: the kernel of the first layer tells how many features there are.
 * @param {SerializedLayer[]} layers
 * @param {FileContents} contents
 * @returns {(number | null)[]}
 */
function shape_from_weights(layers, { tensors, keras }) {
  for (const { class_name, config } of layers) {
    const name = keras?.layer_weights.get(config.name)?.[0];
    const tensor = name === undefined ? null : tensors.get(name);
    if (!tensor) continue;
    if (Object.hasOwn(SHAPES, class_name)) return SHAPES[class_name](tensor.shape);
    break;
  }
  throw new InvalidArgumentError(
    `the file does not say the shape of the model's inputs, and its first layers ${layers
      .slice(0, 2)
      .map(({ class_name }) => show(class_name))
      .join(', ')} do not tell it`,
  );
}
