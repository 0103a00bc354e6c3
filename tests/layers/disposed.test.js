// What a layer still does after dispose: every method is in one of two lists, those that raise and those that go on.
import { beforeAll, expect, test } from '@jest/globals';
import { DropoutWrapper, GRUCell, MultiRNNCell, memory } from '../../js/index.js';
import { Dense } from '../../js/keras.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** Arguments that each method takes before dispose. @type {{ [method: string]: any[] }} */
const ARGUMENTS = {
  add_loss: [1],
  add_metric: [1, { name: 'm' }],
  add_update: [() => {}],
  add_variable: ['v', { shape: [1] }],
  add_weight: ['w', { shape: [1] }],
  apply: [[[1, 2]], [[0, 0]]],
  build: [[1, 2]],
  build_from_config: [{ input_shape: [1, 2] }],
  call: [[[1, 2]], [[0, 0]]],
  compute_mask: [null],
  compute_output_shape: [[1, 2]],
  compute_output_signature: [{ shape: [1, 2] }],
  get_initial_state: [{ batch_size: 1, dtype: 'float32' }],
  get_losses_for: [null],
  get_updates_for: [null],
  load_own_variables: [{}],
  save_own_variables: [{}],
  set_weights: [[]],
  with_name_scope: [() => {}],
  zero_state: [1],
};

/** Configuration and records, which need no weights. */
const GO_ON = [
  'add_loss',
  'add_metric',
  'add_update',
  'compute_mask',
  'dispose',
  'finalize_state',
  'get_build_config',
  'get_config',
  'get_losses_for',
  'get_updates_for',
  'reset_dropout_mask',
  'with_name_scope',
];

/** They raise, or not, for other reasons. */
const APART = /^(get_.*_at|compute_output_.*)$/;

test.each([
  ['GRUCell', () => new GRUCell(2)],
  ['MultiRNNCell', () => new MultiRNNCell([new GRUCell(2)])],
  ['DropoutWrapper', () => new DropoutWrapper(new GRUCell(2))],
  ['Dense', () => new Dense(2)],
])('%s: what uses weights or makes a state raises, the rest goes on', (_, make) => {
  const before = memory();
  const layer = /** @type {any} */ (make());
  layer.build([1, 2]);
  layer.dispose();
  expect(memory()).toEqual(before);
  const methods = new Set();
  for (let one = layer; one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_')) methods.add(name);
    }
  }
  const raised = [];
  for (const name of methods) {
    if (APART.test(name)) continue;
    try {
      layer[name](...(ARGUMENTS[name] ?? []));
    } catch (error) {
      expect([name, /** @type {Error} */ (error).name]).toEqual([name, 'FailedPreconditionError']);
      raised.push(name);
    }
  }
  expect(raised.sort()).toEqual(
    [...methods].filter((name) => !APART.test(name) && !GO_ON.includes(name)).sort(),
  );
  expect(memory()).toEqual(before);
});
