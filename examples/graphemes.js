// From spelling to pronunciation with weights that were trained in PyTorch: the model of the Python package g2p_en, an encoder and a
// decoder, each a GRU. Its weights are a file of NumPy, checkpoint20.npz (https://github.com/Kyubyong/g2p, Apache-2.0).
//
//   node examples/graphemes.js checkpoint20.npz keyboard whale activationist
import { init, tensor } from 'gru-wasm';
import { read_weights } from 'gru-wasm/formats';
import { ops } from 'gru-wasm/keras';

const LETTERS = ['<pad>', '<unk>', '</s>', ...'abcdefghijklmnopqrstuvwxyz'];
const VOWELS = 'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW'.split(' ');
// In g2p_en's order: vowels with their three stresses and consonants, in alphabetical order; `UW` is there without a stress, too.
const PHONEMES = [
  ...['<pad>', '<unk>', '<s>', '</s>'],
  ...[...VOWELS, ...'B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH'.split(' ')]
    .sort()
    .flatMap((name) =>
      VOWELS.includes(name) ? [...(name === 'UW' ? ['UW'] : []), `${name}0`, `${name}1`, `${name}2`] : [name],
    ),
];
const LONGEST = 20;

/** Words to phonemes, with the weights of g2p_en. */
export class Pronouncer {
  #tensors;
  #encoder;
  #decoder;
  #stream;

  /** @param {Awaited<ReturnType<typeof read_weights>>} weights */
  constructor({ tensors, grus }) {
    this.#tensors = tensors;
    const [encoder, decoder] = ['enc', 'dec'].map((name) => grus.find((gru) => gru.name === name));
    if (!encoder || !decoder)
      throw new Error('the file has no GRUs named enc and dec: expected the weights of g2p_en');
    this.#encoder = encoder.create();
    this.#decoder = decoder.create();
    this.#stream = this.#decoder.stream(1);
  }

  /** @param {string} name @returns {import('gru-wasm').Tensor} */
  #tensor(name) {
    const value = this.#tensors.get(name);
    if (!value) throw new Error(`the file has no tensor ${name}`);
    return value;
  }

  /**
   * @param {string} word
   * @returns {string[]} phonemes of ARPAbet, vowels with their stress
   */
  pronounce(word) {
    const ids = [...word.toLowerCase(), '</s>'].map((letter) => Math.max(LETTERS.indexOf(letter), 1));
    const state = this.#encoder.call(
      ops.take(this.#tensor('enc_emb'), tensor([ids], null, 'int32'), { axis: 0 }),
    );
    this.#stream.state.set(state.data);
    const phonemes = [];
    let id = PHONEMES.indexOf('<s>');
    while (phonemes.length < LONGEST) {
      const { data, shape } = this.#tensor('dec_emb');
      this.#stream.input.set(data.subarray(id * shape[1], (id + 1) * shape[1]));
      this.#stream.step();
      const logits = this.#logits(this.#stream.state);
      id = logits.reduce((best, value, i) => (value > logits[best] ? i : best), 0);
      if (PHONEMES[id] === '</s>') break;
      phonemes.push(PHONEMES[id]);
    }
    return phonemes;
  }

  /** @param {ArrayLike<number>} state @returns {number[]} */
  #logits(state) {
    const [weight, bias] = [this.#tensor('fc_w'), this.#tensor('fc_b')];
    const units = weight.shape[1];
    return Array.from(bias.data, (start, row) => {
      let sum = start;
      for (let unit = 0; unit < units; unit++) sum += weight.data[row * units + unit] * state[unit];
      return sum;
    });
  }

  dispose() {
    this.#stream.dispose();
    this.#encoder.dispose();
    this.#decoder.dispose();
  }
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split(/[\\/]/).at(-1) ?? '')) {
  const [path, ...words] = process.argv.slice(2);
  if (!path || !words.length) {
    console.error('node examples/graphemes.js checkpoint20.npz WORD…');
    process.exitCode = 2;
  } else {
    await init();
    const pronouncer = new Pronouncer(await read_weights(path));
    for (const word of words) console.log(`${word}: ${pronouncer.pronounce(word).join(' ')}`);
    pronouncer.dispose();
  }
}
