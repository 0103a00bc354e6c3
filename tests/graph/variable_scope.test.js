// Names, scopes and reuse, as TensorFlow 1's variable_scope has them.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GradientTape } from '../../js/gradient/tape.js';
import {
  AUTO_REUSE,
  dynamic_rnn,
  GRUCell,
  Graph,
  get_default_graph,
  get_variable,
  get_variable_scope,
  initializers,
  memory,
  regularizers,
  reset_default_graph,
  ValueError,
  variable_scope,
} from '../../js/index.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);
beforeEach(() => reset_default_graph());
afterEach(() => reset_default_graph());

const PARTS = ['gates/kernel:0', 'gates/bias:0', 'candidate/kernel:0', 'candidate/bias:0'];

/** @param {import('../../js/index.js').GRUCell} cell */
const names_of = (cell) => cell.weights.map(({ name }) => name);
/** @param {string} scope */
const names_in = (scope) => PARTS.map((part) => `${scope}/${part}`);

/** A cell that is built for two features. @param {any} [options] */
function built(options = {}) {
  const cell = new GRUCell(3, options);
  cell.build([null, 2]);
  return cell;
}

describe('default names', () => {
  test('layers count from one, their scopes from zero', () => {
    const [first, second, third] = [new GRUCell(3), new GRUCell(3), new GRUCell(3)];
    expect([first, second, third].map(({ name }) => name)).toEqual([
      'gru_cell_1',
      'gru_cell_2',
      'gru_cell_3',
    ]);
    // The scope goes by the order of first use.
    for (const cell of [second, first, third]) cell.build([null, 2]);
    expect(names_of(second)).toEqual(names_in('gru_cell'));
    expect(names_of(first)).toEqual(names_in('gru_cell_1'));
    expect(names_of(third)).toEqual(names_in('gru_cell_2'));
    expect(second.scope_name).toBe('gru_cell');
  });
  test('a subclass has its own', () => {
    class PeepholeGRUCell extends GRUCell {}
    const cell = new PeepholeGRUCell(3);
    expect(cell.name).toBe('peephole_gru_cell_1');
    cell.build([null, 2]);
    expect(cell.scope_name).toBe('peephole_gru_cell');
  });
  test('two cells of one name are made unique, without an error', () => {
    expect(names_of(built({ name: 'a' }))).toEqual(names_in('a'));
    const second = built({ name: 'a' });
    expect(names_of(second)).toEqual(names_in('a_1'));
    expect(second.name).toBe('a');
    expect(built({ name: 'a' }).scope_name).toBe('a_2');
  });
  test('a name that was meant for another is stepped over', () => {
    built({ name: 'a_1' });
    built({ name: 'a' });
    expect(built({ name: 'a' }).scope_name).toBe('a_2');
  });
  test('each graph counts for itself', () => {
    built();
    new Graph().as_default(() => {
      const cell = built();
      expect(cell.name).toBe('gru_cell_1');
      expect(cell.scope_name).toBe('gru_cell');
    });
  });
  test('scope_name before the first use is a ValueError', () => {
    const cell = new GRUCell(3, { name: 'a' });
    expect(() => cell.scope_name).toThrow(ValueError);
    expect(() => cell.scope_name).toThrow(/layer a has no scope_name before it is built or called/);
  });
});

