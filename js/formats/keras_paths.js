// Whose the weights in a file of Keras 3 are. It names them by paths: a group for each attribute of an object, and in a list of objects
// a group for each with the name of its class, numbered: `layers/gru_1/cell/vars/0`.

/** The groups that hold a model's layers: of Keras 3, and of TensorFlow 2.12. */
const LISTS = ['layers', '_layer_checkpoint_dependencies', '_layers'];

/** Attributes in the order in which a layer creates the weights in them, where that is not the order of their names. */
const ATTRIBUTES = ['vars', 'forward_layer', 'backward_layer'];

/** Models in models, at most. */
const DEEPEST = 16;

/**
 * @param {any} config of the model, `{ class_name, config }`
 * @param {Iterable<string>} paths of all weights
 * @returns {Map<string, string[]>} the paths of each layer's weights, in their order, by the layer's name
 */
export function weights_by_layer(config, paths) {
  const weights = Array.from(paths, (path) => ({ path, parts: path.split(/[/\\]/) }));
  /** @type {Map<string, string[]>} */
  const layers = new Map();
  for (const { name, inside } of layers_in(config, weights, 0))
    layers.set(
      name,
      inside.map(({ path }) => path),
    );
  return layers;
}

/** @typedef {{ path: string, parts: string[] }} Weight `parts`: of its path below the group that is looked at */

/**
 * @param {any} config of a model
 * @param {Weight[]} weights below its group
 * @param {number} depth
 * @returns {{ name: string, inside: Weight[] }[]}
 */
function layers_in(config, weights, depth) {
  const list = Array.isArray(config?.config) ? config.config : config?.config?.layers;
  if (!Array.isArray(list) || depth > DEEPEST) return [];
  const prefix = LISTS.find((one) => weights.some(({ parts }) => parts[0] === one));
  /** @type {Map<string, Weight[]>} */
  const by_group = new Map();
  for (const { path, parts } of weights) {
    if (parts[0] !== prefix || parts.length < 3) continue;
    const group = by_group.get(parts[1]) ?? [];
    group.push({ path, parts: parts.slice(2) });
    by_group.set(parts[1], group);
  }
  /** @type {Map<string, number>} */
  const counts = new Map();
  return list.map((/** @type {any} */ layer) => {
    const base = snake_case(String(layer?.class_name));
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const name = String(layer?.config?.name);
    const inside = by_group.get(count ? `${base}_${count}` : base) ?? by_group.get(name) ?? [];
    const inner = layers_in(layer, inside, depth + 1);
    return { name, inside: inner.length ? inner.flatMap((one) => one.inside) : in_order(inside) };
  });
}

/** A class's name as Keras 3 makes a group's name of it. @param {string} class_name */
const snake_case = (class_name) =>
  class_name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/**
 * The weights of one layer, without the states of its random generators.
 * @param {Weight[]} weights
 * @returns {Weight[]}
 */
const in_order = (weights) =>
  weights.filter(({ parts }) => !parts.includes('seed_generator')).sort((a, b) => compare(a.parts, b.parts));

/** @param {string[]} a @param {string[]} b */
function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    const [first, second] = [key_of(a[i]), key_of(b[i])];
    return (
      first.place - second.place ||
      (first.base < second.base ? -1 : Number(first.base > second.base)) ||
      first.number - second.number
    );
  }
  return a.length - b.length;
}

/** `gru_cell` comes before `gru_cell_1`, and that before `gru_cell_10`. @param {string} part */
function key_of(part) {
  const place = ATTRIBUTES.indexOf(part);
  const [, base, number = '-1'] = /** @type {RegExpExecArray} */ (/^(.*?)(?:(?:^|_)(\d+))?$/s.exec(part));
  return { place: place < 0 ? ATTRIBUTES.length : place, base, number: Number(number) };
}
