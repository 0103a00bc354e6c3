// Continues a text, character by character, with the model that examples/train.js made.
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
import { BEGINNING, random, TextModel } from './text_model.js';

const MODEL = fileURLToPath(new URL('./model/moby_dick.safetensors', import.meta.url));

const HELP = `Continues a text, character by character.

  npm run predict -- [options] "Call me"
  echo "Call me" | npm run --silent predict

  --length N          how many characters (default 400)
  --temperature T     0: always the likeliest character; 1: as likely as the model says (default 0.6)
  --seed N            the same seed gives the same text (default: another one each time)
  --model FILE        a model that npm run train made (default ${relative('.', MODEL)})
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
    temperature: number('--temperature', values.temperature, { zero: true }),
    seed: values.seed === undefined ? null : integer('--seed', values.seed, 0),
    path: values.model,
  };
}

/** What comes through a pipe, without the end of its last line. */
async function read_prompt() {
  return process.stdin.isTTY ? '' : (await read_all(process.stdin)).replace(/\r?\n$/, '');
}

/**
 * @param {string} path
 * @returns {Promise<TextModel>}
 */
async function load(path) {
  if (!existsSync(path)) throw new Error(`there is no model ${path}; npm run train makes one`);
  return TextModel.load(path);
}

/**
 * Says what is not read as it is written.
 * @param {TextModel} model
 * @param {string} prompt
 */
function report_strangers(model, prompt) {
  const strangers = [...new Set(prompt)].filter((character) => model.read_as(character) !== character);
  const read = strangers.map((character) => {
    const as = model.read_as(character);
    return `${JSON.stringify(character)} ${as ? `(read as ${JSON.stringify(as)})` : '(passed over)'}`;
  });
  if (read.length) console.error(`The model does not know ${read.join(', ')}.`);
}

/**
 * The prompt and what follows it.
 * @param {TextModel} model
 * @param {string} prompt
 * @param {{ length: number, temperature: number, seed: number }} options
 */
function* continued(model, prompt, { length, temperature, seed }) {
  yield prompt;
  model.feed(BEGINNING + prompt);
  const next_random = random(seed);
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
  report_strangers(model, prompt);
  try {
    const text = Readable.from(continued(model, prompt, { ...options, seed }));
    await pipeline(text, process.stdout, { end: false });
    if (options.seed === null) console.error(`(--seed ${seed} gives this text again)`);
  } catch (error) {
    // Whoever reads this has read enough.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
  }
});
