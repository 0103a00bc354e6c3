// The layers by the names of their classes, in which a configuration speaks of them.
import { Layer } from '../layers/layer.js';
import { show } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Activation } from './activation.js';
import { Bidirectional } from './bidirectional.js';
import { CuDNNGRU } from './cudnn_gru.js';
import { Dense } from './dense.js';
import { Dropout } from './dropout.js';
import { Embedding } from './embedding.js';
import { GRU } from './gru.js';
import { Masking } from './masking.js';
import { RNN } from './rnn.js';
import { Sequential } from './sequential.js';
import { TimeDistributed } from './time_distributed.js';

/**
 * @typedef {{ new (...args: any[]): any, from_config(config: any, custom_objects?: any): any }} LayerClass
 * @typedef {{ class_name: string, config: { [option: string]: any } }} SerializedLayer
 * @typedef {{ [class_name: string]: LayerClass }} CustomObjects classes of layers and cells of one's own that a
 *   configuration names
 */

/**
 * A function, as some of them hold layers and read this table themselves: when this file is run they are not there yet.
 * @returns {CustomObjects}
 */
const layers = () => ({
  Activation,
  Bidirectional,
  CuDNNGRU,
  Dense,
  Dropout,
  Embedding,
  GRU,
  Masking,
  RNN,
  Sequential,
  TimeDistributed,
});

/**
 * @param {Layer} layer
 * @returns {SerializedLayer}
 */
export function serialize_layer(layer) {
  const found = Object.entries(layers()).find(([, Kind]) => layer.constructor === Kind);
  return { class_name: found ? found[0] : layer.constructor.name, config: layer.get_config() };
}

/**
 * @param {string} what whose it is, for messages
 * @param {unknown} serialized
 * @param {CustomObjects} custom_objects
 * @returns {Layer}
 * @throws {ValueError} a class that is not known, or what it makes is no layer
 */
export function layer_of(what, serialized, custom_objects) {
  const { class_name, config } = /** @type {Partial<SerializedLayer>} */ (serialized ?? {});
  const known = { ...layers(), ...custom_objects };
  if (
    typeof class_name !== 'string' ||
    !Object.hasOwn(known, class_name) ||
    !config ||
    typeof config !== 'object'
  ) {
    throw new ValueError(
      `${what}: there is no layer ${show(class_name)}; known are ${Object.keys(known).join(', ')} and what custom_objects names`,
    );
  }
  const layer = known[class_name].from_config(config, custom_objects);
  if (!(layer instanceof Layer))
    throw new ValueError(`${what}: ${class_name}.from_config gave no layer, but ${show(layer)}`);
  return layer;
}
