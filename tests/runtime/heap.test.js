// The heap: blocks are counted, freed when their owners are forgotten, and found again after it has grown.
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  FailedPreconditionError,
  GRUCell,
  memory,
  ResourceExhaustedError,
  tensor,
  Variable,
} from '../../js/index.js';
import { loaded_heap } from '../../js/runtime/init.js';
import { packing_of } from '../../js/runtime/variable.js';
import { ready, SIMD } from '../helpers/ready.js';
import { run_script } from '../helpers/script.js';

// Starting a Node of its own takes its time on a busy machine.
jest.setTimeout(60000);

beforeAll(ready);

test('carve puts pieces on cache lines of their own, with room behind; empty ones nowhere', () => {
  const { total, at } = loaded_heap().carve({ a: 4, b: 0, c: 65 });
  expect(at).toEqual({ a: 0, b: 0, c: 128 });
  expect(total).toBe(128 + 192);
});

test('the functions of float64 are bound when they are first asked for, and once', async () => {
  const actual = await run_script(`
    import { GRUCell, init } from './js/index.js';
    import { loaded_heap } from './js/runtime/init.js';
    await init({ simd: '${SIMD}' });
    const { kernels } = loaded_heap();
    const is_bound = () => Object.getOwnPropertyDescriptor(kernels, 'float64').get === undefined;
    const run = (dtype) => new GRUCell(3, { dtype }).call([[1, 2]], [[0, 0, 0]])[0].dtype;
    const actual = [run('float32'), is_bound(), run('float64'), is_bound(), run('float64')];
    actual.push(String(Object.keys(kernels.float64).sort()) === String(Object.keys(kernels.float32).filter((name) => !name.startsWith('block_')).sort()));
    console.log(JSON.stringify(actual));
  `);
  expect(actual).toEqual(['float32', false, 'float64', true, 'float64', true]);
});

