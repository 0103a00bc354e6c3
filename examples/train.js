// Trains a language model of characters on Moby Dick, from scratch, and keeps the best one in a file.
//
//   npm run train                  the whole book
//   npm run train -- --quick       a few pages, to see that it works
//   npm run train -- --help
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, set_random_seed } from 'gru-wasm';
import { optimizers } from 'gru-wasm/keras';
import { BOOK, encode, read_book, split } from './book.js';
import { integer, number, read_options, run, UsageError } from './command_line.js';
import { bits_per_character, create_model, lay_out, loss } from './language_model.js';
import { Progress, show_time } from './progress.js';

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

const HELP = `Trains a language model of characters on ${BOOK}, from scratch.

  npm run train -- [options]

  --epochs N          how often the book is read (default ${DEFAULTS.epochs})
  --minutes M         stop after so long instead; what comes out then depends on the machine's speed
  --units N           the size of the recurrent state (default ${DEFAULTS.units})
  --batch N           streams of text that are read side by side (default ${DEFAULTS.batch})
  --steps N           characters that the gradient goes back through (default ${DEFAULTS.steps})
  --learning-rate R   at its highest (default ${DEFAULTS['learning-rate']})
  --characters N      learn from the first so many characters only
  --seed N            of the weights that it begins with (default ${DEFAULTS.seed})
  --simd KIND         which binary, as init takes it (default ${DEFAULTS.simd})
  --output FILE       where the best model goes (default ${OUTPUT})
  --quick             a small model on a few pages: ${Object.entries(QUICK)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')}
  --help

The last tenth of the book is held back: how well it is predicted says which model is the best.
Ctrl-C ends the training and keeps the best model so far.`;

/** The share of the training in which the learning rate rises, and what is left of the rate in the end. */
const WARM_UP = 0.03;
const LAST = 0.02;

/** What of the learning rate is used where so much of the training is done: up a ramp, down a cosine. @param {number} done */
const rate_at = (done) =>
  done < WARM_UP
    ? done / WARM_UP
    : LAST + ((1 - LAST) * (1 + Math.cos((Math.PI * (done - WARM_UP)) / (1 - WARM_UP)))) / 2;

/** @returns what is asked for; null: the help */
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
  const given = { ...DEFAULTS, ...(values.quick ? QUICK : {}), ...values };
  return {
    epochs: given.minutes === undefined ? integer('--epochs', given.epochs) : Number.POSITIVE_INFINITY,
    minutes: given.minutes === undefined ? null : number('--minutes', given.minutes),
    units: integer('--units', given.units),
    batch: integer('--batch', given.batch),
    steps: integer('--steps', given.steps),
    learning_rate: number('--learning-rate', given['learning-rate']),
    characters:
      given.characters === undefined ? Number.POSITIVE_INFINITY : integer('--characters', given.characters),
    seed: integer('--seed', given.seed, 0),
    simd: given.simd,
    output: given.output,
  };
}

/**
 * Writes a file in one piece: whoever reads it finds what was there before or all that is new.
 * @param {string} path
 * @param {Uint8Array} bytes
 */
function write_whole(path, bytes) {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * Sees to it before the training that a file can be written after it.
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
  const { learned, held_back } = split(ids);
  const text = learned.subarray(0, options.characters);
  if (text.length <= batch * steps)
    throw new UsageError(`${text.length} characters are too few for ${batch} streams of ${steps}`);
  const { x, y, batches } = lay_out(text, batch, steps);
  set_random_seed(seed);
  const { learner, recurrence, model } = create_model(vocabulary.length, units);
  const optimizer = new optimizers.Adam({ learning_rate: 0, beta_2: 0.99, global_clipnorm: 0.5 });
  learner.compile({ optimizer, loss });

  const progress = new Progress();
  const stop = stop_on_signals(progress);
  progress.say(
    `${BOOK}: ${text.length} characters to learn from, ${held_back.length - 1} held back\n` +
      `${units} units, ${model.count_params()} weights, ${simd} SIMD, seed ${seed}`,
  );
  let step = 0;
  let best = Number.POSITIVE_INFINITY;

  const evaluate = async () => {
    const bits = progress.evaluate(() => bits_per_character({ learner, recurrence }, held_back));
    const read = Number((step / batches).toFixed(3));
    progress.mark(`epoch ${read}`);
    if (!Number.isFinite(bits))
      throw new Error('the loss is no number any more: try a lower --learning-rate');
    if (bits >= best) return;
    best = bits;
    const metadata = {
      book: BOOK,
      vocabulary,
      validation_bits_per_character: Number(bits.toFixed(4)),
      validation_characters: held_back.length - 1,
      training: { characters: text.length, epochs: read, batch, steps, learning_rate, seed, simd },
    };
    write_whole(output, await model.save({ metadata }));
  };

  try {
    for (let epoch = 0; epoch < epochs && !stop.signal.aborted; epoch++) {
      recurrence.reset_states();
      let before = 0;
      await learner.fit(x, y, {
        batch_size: batch,
        shuffle: false,
        signal: stop.signal,
        on_batch_end(index, { loss: mean }) {
          step += 1;
          const done = minutes ? progress.elapsed / 60 / minutes : step / (batches * epochs);
          optimizer.learning_rate = learning_rate * rate_at(Math.min(done, 1));
          // The loss that is told is the mean of the epoch so far.
          const sum = mean * (index + 1);
          progress.learned(done, batch * steps, (sum - before) / Math.LN2);
          before = sum;
          if (done >= 1) stop.abort();
        },
      });
      await evaluate();
    }
  } finally {
    progress.stop();
  }
  console.log(
    `${best.toFixed(3)} bits per character on the ${held_back.length - 1} that were held back, ` +
      `after ${show_time(progress.elapsed)} (${Math.round(progress.speed)} characters per second)\n` +
      `The best model is in ${output}. Try it: npm run predict -- --model ${output} "Call me"`,
  );
}

/**
 * Ctrl-C ends the training after the batch that runs; a second one ends everything at once.
 * @param {Progress} progress
 */
function stop_on_signals(progress) {
  const stop = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => {
      progress.say('Stopping: what has been learned so far is evaluated …');
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
