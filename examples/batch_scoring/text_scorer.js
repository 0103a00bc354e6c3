// Scores texts with a character model: how many bits it needs for each character. Lines of JSON in, lines of JSON out.
import { tensor } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';

/** Before the first character, as in the model's training. */
const START = '\n';

/**
 * @param {Uint8Array} file a model whose metadata have a `vocabulary`
 * @returns {Promise<(lines: string[]) => string[]>} for each line `{ "id": …, "text": … }` a line
 *   `{ "id": …, "characters": …, "bits_per_character": … }`, or `{ "id": …, "error": … }`
 */
export async function make_scorer(file) {
  const model = await load_model(file);
  /** @type {Map<string, number>} */
  const ids = new Map();
  model.metadata.vocabulary.forEach((/** @type {string} */ character, /** @type {number} */ id) => {
    ids.set(character, id);
  });

  /** @param {string} text @returns {Int32Array} */
  function encode(text) {
    const characters = [...START, ...text];
    const unknown = characters.find((character) => !ids.has(character));
    if (unknown !== undefined)
      throw new Error(`the model does not know the character ${JSON.stringify(unknown)}`);
    return Int32Array.from(characters, (character) => /** @type {number} */ (ids.get(character)));
  }

  return (lines) => {
    const records = lines.map((line) => read_record(line, encode));
    const texts = records.flatMap(({ codes }) => (codes ? [codes] : []));
    const bits = bits_per_text(model, texts);
    return records.map(({ id, codes, error }) => {
      if (!codes) return JSON.stringify({ id, error });
      const characters = codes.length - 1;
      return JSON.stringify({
        id,
        characters,
        bits_per_character: /** @type {number} */ (bits.shift()) / characters,
      });
    });
  };
}

/**
 * A line that cannot be scored is a record with an error, so that all others are scored all the same.
 * @param {string} line
 * @param {(text: string) => Int32Array} encode
 * @returns {{ id: unknown, codes?: Int32Array, error?: string }}
 */
function read_record(line, encode) {
  /** @type {unknown} */
  let id = null;
  try {
    const record = JSON.parse(line);
    id = record?.id ?? null;
    if (typeof record?.text !== 'string' || !record.text)
      throw new Error('the line must be an object with a text that is not empty');
    return { id, codes: encode(record.text) };
  } catch (error) {
    return { id, error: /** @type {Error} */ (error).message };
  }
}

/**
 * All texts in one batch, the shorter ones filled up at the end: what comes after a text does not change what was before.
 * @param {import('gru-wasm/keras').Sequential} model
 * @param {Int32Array[]} texts ids, each with the start before it
 * @returns {number[]} the bits of each text
 */
function bits_per_text(model, texts) {
  if (!texts.length) return [];
  const steps = Math.max(...texts.map(({ length }) => length)) - 1;
  const inputs = new Int32Array(texts.length * steps);
  texts.forEach((codes, row) => {
    inputs.set(codes.subarray(0, -1), row * steps);
  });
  const { data, shape } = model.predict(tensor(inputs, [texts.length, steps]), { batch_size: texts.length });
  const [, , characters] = shape;
  return texts.map((codes, row) => {
    let bits = 0;
    for (let step = 0; step + 1 < codes.length; step++) {
      const start = (row * steps + step) * characters;
      bits += surprise(data.subarray(start, start + characters), codes[step + 1]);
    }
    return bits;
  });
}

/** The bits of one character, from the logits of all. @param {ArrayLike<number>} logits @param {number} id */
function surprise(logits, id) {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return (Math.log(sum) + largest - logits[id]) / Math.LN2;
}