describe('the scope of a cell', () => {
  test('inside a variable scope', () => {
    const cell = variable_scope('root', () => built());
    expect(names_of(cell)).toEqual(names_in('root/gru_cell'));
    expect(variable_scope('root', () => variable_scope('inner', () => built({ name: 'b' }))).scope_name).toBe(
      'root/inner/b',
    );
  });
  test('is that of the first use, by build or call, and stays', () => {
    const [by_build, by_call] = [new GRUCell(3), new GRUCell(3)];
    variable_scope('first', () => by_build.build([null, 2]));
    variable_scope('second', () => by_call.apply([[1, 2]], [[0, 0, 0]]));
    const weights = by_build.weights;
    variable_scope('third', () => {
      by_build.apply([[1, 2]], [[0, 0, 0]]);
      by_call.call([[1, 2]], [[0, 0, 0]]);
    });
    expect(by_build.scope_name).toBe('first/gru_cell');
    expect(by_call.scope_name).toBe('second/gru_cell');
    expect(by_build.weights).toEqual(weights);
    expect(get_default_graph().variables).toHaveLength(8);
  });
  test('is not that of the construction', () => {
    const cell = variable_scope('made', () => new GRUCell(3));
    cell.build([null, 2]);
    expect(cell.scope_name).toBe('gru_cell');
  });
  test('an explicit one is taken as it is', () => {
    const [first, second] = [new GRUCell(3), new GRUCell(3)];
    first.apply([[1, 2]], [[0, 0, 0]], { scope: 'mine' });
    expect(names_of(first)).toEqual(names_in('mine'));
    const again = () => second.apply([[1, 2]], [[0, 0, 0]], { scope: 'mine' });
    expect(again).toThrow(ValueError);
    expect(again).toThrow(/mine\/gates\/kernel:0 already exists: set reuse to share it/);
    variable_scope('root', () => second.apply([[1, 2]], [[0, 0, 0]], { scope: 'mine' }));
    expect(second.scope_name).toBe('root/mine');
  });
  test('an explicit one may be a scope', () => {
    const scope = variable_scope('root', () => variable_scope('inner', (opened) => opened));
    const cell = new GRUCell(3);
    variable_scope('elsewhere', () => cell.apply([[1, 2]], [[0, 0, 0]], { scope }));
    expect(cell.scope_name).toBe('root/inner');
  });
  test('in dynamic_rnn it is inside rnn, or inside the scope given', () => {
    const inputs = [[[1, 2]]];
    const [first, second, third] = [new GRUCell(3), new GRUCell(3), new GRUCell(3, { name: 'b' })];
    dynamic_rnn(first, inputs);
    expect(names_of(first)).toEqual(names_in('rnn/gru_cell'));
    expect(() => dynamic_rnn(second, inputs)).toThrow(/rnn\/gru_cell\/gates\/kernel:0 already exists/);
    dynamic_rnn(second, inputs, { scope: 'decoder' });
    expect(second.scope_name).toBe('decoder/gru_cell');
    dynamic_rnn(third, inputs);
    expect(third.scope_name).toBe('rnn/b');
  });
});

