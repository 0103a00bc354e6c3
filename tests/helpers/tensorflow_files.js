// Writes TensorFlow's files for tests: frozen graphs and checkpoints, by the protocol buffers' own writers.
import { PbfWriter } from 'pbf';
import {
  writeBundleEntryProto,
  writeBundleHeaderProto,
  writeGraphDef,
  writeSavedTensorSlices,
} from '../../js/formats/protobuf/tensorflow_messages.js';
import { masked_crc32c } from '../../js/formats/tf1_checkpoint.js';

/**
 * @typedef {{ data: ArrayLike<number>, shape: readonly number[] }} Values
 * @typedef {Values & { dtype?: 'float32' | 'int64', rows_of_parts?: number[] }} CheckpointValues `rows_of_parts`: of a variable that a
 *   partitioner has split along its first axis
 */

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

/** The bytes of a variable, and TensorFlow's number of its dtype. @param {CheckpointValues} values */
function stored({ data, dtype = 'float32' }) {
  if (dtype === 'float32') return { dtype: 1, bytes: bytes_of(data) };
  const numbers = BigInt64Array.from(data, (value) => BigInt(value));
  return { dtype: 9, bytes: new Uint8Array(numbers.buffer) };
}

/** A number of TensorFlow's ordered code, from -64 to 63. @param {number} value */
const ordered = (value) => String.fromCharCode((value & 0xff) ^ 0x80);

/** A sorted table as LevelDB writes it, of two blocks. @param {[string, Uint8Array][]} table @param {boolean} snappy */
function table_file(table, snappy) {
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
  return Uint8Array.from([...index, ...footer, ...new Array(40 - footer.length).fill(0), ...magic]);
}

/**
 * A checkpoint of the first version: one file.
 * @param {Map<string, Values & { rows_of_parts?: number[] }>} variables of float32
 * @returns {Uint8Array}
 */
export function checkpoint_v1_file(variables) {
  const meta = {
    tensor: Array.from(variables, ([name, { shape }]) => ({ name, shape: shape_of(shape), type: 1 })),
  };
  const parts = Array.from(variables).flatMap(([name, { data, shape, rows_of_parts = [0] }]) => {
    const width = data.length / shape[0];
    let start = 0;
    return rows_of_parts.map((length, i) => {
      const rows = length || shape[0];
      const extent = shape.map((_, axis) => (axis || !length ? {} : { start, length }));
      const float_val = Array.from(data).slice(start * width, (start + rows) * width);
      start += rows;
      const bytes = encode(writeSavedTensorSlices, {
        data: { name, slice: { extent }, data: { float_val } },
      });
      return /** @type {[string, Uint8Array]} */ ([`\0${name}\0\x01${i}`, bytes]);
    });
  });
  return table_file([['', encode(writeSavedTensorSlices, { meta })], ...parts], false);
}

/**
 * The files of a checkpoint.
 * @param {Map<string, CheckpointValues>} variables
 * @param {{ snappy?: boolean, prefix?: string, shards?: number, entries?: [string, Uint8Array][], strings?: { [key: string]: Uint8Array } }} [options]
 *   `shards`: files of data, which take the variables in turn; `entries`: more of the index; `strings`: tensors of one string
 * @returns {{ [name: string]: Uint8Array }}
 */
export function checkpoint_files(
  variables,
  { snappy = false, prefix = 'model.ckpt', shards = 1, entries = [], strings = {} } = {},
) {
  /** @type {number[][]} */
  const data = Array.from({ length: shards }, () => []);
  /** @type {[string, Uint8Array][]} */
  const table = [['', encode(writeBundleHeaderProto, { num_shards: shards, endianness: 0 })], ...entries];
  let turn = 0;
  const add_bytes = (
    /** @type {string} */ key,
    /** @type {object} */ entry,
    /** @type {Uint8Array} */ bytes,
  ) => {
    const shard_id = turn % shards;
    turn += 1;
    const place = {
      shard_id,
      offset: data[shard_id].length,
      size: bytes.length,
      crc32c: masked_crc32c(bytes),
    };
    table.push([key, encode(writeBundleEntryProto, { ...entry, ...place })]);
    data[shard_id].push(...bytes);
  };
  for (const [key, bytes] of Object.entries(strings))
    add_bytes(
      key,
      { dtype: 7, shape: shape_of([]) },
      Uint8Array.from([...varint(bytes.length), 0, 0, 0, 0, ...bytes]),
    );
  for (const [name, values] of variables) {
    const { dtype, bytes } = stored(values);
    const { shape, rows_of_parts } = values;
    if (!rows_of_parts) {
      add_bytes(name, { dtype, shape: shape_of(shape) }, bytes);
      continue;
    }
    const width = bytes.length / shape[0];
    const others = shape.slice(1).map(() => ({}));
    let start = 0;
    const slices = rows_of_parts.map((length) => {
      const rest = shape.slice(1).map(() => ordered(0) + ordered(-1));
      const key = `\0${name}\0\x01\x01${String.fromCharCode(shape.length)}${ordered(start)}${ordered(length)}${rest.join('')}`;
      const part = bytes.slice(start * width, (start + length) * width);
      add_bytes(key, { dtype, shape: shape_of([length, ...shape.slice(1)]) }, part);
      start += length;
      return { extent: [{ start: start - length, length }, ...others] };
    });
    table.push([name, encode(writeBundleEntryProto, { dtype, shape: shape_of(shape), slices })]);
  }
  return {
    [`${prefix}.index`]: table_file(table, snappy),
    ...Object.fromEntries(
      data.map((bytes, i) => [`${prefix}.data-0000${i}-of-0000${shards}`, Uint8Array.from(bytes)]),
    ),
  };
}
