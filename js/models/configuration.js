// What a model's configuration says about its layers. It comes from a file, so any part of it may be anything.

/**
 * @typedef {{ class_name: string, config: { [option: string]: any } }} SerializedObject
 * @typedef {import('./gru_description.js').GRUOptions} GRUOptions
 */

/** @param {any} value @returns {value is SerializedObject} */
const is_serialized = (value) =>
  typeof value?.class_name === 'string' && typeof value.config === 'object' && value.config !== null;

/**
 * A serialized object and those inside it that are layers or cells.
 * @param {unknown} serialized
 * @returns {Generator<{ object: SerializedObject, parent: SerializedObject | null }>}
 */
function* objects_in(serialized) {
  /** @type {{ object: unknown, parent: SerializedObject | null }[]} */
  const pending = [{ object: serialized, parent: null }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { object, parent } = next;
    if (!is_serialized(object)) continue;
    yield { object, parent };
    const { layers, layer, backward_layer, cells, cell } = object.config;
    for (const list of [layers, cells, [layer, backward_layer, cell]])
      if (Array.isArray(list)) for (const inner of list) pending.push({ object: inner, parent: object });
  }
}

/**
 * The classes that a configuration names for layers and cells.
 * @param {unknown} serialized
 * @returns {Set<string>}
 */
export function class_names_in(serialized) {
  const names = new Set();
  for (const { object } of objects_in(serialized)) names.add(object.class_name);
  return names;
}

/**
 * What a model says of the GRU layer whose weights have this prefix.
 * @param {unknown} model null: none
 * @param {string} prefix such as `gru/gru_cell`: one of its parts is the layer's name
 * @returns {GRUOptions & { reset_after?: boolean }}
 */
export function layer_options(model, prefix) {
  const parts = prefix.split('/');
  for (const { object, parent } of objects_in(model)) {
    const { class_name, config } = object;
    if (!['GRU', 'CuDNNGRU'].includes(class_name) || !parts.includes(config.name)) continue;
    const { activation, recurrent_activation, reset_after, go_backwards } = config;
    const is_inner = parent?.class_name === 'Bidirectional';
    return {
      activation,
      recurrent_activation,
      reset_after,
      go_backwards: go_backwards === true,
      merge_mode: is_inner ? parent.config.merge_mode : undefined,
    };
  }
  return {};
}

/**
 * What a model says of the TF1 cell whose weights have this prefix.
 * @param {unknown} model null: none
 * @param {string} prefix such as `rnn/multi_rnn_cell/cell_0/gru_cell`: one of its parts is the name of the layer around it
 * @returns {GRUOptions}
 */
export function cell_options(model, prefix) {
  const parts = prefix.split('/');
  for (const { object } of objects_in(model)) {
    if (object.class_name !== 'RNN' || !parts.includes(object.config.name)) continue;
    const places = parts.map((part) => /^cell_(\d+)$/.exec(part)).filter((match) => match !== null);
    let cell = object.config.cell;
    while (is_serialized(cell) && cell.class_name !== 'GRUCell') {
      const { cells, cell: inner } = cell.config;
      cell = Array.isArray(cells) ? cells[Number(places.shift()?.[1])] : inner;
    }
    if (is_serialized(cell)) return { activation: cell.config.activation };
  }
  return {};
}
