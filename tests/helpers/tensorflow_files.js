// Writes TensorFlow's files for tests: frozen graphs and checkpoints, by the protocol buffers' own writers.
import { PbfWriter } from 'pbf';
import {
  writeBundleEntryProto,
  writeBundleHeaderProto,
  writeGraphDef,
} from '../../js/formats/protobuf/tensorflow_messages.js';
import { masked_crc32c } from '../../js/formats/tf1_checkpoint.js';

/** @typedef {{ data: ArrayLike<number>, shape: readonly number[] }} Values */

/** @param {(value: any, writer: PbfWriter) => void} write @param {any} value */
export function encode(write, value) {
  const writer = new PbfWriter();
  write(value, writer);
  return writer.finish().slice();
}

const shape_of = (/** @type {readonly number[]} */ shape) => ({ dim: shape.map((size) => ({ size })) });

const bytes_of = (/** @type {ArrayLike<number>} */ data) => new Uint8Array(Float32Array.from(data).buffer);

/** A Const node of float32. @param {string} name @param {Values} values */
export const constant = (name, { data, shape }) => ({
  name,
  op: 'Const',
  input: [],
  attr: { value: { tensor: { dtype: 1, tensor_shape: shape_of(shape), tensor_content: bytes_of(data) } } },
});

/** @param {string} op @param {string} name @param {...string} input */
export const node = (op, name, ...input) => ({ name, op, input, attr: {} });

/** @param {any[]} nodes */
export const graph_file = (nodes) => encode(writeGraphDef, { node: nodes });

/** @param {number} value @returns {number[]} */
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]);

/** @param {[key: string, value: Uint8Array][]} entries @returns {number[]} with restarts and the trailer of an uncompressed block */
function block(entries) {
  /** @type {number[]} */
  const bytes = [];
  let before = '';
  for (const [key, value] of entries) {
    let shared = 0;
    while (shared < Math.min(before.length, key.length) && before[shared] === key[shared]) shared++;
    const rest = Array.from(key.slice(shared), (letter) => letter.charCodeAt(0));
    bytes.push(...varint(shared), ...varint(rest.length), ...varint(value.length), ...rest, ...value);
    before = key;
  }
  bytes.push(0, 0, 0, 0, 1, 0, 0, 0);
  return bytes;
}

/** A block as snappy literals. @param {number[]} bytes */
const as_snappy = (bytes) => [
  ...varint(bytes.length),
  ...Array.from({ length: Math.ceil(bytes.length / 60) }, (_, i) => bytes.slice(60 * i, 60 * i + 60)).flatMap(
    (part) => [(part.length - 1) << 2, ...part],
  ),
];

/**
 * The two files of a checkpoint.
 * @param {Map<string, Values>} variables
 * @param {{ snappy?: boolean, prefix?: string, entries?: [string, Uint8Array][] }} [options] `entries`: more of the index
 * @returns {{ [name: string]: Uint8Array }}
 */
export function checkpoint_files(variables, { snappy = false, prefix = 'model.ckpt', entries = [] } = {}) {
  const data = [];
  let offset = 0;
  /** @type {[string, Uint8Array][]} */
  const table = [['', encode(writeBundleHeaderProto, { num_shards: 1, endianness: 0 })], ...entries];
  for (const [name, values] of variables) {
    const bytes = bytes_of(values.data);
    const entry = {
      dtype: 1,
      shape: shape_of(values.shape),
      shard_id: 0,
      offset,
      size: bytes.length,
      crc32c: masked_crc32c(bytes),
    };
    table.push([name, encode(writeBundleEntryProto, entry)]);
    data.push(...bytes);
    offset += bytes.length;
  }
  table.sort(([a], [b]) => (a < b ? -1 : 1));
  /** @type {number[]} */
  const index = [];
  const add = (/** @type {[string, Uint8Array][]} */ part) => {
    const stored = snappy ? as_snappy(block(part)) : block(part);
    const handle = [...varint(index.length), ...varint(stored.length)];
    index.push(...stored, snappy ? 1 : 0, 0, 0, 0, 0);
    return handle;
  };
  const middle = Math.ceil(table.length / 2);
  const handles = [table.slice(0, middle), table.slice(middle)]
    .filter((part) => part.length)
    .map(
      (part) => /** @type {[string, Uint8Array]} */ ([part[part.length - 1][0], Uint8Array.from(add(part))]),
    );
  const meta = add([]);
  const footer = [...meta, ...add(handles)];
  const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
  return {
    [`${prefix}.index`]: Uint8Array.from([
      ...index,
      ...footer,
      ...new Array(40 - footer.length).fill(0),
      ...magic,
    ]),
    [`${prefix}.data-00000-of-00001`]: Uint8Array.from(data),
  };
}
