// The table of a model's `summary`.

import { show_shape, size_of } from '../runtime/check.js';
import { class_name_of } from '../runtime/class_name.js';
import { ValueError } from '../runtime/errors.js';

/** @typedef {import('../layers/layer.js').Layer} Layer */

/** @param {readonly { shape: readonly number[] }[]} weights */
const count = (weights) => weights.reduce((sum, { shape }) => sum + size_of(shape), 0);

/** @param {number} value */
const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** @param {readonly any[]} shape of one output, or a list of such */
const show_output = (shape) =>
  Array.isArray(shape[0]) ? shape.map(show_shape).join(', ') : show_shape(shape);

/**
 * @param {Layer} model
 * @returns {string}
 */
export function summary_of(model) {
  const config = model.get_build_config();
  if (!config) {
    throw new ValueError(
      `${model.name}.summary: the model is not built: build(input_shape), or call it, first`,
    );
  }
  /** @type {readonly any[]} */
  let shape = [null, ...config.input_shape.slice(1)];
  const shapes = '_output_shapes' in model ? /** @type {any} */ (model)._output_shapes() : null;
  const rows = model.submodules.map((layer) => {
    shape = shapes ? shapes.get(layer) : layer.compute_output_shape(shape);
    return [`${layer.name} (${class_name_of(layer)})`, show_output(shape), grouped(layer.count_params())];
  });
  const head = ['Layer (type)', 'Output shape', 'Param #'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [
    `Model: "${model.name}"`,
    rule,
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `Total params: ${grouped(count(model.weights))}`,
    `Trainable params: ${grouped(count(model.trainable_weights))}`,
    `Non-trainable params: ${grouped(count(model.non_trainable_weights))}`,
  ].join('\n');
}
