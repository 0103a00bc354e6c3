// npm run train: training progress, the saved model, Ctrl-C and wrong options.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encode, read_book, split } from '../../examples/book.js';
import { SIMD } from '../helpers/ready.js';
import { tf1_step } from '../reference/gru.js';
import { read_file, run_example, temporary_folder } from './program.js';

const files = temporary_folder();
afterAll(() => files.remove());

const { vocabulary, ids } = encode(read_book());
const { training_ids, validation_ids } = split(ids);

/**
 * Bits per character on the validation text, by the equations in float64.
 * @param {ReturnType<typeof read_file>} file
 */
function evaluate_reference({ weights }) {
  const [table, gates_kernel, gates_bias, candidate_kernel, candidate_bias, kernel, bias] = weights;
  const inputs = table.shape[1];
  const [units, characters] = kernel.shape;
  const cell = {
    inputs,
    units,
    gates_kernel: gates_kernel.data,
    gates_bias: gates_bias.data,
    candidate_kernel: candidate_kernel.data,
    candidate_bias: candidate_bias.data,
  };
  let state = new Array(units).fill(0);
  let bits = 0;
  for (let i = 0; i + 1 < validation_ids.length; i++) {
    const x = table.data.subarray(validation_ids[i] * inputs, (validation_ids[i] + 1) * inputs);
    state = tf1_step(cell, x, state);
    const logits = Array.from(
      { length: characters },
      (_, c) =>
        bias.data[c] + state.reduce((sum, h, unit) => sum + h * kernel.data[unit * characters + c], 0),
    );
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    bits -= Math.log2(Math.exp(logits[validation_ids[i + 1]]) / sum);
  }
  return bits / (validation_ids.length - 1);
}

describe('a quick training', () => {
  const path = files.path('quick.safetensors');
  const options = ['--quick', '--units', '4', '--epochs', '3', '--seed', '7', '--simd', SIMD];
  /** @type {Awaited<ReturnType<typeof run_example>>} */
  let result;
  /** @type {ReturnType<typeof read_file>} */
  let file;

  beforeAll(async () => {
    result = await run_example('train', [...options, '--output', path]);
    file = read_file(readFileSync(path));
  }, 60000);

  test('the loss goes down, in training and in validation', () => {
    expect(result.code).toBe(0);
    const epochs = [...result.stderr.matchAll(/^epoch (\d).*training ([\d.]+), validation ([\d.]+)/gm)];
    expect(epochs.map(([, epoch]) => epoch)).toEqual(['1', '2', '3']);
    const [first, second, third] = epochs.map(([, , ...bits]) => bits.map(Number));
    for (const kind of [0, 1]) {
      expect(first[kind]).toBeLessThan(Math.log2(vocabulary.length));
      expect(second[kind]).toBeLessThan(first[kind]);
      expect(third[kind]).toBeLessThan(second[kind]);
    }
  });

  test('prints elapsed and remaining time, and characters per second', () => {
    expect(result.stderr).toMatch(/\d:\d\d elapsed, 0:00 left \| .* \| \d+ char\/s/);
    expect(result.output).toContain(
      `${file.metadata.validation_bits_per_character.toFixed(3)} bits per character`,
    );
    expect(result.output).toContain(path);
  });

  test('the validation loss in the metadata is that of the saved weights on the last tenth of the book', () => {
    expect(file.metadata).toMatchObject({
      book: 'Moby Dick',
      vocabulary,
      validation_characters: validation_ids.length - 1,
    });
    expect(validation_ids.length - 1).toBe(ids.length - training_ids.length);
    expect(evaluate_reference(file)).toBeCloseTo(file.metadata.validation_bits_per_character, 3);
  }, 60000);

  test('the same seed gives the same model, another seed another', async () => {
    const [same, other] = await Promise.all(
      ['7', '8'].map(async (seed) => {
        const again = files.path(`seed${seed}.safetensors`);
        await run_example('train', [...options, '--seed', seed, '--epochs', '1', '--output', again]);
        return readFileSync(again);
      }),
    );
    const once_more = files.path('again.safetensors');
    await run_example('train', [...options, '--epochs', '1', '--output', once_more]);
    expect(readFileSync(once_more).equals(same)).toBe(true);
    expect(readFileSync(once_more).equals(other)).toBe(false);
  }, 60000);

  test('predict continues a prompt with the saved model', async () => {
    const { code, output } = await run_example('predict', ['--model', path, '--length', '20', 'Call me']);
    expect(code).toBe(0);
    expect(output).toMatch(/^Call me(.|\n){20}\n$/);
  });

  test('leaves no temporary files', () => {
    expect(readdirSync(files.folder).filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
  });
});

describe('ending early', () => {
  test.each(['SIGINT', 'SIGTERM'])(
    '%s saves the model trained so far',
    async (signal) => {
      const path = files.path(`${signal}.safetensors`);
      const { code, stderr, output } = await run_example(
        'train',
        ['--units', '8', '--minutes', '10', '--simd', SIMD, '--output', path],
        {
          on_stderr(text, child) {
            if (text.includes('for validation') && !text.includes('Stopping'))
              child.kill(/** @type {any} */ (signal));
          },
        },
      );
      expect(stderr).toContain('Stopping');
      expect(code).toBe(0);
      expect(output).toContain(path);
      const { metadata, weights } = read_file(readFileSync(path));
      expect(metadata.validation_bits_per_character).toBeLessThan(10);
      expect(weights).toHaveLength(7);
    },
    60000,
  );

  test('--minutes ends by itself', async () => {
    const path = files.path('minutes.safetensors');
    const options = ['--quick', '--units', '8', '--minutes', '0.01', '--simd', SIMD, '--output', path];
    const { code, stderr } = await run_example('train', options);
    expect(code).toBe(0);
    expect(stderr).toContain('0:00 left');
    expect(read_file(readFileSync(path)).metadata.training.seed).toBe(1);
  }, 60000);
});

describe('errors', () => {
  test.each([
    [['--units', '0'], '--units must be an integer of 1 or more'],
    [['--units', 'many'], "not 'many'"],
    [['--epochs', '1.5'], '--epochs must be an integer'],
    [['--minutes', '0'], '--minutes must be a positive number'],
    [['--minutes', '1', '--epochs', '1'], 'exclude each other'],
    [['--learning-rate', '-1'], '--learning-rate'],
    [['--seed', ''], '--seed must be an integer of 0 or more'],
    [['--output', files.folder], '--output'],
    [['--output', files.path('missing/model')], '--output'],
    [['--unit', '3'], "'--unit'"],
    [['book.txt'], 'book.txt'],
    [['--quick', '--characters', '100'], '100 characters are too few for 8 streams of 32'],
  ])('%j', async (options, message) => {
    const { code, stderr, output } = await run_example('train', options);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(output).toBe('');
  });

  test('a loss that is not finite', async () => {
    const path = files.path('lost.safetensors');
    const { code, stderr } = await run_example('train', [
      '--quick',
      '--learning-rate',
      '3e38',
      '--output',
      path,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('--learning-rate');
    expect(() => readFileSync(path)).toThrow('ENOENT');
  }, 60000);

  test('--help', async () => {
    const { code, output } = await run_example('train', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--epochs', '--minutes', '--units', '--seed', '--output', '--quick', 'Ctrl-C'])
      expect(output).toContain(option);
  });
});
