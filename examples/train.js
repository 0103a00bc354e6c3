// Trains a character-level language model on Moby Dick, from scratch, and saves the best one to a file.
//
//   npm run train                  the whole book
//   npm run train -- --quick       a few pages, to try it out
//   npm run train -- --help
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, set_random_seed } from 'gru-wasm';
import { optimizers } from 'gru-wasm/keras';
import { BOOK, encode, read_book, split } from './book.js';
import { integer, number, read_options, run, UsageError } from './command_line.js';
import { bits_per_character, create_model, loss, make_batches } from './language_model.js';
import { format_time, Progress } from './progress.js';

const OUTPUT = relative('.', fileURLToPath(new URL('./model/trained.safetensors', import.meta.url)));

const DEFAULTS = {
  epochs: '8',
  units: '224',
  batch: '16',
  steps: '32',
  'learning-rate': '0.005',
  seed: '1',
  simd: 'auto',
  output: OUTPUT,
};
const QUICK = { epochs: '2', units: '48', batch: '8', characters: '40000' };

const HELP = `Trains a character-level language model on ${BOOK}, from scratch.

  npm run train -- [options]

  --epochs N          passes over the book (default ${DEFAULTS.epochs})
  --minutes M         train for so many minutes instead; the result then depends on the machine's speed
  --units N           the size of the recurrent state (default ${DEFAULTS.units})
  --batch N           parallel streams of text (default ${DEFAULTS.batch})
  --steps N           characters through which gradients are propagated back (default ${DEFAULTS.steps})
  --learning-rate R   highest learning rate (default ${DEFAULTS['learning-rate']})
  --characters N      train on the first N characters only
  --seed N            random seed of the initial weights (default ${DEFAULTS.seed})
  --simd KIND         binary: auto, relaxed or baseline (default ${DEFAULTS.simd})
  --output FILE       file of the best model (default ${OUTPUT})
  --quick             a small model on a few pages: ${Object.entries(QUICK)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')}
  --help

The last tenth of the book is for validation only: the model that predicts it best is saved.
Ctrl-C ends the training and keeps the best model so far.`;

/** Fraction of the training in which the learning rate rises, and the factor of the rate at the end. */
const WARM_UP = 0.03;
const FINAL_FACTOR = 0.02;

/** Factor of the learning rate: a linear warm-up, then cosine decay. @param {number} done fraction of the training */
const rate_factor = (done) =>
  done < WARM_UP
    ? done / WARM_UP
    : FINAL_FACTOR + ((1 - FINAL_FACTOR) * (1 + Math.cos((Math.PI * (done - WARM_UP)) / (1 - WARM_UP)))) / 2;