describe('blocks', () => {
  test('are counted while somebody owns them', () => {
    const heap = loaded_heap();
    const before = memory();
    const block = heap.own({}, 1000, 'a test');
    expect(block.address % 64).toBe(0);
    expect(memory()).toMatchObject({ bytes: before.bytes + 1000, blocks: before.blocks + 1 });
    block.dispose();
    block.dispose();
    expect(memory()).toMatchObject({ bytes: before.bytes, blocks: before.blocks });
    expect(() => block.address).toThrow(FailedPreconditionError);
    expect(() => block.address).toThrow(/a test is used after it was disposed of/);
  });
  test('for the duration of a call are freed, also if it throws', () => {
    const heap = loaded_heap();
    const before = memory();
    expect(
      heap.borrow({ a: 8, b: 0 }, 'a test', ({ a, b }) => {
        expect(a).toBeGreaterThan(0);
        expect(b).toBe(0);
        return memory().blocks;
      }),
    ).toBe(before.blocks + 1);
    expect(() =>
      heap.borrow({ a: 8 }, 'a test', () => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(memory()).toMatchObject({ bytes: before.bytes, blocks: before.blocks });
  });
  test.each([2 ** 32 - 2 ** 15, 2 ** 32, 2 ** 40])('of %i bytes raise', (bytes) => {
    const before = memory();
    const ask = () => loaded_heap().own({}, bytes, 'a giant');
    expect(ask).toThrow(ResourceExhaustedError);
    expect(ask).toThrow(`a giant needs ${bytes} bytes`);
    expect(memory()).toEqual(before);
  });
});

describe('rows', () => {
  test.each(/** @type {const} */ (['float32', 'float64']))('with a stride, %s', (dtype) => {
    const heap = loaded_heap();
    heap.borrow({ a: 200 }, 'a test', ({ a }) => {
      heap.write(a, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], dtype);
      expect([...heap.read_rows(a, 3, 2, 4, dtype)]).toEqual([0, 1, 4, 5, 8, 9]);
      heap.write_rows(a, [-1, -2, -3, -4], 2, 3, dtype);
      expect([...heap.read(a, 6, dtype)]).toEqual([-1, -2, 2, -3, -4, 5]);
    });
  });
});

test('after the heap has grown everything is where it was', () => {
  const cell = new GRUCell(5);
  cell.build([null, 3]);
  const stream = cell.stream(2);
  stream.input.set([1, 2, 3, 4, 5, 6]);
  const x = tensor([[1, 2, 3]]);
  const weights = cell.get_weights().map((weight) => weight.array());
  const [output] = cell.call(x, cell.zero_state(1, 'float32'));
  const { heap_bytes } = memory();
  const big = new Variable({
    name: 'big',
    shape: [heap_bytes / 4],
    dtype: 'float32',
    value: new Float32Array(heap_bytes / 4).fill(7),
  });
  expect(memory().heap_bytes).toBeGreaterThan(heap_bytes);
  expect(cell.get_weights().map((weight) => weight.array())).toEqual(weights);
  expect(cell.call(x, cell.zero_state(1, 'float32'))[0].data).toEqual(output.data);
  expect([...stream.input]).toEqual([1, 2, 3, 4, 5, 6]);
  stream.step();
  expect(stream.state.slice(0, 5)).toEqual(output.data);
  expect(big.value.data.at(-1)).toBe(7);
  for (const owner of [big, stream, cell]) owner.dispose();
});

test('kernels of both dtypes are there under one name', () => {
  const { kernels, activations } = loaded_heap();
  expect(Object.keys(kernels.float64).every((name) => name in kernels.float32)).toBe(true);
  expect(activations.tanh).not.toBe(activations.sigmoid);
});

test('a packed variable takes up whole panels', () => {
  const shape = [3, 10];
  const packing = packing_of(shape, 2);
  expect(packing).toMatchObject({ rows: 3, groups: 2, columns: 5 });
  const variable = new Variable({
    name: 'v',
    shape,
    dtype: 'float32',
    value: Array.from({ length: 30 }, (_, i) => i),
    packing,
  });
  const { padded_columns, packed_elements } = loaded_heap().kernels.float32;
  expect(variable._elements).toBe(3 * 2 * padded_columns(5));
  // Panels whose rows fill half a page have a cache line between them.
  expect(packed_elements(64, 2, 5)).toBe(2 * (64 + 2) * padded_columns(5));
  expect([...variable.value.data]).toEqual(Array.from({ length: 30 }, (_, i) => i));
  variable.dispose();
});

test('what is forgotten is freed', async () => {
  const counts = await run_script(
    `
    import { AUTO_REUSE, GRUCell, Graph, dynamic_rnn, init, memory, variable_scope } from './js/index.js';
    import { GradientTape } from './js/gradient/tape.js';
    import { loaded_heap } from './js/runtime/init.js';
    await init({ simd: '${SIMD}' });
    const x = [[[1, 2], [3, 4]]];
    const cell = new GRUCell(4, { name: 'cell' });
    cell.build([null, 2]);
    const counts = [];
    const makers = {
      cell: () => new GRUCell(8).build([null, 2]),
      call: () => new GRUCell(8).call([[1, 2]], [[0, 0, 0, 0, 0, 0, 0, 0]]),
      stream: () => cell.stream(2).step(),
      tape: () => new GradientTape({ persistent: true }).record(() => dynamic_rnn(cell, x)),
      function_of_itself: () => {
        const cell = new GRUCell(2, { activation: (value) => (cell.built ? value : 0) });
        cell.build([null, 2]);
      },
      graph: () => new Graph().as_default(() => variable_scope('a', () => new GRUCell(8).build([null, 2]))),
    };
    const settle = async (blocks) => {
      for (let i = 0; i < 50 && memory().blocks > blocks; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return memory().blocks;
    };
    for (const [name, make] of Object.entries(makers)) {
      const before = memory().blocks;
      for (let i = 0; i < 20; i++) make();
      const during = memory().blocks;
      counts.push([name, during > before, (await settle(before)) - before]);
    }
    counts.push(['functions', true, loaded_heap().functions.size]);
    // Where others may find a variable by its name, the graph keeps it.
    const before = memory().blocks;
    variable_scope('held', () => new GRUCell(8).build([null, 2]));
    const still_used = (await settle(before)) - before;
    console.log(JSON.stringify({ counts, still_used }));
    `,
    { flags: ['--expose-gc'] },
  );
  for (const [name, used, left] of counts.counts) expect([name, used, left]).toEqual([name, true, 0]);
  expect(counts.still_used).toBeGreaterThanOrEqual(4);
});