describe('variable_scope', () => {
  test('names nest', () => {
    variable_scope('a', (a) => {
      expect(a.name).toBe('a');
      expect(a.original_name_scope).toBe('a/');
      variable_scope('b', (b) => {
        expect(b.name).toBe('a/b');
        expect(get_variable_scope()).toBe(b);
        expect(get_variable('v', { shape: [2] }).name).toBe('a/b/v:0');
      });
      expect(get_variable_scope()).toBe(a);
    });
    expect(get_variable_scope().name).toBe('');
    expect(get_variable('v', { shape: [2] }).name).toBe('v:0');
  });
  test('returns what its body returns, and is left when that throws', () => {
    expect(variable_scope('a', {}, () => 7)).toBe(7);
    expect(() =>
      variable_scope('a', () => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(get_variable_scope().name).toBe('');
  });
  test('entered again by name it gives the same names again', () => {
    variable_scope('root', () => {
      expect(built().scope_name).toBe('root/gru_cell');
      expect(built().scope_name).toBe('root/gru_cell_1');
    });
    variable_scope('root', () => {
      expect(() => built()).toThrow(/root\/gru_cell\/gates\/kernel:0 already exists/);
    });
    variable_scope('root', { reuse: true }, () => {
      expect(names_of(built())).toEqual(names_in('root/gru_cell'));
      expect(names_of(built())).toEqual(names_in('root/gru_cell_1'));
      expect(() => built()).toThrow(/root\/gru_cell_2\/gates\/kernel:0 does not exist/);
    });
  });
  test('entered again as an object it jumps there, and leaves the counts around as they were', () => {
    const tower = variable_scope('tower', (scope) => {
      built();
      return scope;
    });
    variable_scope('other', () => {
      variable_scope(tower, { reuse: true }, (shared) => {
        expect(shared.name).toBe('tower');
        expect(built().scope_name).toBe('tower/gru_cell');
        variable_scope('inner', (inner) => expect(inner.name).toBe('tower/inner'));
      });
      expect(built().scope_name).toBe('other/gru_cell');
    });
    expect(get_variable_scope().name).toBe('');
  });
  test('an object keeps its own settings, and reuse cannot be undone', () => {
    const reused = variable_scope('jump', { reuse: true }, (scope) => scope);
    const plain = variable_scope('jump', { reuse: false }, (scope) => scope);
    const reuse_of = (/** @type {any} */ scope, /** @type {any} */ options) =>
      variable_scope(scope, options, (opened) => opened.reuse);
    expect(reuse_of(reused, {})).toBe(true);
    expect(reuse_of(reused, { reuse: true })).toBe(true);
    expect(reuse_of(reused, { reuse: false })).toBe(true);
    expect(reuse_of(plain, {})).toBe(false);
    expect(reuse_of(plain, { reuse: true })).toBe(true);
    expect(plain.reuse).toBe(false);
    // Not that of the scopes around.
    variable_scope('around', { reuse: true }, () => expect(reuse_of(plain, {})).toBe(false));
  });
  test('default_name is used where the name is null, and made unique', () => {
    const name_of = (/** @type {any} */ name, /** @type {any} */ options) =>
      variable_scope(name, options, (scope) => scope.name);
    expect(name_of(null, { default_name: 'block' })).toBe('block');
    expect(name_of(null, { default_name: 'block' })).toBe('block_1');
    expect(name_of('given', { default_name: 'block' })).toBe('given');
    expect(name_of('given', { default_name: 'block' })).toBe('given');
    variable_scope('outer', () => {
      expect(name_of(null, { default_name: 'block' })).toBe('outer/block');
      expect(name_of(null, { default_name: 'block' })).toBe('outer/block_1');
    });
  });
  test.each(
    /** @type {[string, () => unknown, any, RegExp][]} */ ([
      [
        'no name at all',
        () => variable_scope(null, () => {}),
        ValueError,
        /name is null, .* no default_name/,
      ],
      [
        'reuse of a default name',
        () => variable_scope(null, { default_name: 'a', reuse: true }, () => {}),
        ValueError,
        /reuse needs a name/,
      ],
      ['no body', () => variable_scope('a', /** @type {any} */ ({})), TypeError, /body must be a function/],
      [
        'a name that is none',
        () => variable_scope(/** @type {any} */ (3), () => {}),
        TypeError,
        /name must be/,
      ],
      [
        'an unknown option',
        () => variable_scope('a', /** @type {any} */ ({ reused: true }), () => {}),
        TypeError,
        /no option 'reused'/,
      ],
      [
        'reuse',
        () => variable_scope('a', /** @type {any} */ ({ reuse: 'yes' }), () => {}),
        ValueError,
        /reuse must be/,
      ],
      [
        'dtype',
        () => variable_scope('a', /** @type {any} */ ({ dtype: 'int32' }), () => {}),
        ValueError,
        /dtype/,
      ],
      [
        'initializer',
        () => variable_scope('a', { initializer: 'nothing' }, () => {}),
        ValueError,
        /variable_scope: initializer/,
      ],
      [
        'an asynchronous body',
        () => variable_scope('a', async () => {}),
        TypeError,
        /must not be asynchronous/,
      ],
    ]),
  )('%s', (_what, run, type, message) => {
    expect(run).toThrow(type);
    expect(run).toThrow(message);
    expect(get_variable_scope().name).toBe('');
  });
});

describe('reuse', () => {
  test('of a cell by its exact name', () => {
    const first = built({ name: 'a' });
    const shared = built({ name: 'a', reuse: true });
    expect(shared.weights).toEqual(first.weights);
    const unnamed = built();
    expect(built({ reuse: true }).weights).toEqual(unnamed.weights);
  });
  test('is by memory: what changes one changes the other', () => {
    const [first, second] = [built({ name: 'a' }), built({ name: 'a', reuse: true })];
    const call = () => second.call([[1, 2]], [[0.5, 0.4, 0.3]])[0].array();
    const before = call();
    const tape = new GradientTape();
    const loss = tape.record(() => first.call([[1, 2]], [[0.5, 0.4, 0.3]])[0]);
    const gradients = tape.gradient(loss, first.weights);
    first.weights.forEach((variable, i) => {
      const { data } = /** @type {import('../../js/index.js').Tensor} */ (gradients[i]);
      const { shape, data: values } = variable.value;
      variable.assign({ shape, data: values.map((value, j) => value - data[j]) });
    });
    expect(call()).not.toEqual(before);
    expect(call()).toEqual(first.call([[1, 2]], [[0.5, 0.4, 0.3]])[0].array());
  });
  test('of what does not exist is a ValueError', () => {
    const wrong = () => built({ name: 'a', reuse: true });
    expect(wrong).toThrow(ValueError);
    expect(wrong).toThrow(/a\/gates\/kernel:0 does not exist, and reuse is on/);
    expect(get_default_graph().variables).toEqual([]);
    expect(() => variable_scope('a', { reuse: true }, () => get_variable('v', { shape: [1] }))).toThrow(
      /a\/v:0 does not exist/,
    );
  });
  test('AUTO_REUSE creates, then shares', () => {
    const first = built({ name: 'a', reuse: AUTO_REUSE });
    expect(built({ name: 'a', reuse: AUTO_REUSE }).weights).toEqual(first.weights);
    const of = () => variable_scope('b', { reuse: AUTO_REUSE }, () => get_variable('v', { shape: [2] }));
    expect(of()).toBe(of());
    variable_scope('b', { reuse: AUTO_REUSE }, () => {
      const inner = variable_scope('c', (scope) => scope);
      expect(inner.reuse).toBe(AUTO_REUSE);
    });
  });
  test('is inherited by scopes inside', () => {
    variable_scope('a', () => variable_scope('b', () => get_variable('v', { shape: [2] })));
    variable_scope('a', { reuse: true }, () =>
      variable_scope('b', { reuse: false }, (scope) => {
        expect(scope.reuse).toBe(true);
        expect(get_variable('v').shape).toEqual([2]);
      }),
    );
  });
  test('reuse_variables turns it on for the rest of the scope', () => {
    variable_scope('a', (scope) => {
      const v = get_variable('v', { shape: [2] });
      expect(() => get_variable('v', { shape: [2] })).toThrow(/a\/v:0 already exists/);
      scope.reuse_variables();
      expect(get_variable('v', { shape: [2] })).toBe(v);
      expect(() => get_variable('w', { shape: [2] })).toThrow(/a\/w:0 does not exist/);
    });
    variable_scope('a', (scope) => expect(scope.reuse).toBe(false));
  });
  test.each([
    [
      'another shape',
      [null, 5],
      'float32',
      /a\/gates\/kernel:0 has shape \[5, 6\] and cannot be shared as \[8, 6\]/,
    ],
    [
      'another dtype',
      [null, 2],
      'float64',
      /a\/gates\/kernel:0 has dtype float32 and cannot be shared as float64/,
    ],
  ])('with %s', (_what, shape, dtype, message) => {
    built({ name: 'a' });
    const cell = new GRUCell(3, { name: 'a', reuse: true, dtype: /** @type {any} */ (dtype) });
    expect(() => cell.build(shape)).toThrow(ValueError);
    expect(() => cell.build(shape)).toThrow(message);
    expect(cell.weights).toEqual([]);
  });
  test('the memory lives until the last that uses it is disposed of', () => {
    const before = memory().blocks;
    const [first, second] = [built({ name: 'a' }), built({ name: 'a', reuse: true })];
    const expected = first.call([[1, 2]], [[0, 0, 0]])[0].array();
    first.dispose();
    first.dispose();
    expect(second.call([[1, 2]], [[0, 0, 0]])[0].array()).toEqual(expected);
    second.dispose();
    expect(memory().blocks).toBe(before);
    expect(get_default_graph().variables).toEqual([]);
  });
});

describe('what a scope gives to its variables', () => {
  test('its initializer reaches the kernels only', () => {
    const cell = variable_scope('root', { initializer: initializers.constant(0.25) }, () => built());
    const [gates_kernel, gates_bias, candidate_kernel, candidate_bias] = cell.get_weights();
    expect(new Set(gates_kernel.data)).toEqual(new Set([0.25]));
    expect(new Set(candidate_kernel.data)).toEqual(new Set([0.25]));
    expect(new Set(gates_bias.data)).toEqual(new Set([1]));
    expect(new Set(candidate_bias.data)).toEqual(new Set([0]));
  });
  test("the cell's own comes first, the inner scope's next", () => {
    variable_scope('root', { initializer: initializers.constant(0.25) }, () => {
      const own = built({ kernel_initializer: 'ones' });
      expect(own.get_weights()[0].data[0]).toBe(1);
      const inner = variable_scope('inner', { initializer: 'zeros' }, () => built());
      expect(inner.get_weights()[0].data[0]).toBe(0);
      expect(variable_scope('other', () => built()).get_weights()[0].data[0]).toBe(0.25);
    });
  });
  test('its regularizer reaches every variable, with a loss of the cell', () => {
    const options = { regularizer: regularizers.l2(0.5), initializer: initializers.constant(2) };
    const cell = variable_scope('root', options, () => built());
    const losses = () => cell.losses.map((loss) => /** @type {any} */ (loss).data[0]);
    expect(losses()).toEqual([0.5 * 30 * 4, 0.5 * 6, 0.5 * 15 * 4, 0]);
    expect(cell.get_losses_for(null)).toHaveLength(4);
    expect(cell.get_losses_for(cell.weights)).toEqual([]);
    cell.weights[3].assign([1, 2, 3]);
    expect(losses()[3]).toBe(0.5 * 14);
    // Whoever shares the variables adds no loss again.
    const shared = variable_scope('root', { ...options, reuse: true }, () => built());
    expect(shared.losses).toEqual([]);
  });
  test('its dtype is the default of get_variable', () => {
    variable_scope('root', { dtype: 'float64' }, () => {
      expect(get_variable('v', { shape: [2] }).dtype).toBe('float64');
      expect(get_variable('w', { shape: [2], dtype: 'float32' }).dtype).toBe('float32');
      expect(variable_scope('inner', () => get_variable('v', { shape: [2] })).dtype).toBe('float64');
    });
  });
  test('set in the middle they hold for what follows, in this scope only', () => {
    const scope = variable_scope('root', (opened) => {
      opened.set_initializer(initializers.constant(3));
      opened.set_dtype('float64');
      opened.set_regularizer('l2');
      expect(get_variable('v', { shape: [1] }).value).toMatchObject({
        dtype: 'float64',
        data: Float64Array.of(3),
      });
      expect(built().losses).toHaveLength(4);
      opened.set_regularizer(null);
      expect(built().losses).toEqual([]);
      return opened;
    });
    expect(() => scope.set_dtype(/** @type {any} */ ('int32'))).toThrow(ValueError);
    expect(get_variable_scope().initializer).toBeNull();
    variable_scope('root', (opened) => expect(opened.initializer).toBeNull());
  });
});

describe('get_variable', () => {
  test('creates, with everything that can be said of it', () => {
    const v = get_variable('v', { shape: [2, 3], dtype: 'float64', initializer: 'ones', trainable: false });
    expect(v).toMatchObject({ name: 'v:0', dtype: 'float64', trainable: false });
    expect(v.value.array()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(get_variable('scalar', { shape: [], initializer: initializers.constant(7) }).value.array()).toBe(
      7,
    );
    expect(get_variable('w', { shape: [3] }).dtype).toBe('float32');
  });
  test('finds the variables of a cell', () => {
    const cell = built({ name: 'a' });
    variable_scope('a', { reuse: true }, () => {
      expect(get_variable('gates/kernel')).toBe(cell.weights[0]);
      variable_scope('gates', () => expect(get_variable('bias')).toBe(cell.weights[1]));
    });
  });
  test('a scope lists its variables', () => {
    variable_scope('a', (scope) => {
      const v = get_variable('v', { shape: [1] });
      const w = variable_scope('b', () => get_variable('w', { shape: [1], trainable: false }));
      get_default_graph();
      expect(scope.global_variables()).toEqual([v, w]);
      expect(scope.trainable_variables()).toEqual([v]);
    });
  });
  test.each(
    /** @type {[string, () => unknown, any, RegExp][]} */ ([
      ['no shape', () => get_variable('v'), ValueError, /shape is needed to create v:0/],
      ['no name', () => get_variable(''), TypeError, /name must be a non-empty string/],
      [
        'an impossible shape',
        () => get_variable('v', { shape: [2.5] }),
        ValueError,
        /every size in the shape of v:0/,
      ],
      [
        'an impossible dtype',
        () => get_variable('v', /** @type {any} */ ({ shape: [1], dtype: 'int32' })),
        ValueError,
        /dtype/,
      ],
      [
        'an unknown option',
        () => get_variable('v', /** @type {any} */ ({ size: 1 })),
        TypeError,
        /no option 'size'/,
      ],
      [
        'an unknown initializer',
        () => get_variable('v', { shape: [1], initializer: 'x' }),
        ValueError,
        /initializer/,
      ],
      [
        'an unknown regularizer',
        () => get_variable('v', { shape: [1], regularizer: 'x' }),
        ValueError,
        /regularizer/,
      ],
    ]),
  )('%s', (_what, run, type, message) => {
    const { blocks } = memory();
    expect(run).toThrow(type);
    expect(run).toThrow(message);
    expect(get_default_graph().variables).toEqual([]);
    expect(memory().blocks).toBe(blocks);
  });
});

describe('a build that fails', () => {
  test('leaves nothing, and can be repeated', () => {
    const { blocks } = memory();
    let broken = true;
    const kernel_initializer = (/** @type {readonly number[]} */ shape) => {
      if (broken) throw new RangeError('not yet');
      return new Float32Array(shape[0] * shape[1]);
    };
    const cell = new GRUCell(3, { name: 'a', kernel_initializer });
    for (const attempt of [() => cell.build([null, 2]), () => cell.apply([[1, 2]], [[0, 0, 0]])])
      variable_scope('root', { regularizer: 'l2' }, () => expect(attempt).toThrow('not yet'));
    expect(cell).toMatchObject({ built: false, dtype: null, weights: [], losses: [] });
    expect(() => cell.scope_name).toThrow(ValueError);
    expect(memory().blocks).toBe(blocks);
    broken = false;
    cell.build([null, 2]);
    expect(names_of(cell)).toEqual(names_in('a'));
    expect(built({ name: 'a' }).scope_name).toBe('a_1');
  });
  test('when the last variable is refused', () => {
    const { blocks } = memory();
    let times = 0;
    const bias_initializer = (/** @type {readonly number[]} */ shape) => {
      times += 1;
      if (times === 2) throw new RangeError('second');
      return new Float32Array(shape[0]);
    };
    const cell = variable_scope('root', { regularizer: 'l2' }, () => {
      const made = new GRUCell(3, { bias_initializer });
      expect(() => made.build([null, 2])).toThrow('second');
      expect(made.losses).toEqual([]);
      return made;
    });
    expect(get_default_graph().variables).toEqual([]);
    expect(memory().blocks).toBe(blocks);
    cell.build([null, 2]);
    expect(names_of(cell)).toEqual(names_in('gru_cell'));
  });
});