/** @returns the options; null: `--help` */
function read_command_line() {
  const text = { type: /** @type {const} */ ('string') };
  const { values, positionals } = read_options({
    epochs: text,
    minutes: text,
    units: text,
    batch: text,
    steps: text,
    'learning-rate': text,
    characters: text,
    seed: text,
    simd: text,
    output: text,
    quick: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return null;
  if (positionals.length) throw new UsageError(`only options are expected, not '${positionals[0]}'`);
  if (values.minutes !== undefined && values.epochs !== undefined)
    throw new UsageError('--epochs and --minutes exclude each other');
  const settings = { ...DEFAULTS, ...(values.quick ? QUICK : {}), ...values };
  return {
    epochs: settings.minutes === undefined ? integer('--epochs', settings.epochs) : Number.POSITIVE_INFINITY,
    minutes: settings.minutes === undefined ? null : number('--minutes', settings.minutes),
    units: integer('--units', settings.units),
    batch: integer('--batch', settings.batch),
    steps: integer('--steps', settings.steps),
    learning_rate: number('--learning-rate', settings['learning-rate']),
    characters:
      settings.characters === undefined
        ? Number.POSITIVE_INFINITY
        : integer('--characters', settings.characters),
    seed: integer('--seed', settings.seed, 0),
    simd: settings.simd,
    output: settings.output,
  };
}

/**
 * Replaces a file in one step: a reader sees the old file or the complete new one.
 * @param {string} path
 * @param {Uint8Array} bytes
 */
function replace_file(path, bytes) {
  const temporary = `${path}.${process.pid}.part`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Checks before the training that the model can be saved after it.
 * @param {string} path
 */
function check_output(path) {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    const probe = `${path}.${process.pid}.part`;
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new UsageError(`--output: ${path} cannot be written: ${/** @type {Error} */ (error).message}`);
  }
}

/** @typedef {NonNullable<ReturnType<typeof read_command_line>>} Options */

/** @param {Options} options */
async function train(options) {
  const { batch, steps, epochs, minutes, learning_rate, output, seed, units } = options;
  const { simd } = await init({ simd: /** @type {import('gru-wasm').InitOptions['simd']} */ (options.simd) });
  const { vocabulary, ids } = encode(read_book());
  const { training_ids, validation_ids } = split(ids);
  const text = training_ids.subarray(0, options.characters);
  if (text.length <= batch * steps)
    throw new UsageError(`${text.length} characters are too few for ${batch} streams of ${steps}`);
  const { x, y, batches } = make_batches(text, batch, steps);
  set_random_seed(seed);
  const { training_model, stateful_rnn, model } = create_model(vocabulary.length, units);
  const optimizer = new optimizers.Adam({ learning_rate: 0, beta_2: 0.99, global_clipnorm: 0.5 });
  training_model.compile({ optimizer, loss });

  const progress = new Progress();
  const stop = stop_on_signals(progress);
  progress.print(
    `${BOOK}: ${text.length} characters for training, ${validation_ids.length - 1} for validation\n` +
      `${units} units, ${model.count_params()} weights, ${simd} SIMD, seed ${seed}`,
  );
  let step = 0;
  let best = Number.POSITIVE_INFINITY;

  const evaluate = async () => {
    const bits = progress.validate(() =>
      bits_per_character({ training_model, stateful_rnn }, validation_ids),
    );
    const epochs_done = Number((step / batches).toFixed(3));
    progress.print_status(`epoch ${epochs_done}`);
    if (!Number.isFinite(bits)) throw new Error('the loss is not finite: try a lower --learning-rate');
    if (bits >= best) return;
    best = bits;
    const metadata = {
      book: BOOK,
      vocabulary,
      validation_bits_per_character: Number(bits.toFixed(4)),
      validation_characters: validation_ids.length - 1,
      training: { characters: text.length, epochs: epochs_done, batch, steps, learning_rate, seed, simd },
    };
    replace_file(output, await model.save({ metadata }));
  };

  try {
    for (let epoch = 0; epoch < epochs && !stop.signal.aborted; epoch++) {
      stateful_rnn.reset_states();
      let sum_before = 0;
      await training_model.fit(x, y, {
        batch_size: batch,
        shuffle: false,
        signal: stop.signal,
        on_batch_end(index, { loss: mean }) {
          step += 1;
          const done = minutes ? progress.elapsed / 60 / minutes : step / (batches * epochs);
          optimizer.learning_rate = learning_rate * rate_factor(Math.min(done, 1));
          // fit reports the mean loss of the epoch so far.
          const sum = mean * (index + 1);
          progress.batch_done(done, batch * steps, (sum - sum_before) / Math.LN2);
          sum_before = sum;
          if (done >= 1) stop.abort();
        },
      });
      await evaluate();
    }
  } finally {
    progress.stop();
  }
  console.log(
    `${best.toFixed(3)} bits per character on the ${validation_ids.length - 1} validation characters, ` +
      `after ${format_time(progress.elapsed)} (${Math.round(progress.speed)} characters per second)\n` +
      `The best model is in ${output}. Try it: npm run predict -- --model ${output} "Call me"`,
  );
}

/**
 * Ctrl-C ends the training after the current batch; a second Ctrl-C ends the program at once.
 * @param {Progress} progress
 */
function stop_on_signals(progress) {
  const stop = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => {
      progress.print('Stopping: validating the model trained so far …');
      stop.abort();
    });
  }
  return stop;
}

await run('train', async () => {
  const options = read_command_line();
  if (!options) return console.log(HELP);
  check_output(options.output);
  await train(options);
});
