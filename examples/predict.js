// Continues a text, character by character, with a model that examples/train.js made.
//
//   npm run predict -- "Call me"
//   npm run predict -- --help
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { Readable } from 'node:stream';
import { text as read_all } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { integer, number, read_options, run } from './command_line.js';
import { PARAGRAPH_BREAK, random_generator, TextModel } from './text_model.js';

const MODEL = fileURLToPath(new URL('./model/moby_dick.safetensors', import.meta.url));

const HELP = `Continues a text, character by character.

  npm run predict -- [options] "Call me"
  echo "Call me" | npm run --silent predict

  --length N          how many characters to add (default 400)
  --temperature T     sampling temperature: 0 always takes the most likely character, 1 samples
                      with the model's probabilities (default 0.6)
  --seed N            random seed: the same seed gives the same text (default: a random one)
  --model FILE        a model made by npm run train
                      (default ${relative('.', MODEL)})
  --help`;

function read_command_line() {
  const text = { type: /** @type {const} */ ('string') };
  const { values, positionals } = read_options({
    length: { ...text, default: '400' },
    temperature: { ...text, default: '0.6' },
    seed: text,
    model: { ...text, default: MODEL },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return null;
  return {
    prompt: positionals.length ? positionals.join(' ') : null,
    length: integer('--length', values.length, 0),
    temperature: number('--temperature', values.temperature, { allow_zero: true }),
    seed: values.seed === undefined ? null : integer('--seed', values.seed, 0),
    path: values.model,
  };
}

/** Reads the prompt from a pipe, without the line break at its end; an empty prompt if standard input is a terminal. */
async function read_prompt() {
  return process.stdin.isTTY ? '' : (await read_all(process.stdin)).replace(/\r?\n$/, '');
}

/**
 * @param {string} path
 * @returns {Promise<TextModel>}
 */
async function load(path) {
  if (!existsSync(path)) throw new Error(`model file not found: ${path}; npm run train makes one`);
  return TextModel.load(path);
}

/**
 * Tells the user which characters of the prompt are not in the vocabulary, and what is used instead of each.
 * @param {TextModel} model
 * @param {string} prompt
 */
function report_unknown_characters(model, prompt) {
  const descriptions = model.unknown_characters(prompt).map(([character, replacement]) => {
    const effect = replacement ? `read as ${JSON.stringify(replacement)}` : 'ignored';
    return `${JSON.stringify(character)} (${effect})`;
  });
  if (descriptions.length) console.error(`Not in the model's vocabulary: ${descriptions.join(', ')}.`);
}

/**
 * Yields the prompt, then the generated characters.
 * @param {TextModel} model
 * @param {string} prompt
 * @param {{ length: number, temperature: number, seed: number }} options
 */
function* generate(model, prompt, { length, temperature, seed }) {
  yield prompt;
  model.feed(PARAGRAPH_BREAK + prompt);
  const next_random = random_generator(seed);
  for (let i = 0; i < length; i++) {
    const character = model.sample(model.probabilities(), temperature, next_random);
    yield character;
    model.feed(character);
  }
  yield '\n';
}

await run('predict', async () => {
  const options = read_command_line();
  if (!options) return console.log(HELP);
  const prompt = options.prompt ?? (await read_prompt());
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const model = await load(options.path);
  report_unknown_characters(model, prompt);
  try {
    const text = Readable.from(generate(model, prompt, { ...options, seed }));
    await pipeline(text, process.stdout, { end: false });
    if (options.seed === null) console.error(`(--seed ${seed} gives this text again)`);
  } catch (error) {
    // EPIPE: the program that reads the output, such as head, has closed its end of the pipe. This is not an error.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
  }
});
