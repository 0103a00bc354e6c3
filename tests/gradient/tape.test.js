// GradientTape: what it watches, gradients of several targets and sources, how often they can be computed, memory.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { is_recording, record_operation, stop_recording } from '../../js/gradient/recording.js';
import { GradientTape } from '../../js/gradient/tape.js';
import { GRUCell, memory, RuntimeError, Tensor, tensor, ValueError, Variable } from '../../js/index.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

/** @typedef {Tensor | Variable} Source */
/** @param {Source} source */
const values_of = (source) => (source instanceof Variable ? source.value.data : source.data);

/**
 * a * b, elementwise, recorded.
 * @param {Source} a
 * @param {Source} b
 * @param {() => void} [dispose]
 */
function multiply(a, b, dispose) {
  const [x, y] = [Float64Array.from(values_of(a)), Float64Array.from(values_of(b))];
  const output = new Tensor(
    x.map((v, i) => v * y[i]),
    a.shape,
    'float64',
  );
  record_operation({
    inputs: [a, b],
    outputs: [output],
    backward: ([d]) => [d && y.map((v, i) => d[i] * v), d && x.map((v, i) => d[i] * v)],
    dispose,
  });
  return output;
}

/** @param {number[]} value @param {any} [options] */
const variable = (value, options = {}) =>
  new Variable({ name: 'v', shape: [value.length], dtype: 'float64', value, ...options });
/** @param {number[]} value */
const constant = (value) => tensor(value, null, 'float64');

describe('what has a gradient', () => {
  test('variables, watched tensors and what was computed from them', () => {
    const [v, x] = [variable([2, 3]), constant([5, 7])];
    const tape = new GradientTape({ persistent: true });
    tape.watch(x);
    const [y, z] = tape.record(() => {
      const product = multiply(v, x);
      return [product, multiply(product, product)];
    });
    expect(tape.gradient(y, v)?.array()).toEqual([5, 7]);
    expect(tape.gradient(y, x)?.array()).toEqual([2, 3]);
    expect(tape.gradient(z, y)?.array()).toEqual([20, 42]);
    expect(tape.gradient(z, z)?.array()).toEqual([1, 1]);
    expect(tape.gradient(z, [v, x]).map((gradient) => gradient?.array())).toEqual([
      [100, 294],
      [40, 126],
    ]);
    tape.dispose();
    v.dispose();
  });
  test('has the shape and the dtype of its source', () => {
    const v = variable([1, 2, 3, 4], { shape: [2, 2], dtype: 'float32' });
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    const gradient = tape.gradient(y, v);
    expect(gradient).toMatchObject({ shape: [2, 2], dtype: 'float32' });
    expect(gradient?.data).toEqual(Float32Array.of(2, 4, 6, 8));
    v.dispose();
  });
  test('null if the target does not depend on the source', () => {
    const [v, other, x] = [variable([2]), variable([3]), constant([4])];
    const tape = new GradientTape({ persistent: true });
    const [y, unrelated] = tape.record(() => [multiply(v, v), multiply(other, x)]);
    expect(tape.gradient(y, other)).toBeNull();
    expect(tape.gradient(y, [v, other, x]).map((gradient) => gradient?.array() ?? null)).toEqual([
      [4],
      null,
      null,
    ]);
    expect(tape.gradient(unrelated, x)).toBeNull();
    expect(tape.gradient(constant([1]), v)).toBeNull();
    tape.dispose();
    v.dispose();
    other.dispose();
  });
  test('null for what was computed outside', () => {
    const v = variable([2]);
    const before = multiply(v, v);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(before, before));
    expect(tape.gradient(y, [v, before])).toEqual([null, null]);
    v.dispose();
  });
  test('null for variables that are not trainable, unless they are watched', () => {
    const v = variable([2], { trainable: false });
    const run = (/** @type {GradientTape} */ tape) =>
      tape.gradient(
        tape.record(() => multiply(v, v)),
        v,
      );
    expect(run(new GradientTape())).toBeNull();
    const tape = new GradientTape();
    tape.watch(v);
    expect(run(tape)?.array()).toEqual([4]);
    v.dispose();
  });
  test('with watch_accessed_variables false, only what is watched', () => {
    const [v, w] = [variable([2]), variable([3])];
    const tape = new GradientTape({ watch_accessed_variables: false });
    tape.watch([v]);
    const y = tape.record(() => multiply(v, w));
    expect(tape.gradient(y, [v, w]).map((gradient) => gradient?.array() ?? null)).toEqual([[3], null]);
    const blind = new GradientTape({ watch_accessed_variables: false });
    blind.record(() => expect(is_recording([v, w])).toBe(false));
    v.dispose();
    w.dispose();
  });
  test('the same source twice', () => {
    const v = variable([3]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    expect(tape.gradient(y, [v, v]).map((gradient) => gradient?.array())).toEqual([[6], [6]]);
    v.dispose();
  });
});

