// npm run predict: the continuation of a prompt, options, pipes and errors.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { text as read_all } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { read_file, run_example, temporary_folder } from './program.js';

const MODEL = new URL('../../examples/model/moby_dick.safetensors', import.meta.url);
const files = temporary_folder();
afterAll(() => files.remove());

describe('the model in the repository', () => {
  const bytes = readFileSync(MODEL);

  test('has at most a megabyte, and its validation loss in the metadata', () => {
    expect(bytes.length).toBeLessThanOrEqual(1e6);
    const { metadata } = read_file(bytes);
    expect(metadata.validation_bits_per_character).toBeGreaterThan(1);
    expect(metadata.validation_bits_per_character).toBeLessThan(2.2);
  });

  test('writes English words', async () => {
    const { output, code } = await run_example('predict', ['--seed', '1', '--length', '600', 'Call me']);
    expect(code).toBe(0);
    expect(output).toMatch(/^Call me/);
    const words = output.toLowerCase().match(/[a-z]+/g) ?? [];
    const frequent = words.filter((word) =>
      ['the', 'of', 'and', 'a', 'to', 'in', 'that', 'it', 'his'].includes(word),
    );
    // These words are about a quarter of English text.
    expect(frequent.length / words.length).toBeGreaterThan(0.15);
  });
});

describe('options', () => {
  test('the same seed gives the same text, another one another', async () => {
    const [first, again, other] = await Promise.all(
      ['5', '5', '6'].map((seed) => run_example('predict', ['--seed', seed, '--length', '100', 'The whale'])),
    );
    expect(again.output).toBe(first.output);
    expect(other.output).not.toBe(first.output);
    expect(first.stderr).toBe('');
  });

  test('without a seed prints the one that gives the text again', async () => {
    const first = await run_example('predict', ['--length', '80', 'The whale']);
    const [, seed] = first.stderr.match(/--seed (\d+)/) ?? [];
    const again = await run_example('predict', ['--length', '80', '--seed', seed, 'The whale']);
    expect(again.output).toBe(first.output);
  });

  test('--length characters follow the prompt', async () => {
    for (const length of [0, 1, 400]) {
      const { output } = await run_example('predict', ['--length', `${length}`, 'Ahab']);
      expect(output.length).toBe('Ahab'.length + length + '\n'.length);
    }
    expect((await run_example('predict', ['Ahab'])).output.length).toBe('Ahab'.length + 400 + 1);
  });

  test('at temperature 0 the seed makes no difference', async () => {
    const [first, second] = await Promise.all(
      ['1', '2'].map((seed) => run_example('predict', ['--temperature', '0', '--seed', seed, 'It was'])),
    );
    expect(second.output).toBe(first.output);
  });

  test.each([
    [['--length', '-1', 'x'], '--length'],
    [['--length', '2.5', 'x'], '--length must be an integer of 0 or more'],
    [['--temperature', '-1', 'x'], '--temperature'],
    [['--temperature', 'hot', 'x'], "--temperature must be a number of 0 or more, not 'hot'"],
    [['--seed', 'x', 'x'], '--seed'],
    [['--lenght', '3', 'x'], "'--lenght'"],
  ])('%j is refused', async (options, message) => {
    const { code, output, stderr } = await run_example('predict', options);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(output).toBe('');
  });

  test('a missing or damaged model file', async () => {
    const missing = await run_example('predict', ['--model', files.path('nothing'), 'x']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('npm run train');
    writeFileSync(files.path('junk'), 'It was a dark and stormy night; the rain fell in torrents.');
    const junk = await run_example('predict', ['--model', files.path('junk'), 'x']);
    expect(junk.code).toBe(1);
    expect(junk.stderr).toMatch(/^predict: /);
  });

  test('--help', async () => {
    const { code, output } = await run_example('predict', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--length', '--temperature', '--seed', '--model']) expect(output).toContain(option);
  });
});

describe('prompts', () => {
  test('several words need no quotes', async () => {
    const { output } = await run_example('predict', ['--length', '5', 'Call', 'me']);
    expect(output).toMatch(/^Call me/);
  });

  test('can come from a pipe', async () => {
    const options = ['--length', '30', '--seed', '4'];
    const piped = await run_example('predict', options, { input: 'Call me\n' });
    const argument = await run_example('predict', [...options, 'Call me']);
    expect(piped.output).toBe(argument.output);
  });

  test('can be empty', async () => {
    for (const prompt of [[], ['']]) {
      const { code, output } = await run_example('predict', ['--length', '30', ...prompt]);
      expect(code).toBe(0);
      expect(output).toHaveLength(31);
    }
  });

  test('unknown characters are reported', async () => {
    const { code, output, stderr } = await run_example('predict', [
      '--length',
      '10',
      '--seed',
      '1',
      'Càll 日 me',
    ]);
    expect(code).toBe(0);
    expect(output).toMatch(/^Càll 日 me/);
    expect(stderr).toContain('"à" (read as "a")');
    expect(stderr).toContain('"日" (ignored)');
  });
});

test('a closed pipe ends the program without an error', async () => {
  const script = fileURLToPath(new URL('../../examples/predict.js', import.meta.url));
  const child = spawn(process.execPath, [script, '--length', '1000000000', 'Call me']);
  const errors = read_all(child.stderr);
  let read = 0;
  child.stdout.on('data', (chunk) => {
    read += chunk.length;
    if (read > 1000) child.stdout.destroy();
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(await errors).toBe('');
}, 30000);
