// Initializers and regularizers as { class_name, config }: no key is ignored.
import { describe, expect, test } from '@jest/globals';
import { get_initializer } from '../../js/layers/initializers.js';
import { get_regularizer } from '../../js/layers/regularizers.js';

/** @type {[string, (spec: any) => any, object, object[]][]} */
const CASES = [
  [
    'regularizers',
    (spec) => get_regularizer(spec, 'w: regularizer'),
    { class_name: 'L2', config: { l2: 0.5 } },
    [
      { class_name: 'L2', confg: { l2: 0.5 } },
      { class_name: 'L2', config: { l1: 0.5 } },
    ],
  ],
  [
    'initializers',
    (spec) => get_initializer(spec, 'w: initializer'),
    { class_name: 'Constant', config: { value: 3 } },
    [
      { class_name: 'Constant', value: 3 },
      { class_name: 'Constant', config: { vale: 3 } },
    ],
  ],
];

describe.each(CASES)('%s', (_, get, right, wrong) => {
  test('as Keras 2 writes them, and as Keras 3 does', () => {
    expect({ ...get(right) }).toMatchObject(right);
    const keras_3 = { ...right, module: 'keras', registered_name: null, build_config: {} };
    expect({ ...get(keras_3) }).toMatchObject(right);
  });
  test('an unknown key is a TypeError', () => {
    for (const spec of wrong) {
      expect(() => get(spec)).toThrow(TypeError);
      expect(() => get(spec)).toThrow(/has no option '(confg|l1|value|vale)'/);
    }
  });
});