describe('the sum', () => {
  test('over all uses of a variable', () => {
    const v = variable([2, 3]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(multiply(v, v), multiply(v, constant([1, 10]))));
    // v³ and 10 v³
    expect(tape.gradient(y, v)?.array()).toEqual([12, 270]);
    v.dispose();
  });
  test('over several targets, also if one is computed from the other', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const [y, z] = tape.record(() => {
      const square = multiply(v, v);
      return [square, multiply(square, v)];
    });
    // v² + v³
    expect(tape.gradient([y, z], v)?.array()).toEqual([4 + 12]);
    v.dispose();
  });
  test('over a cell used twice, as the sum of its two gradients', () => {
    const cell = new GRUCell(3, { dtype: 'float64' });
    cell.build([null, 2]);
    const [x, h] = [tensor([[1, 2]], null, 'float64'), tensor([[0.1, -0.2, 0.3]], null, 'float64')];
    const gradient = (/** @type {() => Tensor[]} */ body) => {
      const tape = new GradientTape();
      return tape.gradient(tape.record(body), cell.weights);
    };
    const once = gradient(() => [cell.call(x, h)[0]]);
    const twice = gradient(() => [cell.call(x, h)[0], cell.call(x, h)[0]]);
    once.forEach((gradient, i) => {
      const doubled = Array.from(/** @type {Tensor} */ (gradient).data, (value) => 2 * value);
      expect([.../** @type {Tensor} */ (twice[i]).data]).toEqual(doubled);
    });
    cell.dispose();
  });
});

