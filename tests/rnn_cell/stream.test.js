// The fast lane: the same bits as call, views that survive a growing heap, errors once something is gone, nothing allocated.
import { beforeAll, expect, test } from '@jest/globals';
import { Graph, tensor } from '../../js/index.js';
import { FailedPreconditionError } from '../../js/runtime/errors.js';
import { loaded_heap } from '../../js/runtime/init.js';
import { float32_numbers, random_cell } from '../helpers/cells.js';
import { ready } from '../helpers/ready.js';
import { run_script } from '../helpers/script.js';

beforeAll(ready);

test('steps give the same bits as call', () => {
  const { cell, next } = random_cell({ inputs: 9, units: 21, dtype: 'float32', seed: 5 });
  const stream = cell.stream(3);
  let h = tensor(float32_numbers(3 * 21, next), [3, 21]);
  stream.state.set(h.data);
  for (let step = 0; step < 4; step++) {
    const x = float32_numbers(3 * 9, next);
    stream.input.set(x);
    stream.step();
    [, h] = cell.call(tensor(x, [3, 9], 'float32'), h);
    expect(stream.state).toEqual(h.data);
  }
  stream.reset();
  expect(stream.state).toEqual(new Float32Array(3 * 21));
  stream.dispose();
  cell.dispose();
});

test('input and state are there after the heap has grown', () => {
  const { cell, next } = random_cell({ inputs: 4, units: 6, dtype: 'float32', seed: 6 });
  const stream = cell.stream();
  const x = float32_numbers(4, next);
  const h = float32_numbers(6, next);
  stream.input.set(x);
  stream.state.set(h);
  const { input } = stream;
  const heap = loaded_heap();
  const { heap_bytes } = heap.statistics();
  heap.borrow({ much: heap_bytes }, 'a test', () => {});
  expect(heap.statistics().heap_bytes).toBeGreaterThan(heap_bytes);
  expect(input).toHaveLength(0);
  expect([...stream.input]).toEqual([...x]);
  expect([...stream.state]).toEqual([...h]);
  stream.dispose();
  cell.dispose();
});

test('a stream that was disposed of, or whose cell or variables were, says so at every use', () => {
  const uses = [
    (/** @type {any} */ stream) => stream.input,
    (/** @type {any} */ stream) => stream.state,
    (/** @type {any} */ stream) => stream.step(),
    (/** @type {any} */ stream) => stream.reset(),
  ];
  for (const what of ['stream', 'cell', 'graph']) {
    const graph = new Graph();
    const { cell, stream } = graph.as_default(() => {
      const { cell } = random_cell({ inputs: 4, units: 6, dtype: 'float32', seed: 7 });
      return { cell, stream: cell.stream() };
    });
    stream.step();
    ({ stream, cell, graph })[what].dispose();
    for (const use of uses) expect(() => use(stream)).toThrow(FailedPreconditionError);
    expect(() => stream.step()).toThrow(FailedPreconditionError);
    stream.dispose();
  }
});

test('a step, writing its input and reading its state allocate nothing in JavaScript', async () => {
  const bytes = await run_script(`
    import { GRUCell, init } from './js/index.js';
    await init(${process.env.GRU_SIMD ? `{ simd: '${process.env.GRU_SIMD}' }` : ''});
    const cell = new GRUCell(16);
    cell.build([null, 8]);
    const stream = cell.stream();
    const x = new Float32Array(8).fill(0.3);
    const array = new Float32Array(16).fill(0.3);
    const first = new Float32Array(1);
    let sum = 0;
    const bodies = {
      step: () => { stream.input.set(x); stream.step(); first[0] = stream.state[0]; },
      step_and_sum: () => { stream.input.set(x); stream.step(); sum += stream.state[0]; },
      sum_of_array: () => { sum += array[0]; },
    };
    const bytes = {};
    for (const [name, body] of Object.entries(bodies)) {
      const run = (count) => { for (let i = 0; i < count; i++) body(); };
      run(200000);
      const grown = Array.from({ length: 15 }, () => {
        const before = process.memoryUsage().heapUsed;
        run(10000);
        return (process.memoryUsage().heapUsed - before) / 10000;
      });
      // A garbage collection falls into some of them: the median knows of none.
      bytes[name] = grown.sort((a, b) => a - b)[7];
    }
    console.log(JSON.stringify(bytes));
  `);
  expect(Math.abs(bytes.step)).toBeLessThan(1);
  // V8 makes an object of 16 bytes for a float that it keeps in a variable of a closure, whichever array it was read from.
  // Those are all that this caller sees.
  expect(Math.abs(bytes.step_and_sum - bytes.sum_of_array)).toBeLessThan(1);
});
