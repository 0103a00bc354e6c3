// node examples/tf1_program.js: the stack of cells learns what it is to learn.
import { expect, test } from '@jest/globals';
import { run_example } from './program.js';

test('the loss falls, the answers become right, and the variables have the names of TensorFlow', async () => {
  const { code, stderr, output } = await run_example('tf1_program', []);
  expect([code, stderr]).toEqual([0, '']);
  const told = [...output.matchAll(/^step +(\d+) {2}loss ([\d.]+) {2}accuracy ([\d.]+)$/gm)].map(
    ([, ...numbers]) => numbers.map(Number),
  );
  expect(told.map(([step]) => step)).toEqual([1, 25, 50, 75, 100, 125, 150, 175, 200]);
  const [, loss_at_first, accuracy_at_first] = told[0];
  const [, loss, accuracy] = told[8];
  // Of four symbols; guessing has a loss of log(4).
  expect(loss_at_first).toBeGreaterThan(1);
  expect(accuracy_at_first).toBeLessThan(0.6);
  expect(told[4][1]).toBeLessThan(loss_at_first);
  expect(loss).toBeLessThan(0.1);
  expect(accuracy).toBeGreaterThan(0.95);
  expect(output).toContain('rnn/multi_rnn_cell/cell_1/gru_cell/candidate/kernel:0 (64, 32)');
  expect(output.trim().split('\n').at(-1)).toBe('reader/answer/bias:0 (4)');
}, 60000);