describe('output_gradients', () => {
  const run = (/** @type {any} */ output_gradients) => {
    const v = variable([2, 3]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    const gradient = tape.gradient(y, v, { output_gradients });
    v.dispose();
    return gradient?.array();
  };
  test('weigh the values of the target', () => {
    expect(run(constant([10, -1]))).toEqual([40, -6]);
    expect(run([10, -1])).toEqual([40, -6]);
    expect(run(null)).toEqual([4, 6]);
    expect(run(undefined)).toEqual([4, 6]);
  });
  test('one each for several targets, null for ones', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const [y, z] = tape.record(() => [multiply(v, v), multiply(v, constant([5]))]);
    expect(tape.gradient([y, z], v, { output_gradients: [null, constant([10])] })?.array()).toEqual([54]);
    v.dispose();
  });
  test.each(
    /** @type {[any, any, RegExp][]} */ ([
      [constant([1]), ValueError, /output_gradients must have the target's shape \[2\], not \[1\]/],
      [tensor([1, 2]), ValueError, /output_gradients must have dtype float64, not float32/],
      ['1', TypeError, /output_gradients must be a tensor/],
    ]),
  )('%p', (output_gradients, type, message) => {
    expect(() => run(output_gradients)).toThrow(type);
    expect(() => run(output_gradients)).toThrow(message);
  });
  test('of another number than the targets', () => {
    const tape = new GradientTape();
    const wrong = () => tape.gradient([constant([1]), constant([1])], [], { output_gradients: [null] });
    expect(wrong).toThrow(/output_gradients must be a list of 2/);
  });
});

describe('the arrays', () => {
  /** An operation whose gradients are all the gradient of its output. @param {Source[]} inputs */
  function same(...inputs) {
    const output = new Tensor(Float64Array.from(values_of(inputs[0])), inputs[0].shape, 'float64');
    record_operation({ inputs, outputs: [output], backward: ([d]) => inputs.map(() => d) });
    return output;
  }

  test('each source has an array of its own, even if an operation returns one for all', () => {
    const [a, b] = [variable([1, 2]), variable([3, 4])];
    const tape = new GradientTape();
    // a and b get the same array, and then a more.
    const y = tape.record(() => multiply(same(a, b), a));
    const [d_a, d_b, d_y] = tape.gradient(y, [a, b, y]);
    expect(d_b?.array()).toEqual([1, 2]);
    expect(d_a?.array()).toEqual([1 + 1, 2 + 2]);
    expect(d_y?.array()).toEqual([1, 1]);
    expect(new Set([d_a, d_b, d_y].map((d) => d?.data.buffer)).size).toBe(3);
  });

  test('the caller’s arrays are not written to', () => {
    const a = variable([1, 2]);
    const weights = constant([5, 7]);
    const tape = new GradientTape();
    const y = tape.record(() => same(a, a));
    const d_a = tape.gradient(y, a, { output_gradients: weights });
    expect(d_a?.array()).toEqual([10, 14]);
    expect(weights.array()).toEqual([5, 7]);
    expect(d_a?.data).not.toBe(weights.data);
  });
});

describe('the number of calls of gradient', () => {
  test('once, unless it is persistent', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    expect(tape.gradient(y, v)?.array()).toEqual([4]);
    expect(() => tape.gradient(y, v)).toThrow(RuntimeError);
    expect(() => tape.gradient(y, v)).toThrow(/persistent: true/);
    const lasting = new GradientTape({ persistent: true });
    const z = lasting.record(() => multiply(v, v));
    for (let i = 0; i < 3; i++) expect(lasting.gradient(z, v)?.array()).toEqual([4]);
    lasting.dispose();
    lasting.dispose();
    expect(lasting.gradient(z, v)).toBeNull();
    v.dispose();
  });
  test('through a cell, the same bits each time', () => {
    const cell = new GRUCell(5, { dtype: 'float64' });
    cell.build([null, 3]);
    const tape = new GradientTape({ persistent: true });
    const x = tensor([[1, 2, 3]], null, 'float64');
    const y = tape.record(() => cell.call(x, cell.zero_state(1, 'float64'))[0]);
    const [first, second] = [1, 2].map(() =>
      tape.gradient(y, cell.weights).map((gradient) => gradient?.array()),
    );
    expect(second).toEqual(first);
    tape.dispose();
    cell.dispose();
  });
  test('a call that throws does not count', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    expect(() => tape.gradient(y, /** @type {any} */ ('v'))).toThrow(TypeError);
    expect(() => tape.gradient(/** @type {any} */ (3), v)).toThrow(/target must be a Tensor, not 3/);
    expect(() => tape.gradient(y, tensor([1], null, 'int32'))).toThrow(ValueError);
    expect(() => tape.gradient(y, v, /** @type {any} */ ({ weights: 1 }))).toThrow(/no option 'weights'/);
    expect(tape.gradient(y, v)?.array()).toEqual([4]);
    v.dispose();
  });
  test('after reset the tape can be used again', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    tape.gradient(
      tape.record(() => multiply(v, v)),
      v,
    );
    tape.reset();
    const y = tape.record(() => multiply(v, v));
    expect(tape.gradient(y, v)?.array()).toEqual([4]);
    v.dispose();
  });
  test('recorded in several pieces', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const y = tape.record(() => multiply(v, v));
    const z = tape.record(() => multiply(y, v));
    expect(tape.gradient(z, v)?.array()).toEqual([12]);
    v.dispose();
  });
});

describe('several tapes', () => {
  test('each gives the gradient of what both recorded', () => {
    const v = variable([2]);
    let disposed = 0;
    const [outer, inner] = [new GradientTape(), new GradientTape()];
    const [y, z] = outer.record(() => {
      const square = inner.record(() =>
        multiply(v, v, () => {
          disposed += 1;
        }),
      );
      return [square, multiply(square, v)];
    });
    expect(inner.gradient(y, v)?.array()).toEqual([4]);
    expect(disposed).toBe(0);
    expect(outer.gradient(z, v)?.array()).toEqual([12]);
    expect(disposed).toBe(1);
    v.dispose();
  });
  test('computing a gradient is not recorded on another tape', () => {
    const v = variable([2]);
    const outer = new GradientTape();
    const slope = outer.record(() => {
      const inner = new GradientTape();
      return inner.gradient(
        inner.record(() => multiply(v, v)),
        v,
      );
    });
    expect(outer.gradient(/** @type {Tensor} */ (slope), v)).toBeNull();
    v.dispose();
  });
  test('through a cell', () => {
    const cell = new GRUCell(3, { dtype: 'float64' });
    cell.build([null, 2]);
    const [outer, inner] = [new GradientTape(), new GradientTape()];
    const y = outer.record(() =>
      inner.record(() => cell.call(tensor([[1, 2]], null, 'float64'), cell.zero_state(1, 'float64'))[0]),
    );
    const expected = inner.gradient(y, cell.weights).map((gradient) => gradient?.array());
    expect(outer.gradient(y, cell.weights).map((gradient) => gradient?.array())).toEqual(expected);
    cell.dispose();
  });
});

describe('recording', () => {
  test('is off during stop_recording', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    const [y, z] = tape.record(() => {
      const square = multiply(v, v);
      const hidden = stop_recording(() => {
        expect(is_recording([v])).toBe(false);
        return multiply(square, v);
      });
      expect(is_recording([v])).toBe(true);
      return [square, hidden];
    });
    expect(() =>
      stop_recording(() => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(tape.gradient([y, z], v)?.array()).toEqual([4]);
    v.dispose();
  });
  test('ends with the function, also when it throws', () => {
    const v = variable([2]);
    const tape = new GradientTape();
    expect(() =>
      tape.record(() => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(is_recording([v])).toBe(false);
    expect(tape.record(() => 7)).toBe(7);
    v.dispose();
  });
  test('of an asynchronous function is a TypeError', () => {
    const tape = new GradientTape();
    expect(() => tape.record(async () => 1)).toThrow(TypeError);
    expect(() => tape.record(async () => 1)).toThrow(/must not be asynchronous/);
    expect(is_recording([constant([1])])).toBe(false);
  });
  test('of operations without watched inputs keeps no memory', () => {
    let disposed = 0;
    const tape = new GradientTape();
    tape.record(() =>
      multiply(constant([1]), constant([2]), () => {
        disposed += 1;
      }),
    );
    expect(disposed).toBe(1);
  });
  test('the memory of a cell’s operation is freed by gradient, by dispose and by reset', () => {
    const cell = new GRUCell(3);
    cell.build([null, 2]);
    cell.call([[1, 2]], [[0, 0, 0]]);
    const { blocks } = memory();
    for (const end of [
      (/** @type {GradientTape} */ tape, /** @type {Tensor} */ y) => tape.gradient(y, cell.weights),
      (/** @type {GradientTape} */ tape) => tape.dispose(),
      (/** @type {GradientTape} */ tape) => tape.reset(),
    ]) {
      const tape = new GradientTape();
      const y = tape.record(() => cell.call([[1, 2]], [[0, 0, 0]])[0]);
      expect(memory().blocks).toBe(blocks + 1);
      end(tape, y);
      expect(memory().blocks).toBe(blocks);
    }
    cell.dispose();
  });
  test('an unknown option', () => {
    expect(() => new GradientTape(/** @type {any} */ ({ persist: true }))).toThrow(/no option 'persist'/);
  });
  test.each(
    /** @type {[any, any][]} */ ([
      [3, TypeError],
      [null, TypeError],
      [tensor([1], null, 'int32'), ValueError],
    ]),
  )('watch(%p)', (source, type) => {
    expect(() => new GradientTape().watch(source)).toThrow(type);
  });
});
