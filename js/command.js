#!/usr/bin/env node
// The command `gru-wasm`: looks into files of weights, and converts them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { load_model, read_weights, write_weights } from './formats.js';
import { init } from './index.js';
import { show_shape } from './runtime/check.js';

const HELP = `Looks into files of weights of GRUs, and converts them.

  gru-wasm inspect FILE         prints the format, the tensors, the GRUs and the layers of the model in the file
  gru-wasm convert FILE OUT     writes the model, or else the weights, of FILE to OUT: .safetensors, .npz,
                                .onnx, or model.json (TensorFlow.js)

FILE is a path or a URL of any file that read_weights reads: safetensors, PyTorch .pt, npz, npy, TensorFlow 1
checkpoints (.index) and frozen graphs (.pb), Keras .h5 and .keras, TensorFlow.js model.json, ONNX, RTNeural's
JSON. The other files of a model are read from the same folder.

  --reset-after true|false      of GRUs in an ONNX file that was written wrongly: overrides linear_before_reset
  --help`;

/** A mistake in the command line. */
class UsageError extends Error {}

/** @typedef {Awaited<ReturnType<typeof read_weights>>} Weights */

/** @param {string[][]} rows @returns {string} with columns of equal width */
function table(rows) {
  const widths = rows.reduce(
    (most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)),
    /** @type {number[]} */ ([]),
  );
  return rows
    .map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd())
    .join('\n');
}

/** @param {number} count @param {string} one @param {string} [many] */
const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {Weights} weights @returns {string} */
function describe({ format, tensors, metadata, grus, warnings }) {
  const parts = [`Format: ${format}`];
  if (metadata) parts.push(`Metadata: ${JSON.stringify(metadata).slice(0, 500)}`);
  const size = [...tensors.values()].reduce((sum, tensor) => sum + tensor.size, 0);
  parts.push(`${counted(tensors.size, 'tensor')}, ${counted(size, 'value')}`);
  if (tensors.size)
    parts.push(table([...tensors].map(([name, { dtype, shape }]) => [name, dtype, show_shape(shape)])));
  parts.push(counted(grus.length, 'GRU'));
  if (grus.length)
    parts.push(
      table(
        grus.map(({ name, input_size, units, layers, bidirectional, reset_after }) => [
          name,
          `${input_size} → ${units}`,
          counted(layers, 'layer'),
          bidirectional ? 'bidirectional' : 'one direction',
          reset_after === null
            ? 'reset gate: not in the file'
            : `reset gate ${reset_after ? 'after' : 'before'} the product`,
        ]),
      ),
    );
  for (const { name, place } of grus) if (place) parts.push(describe_place(name, place));
  for (const warning of warnings) parts.push(`Warning: ${warning}`);
  return parts.join('\n');
}

/** Where a GRU is in the graph of its file. @param {string} name @param {NonNullable<Weights['grus'][number]['place']>} place */
function describe_place(name, place) {
  const nodes = Object.entries(place).flatMap(([what, node]) => (node === null ? [] : [[what, node]]));
  return [`In the graph, ${name}:`, table(nodes)].join('\n');
}

/**
 * The whole model of a file.
 * @param {string} path
 * @param {{ reset_after: boolean | null }} options
 * @returns {Promise<{ model: any, reason: string }>} `model` null: there is none, for this reason
 */
async function try_model(path, options) {
  await init();
  try {
    return { model: await load_model(path, options), reason: '' };
  } catch (error) {
    return { model: null, reason: /** @type {Error} */ (error).message };
  }
}

/** @param {string} path @param {{ reset_after: boolean | null }} options */
async function inspect(path, options) {
  console.log(describe(await read_weights(path, options)));
  const { model, reason } = await try_model(path, options);
  if (!model) console.log(`No whole model: ${reason}`);
  else if (model.input_names)
    console.log(
      `A model with the inputs ${model.input_names.join(', ')} and the outputs ${model.output_names.join(', ')}`,
    );
  else model.summary();
  for (const warning of model?.warnings ?? []) console.log(`Warning: ${warning}`);
  model?.dispose();
}

/** @param {string} path @param {string} output @param {{ reset_after: boolean | null }} options */
async function convert(path, output, options) {
  const extension = extname(output);
  const format = { '.safetensors': 'safetensors', '.npz': 'npz', '.json': 'tfjs', '.onnx': 'onnx' }[
    extension
  ];
  if (!format)
    throw new UsageError(
      `the output must end in .safetensors, .npz, .onnx or .json, not ${JSON.stringify(extension)}`,
    );
  const { model, reason } = await try_model(path, options);
  if (!model && format === 'onnx') throw new Error(`only whole models are written to ONNX: ${reason}`);
  const weights = await read_weights(path, options);
  const is_layers = model && !model.input_names && format !== 'npz';
  if (!is_layers && !weights.tensors.size) {
    model?.dispose();
    throw new Error(`${path} contains no weights${model ? ': they are inputs of its graph' : ''}`);
  }
  const result = is_layers
    ? await model.save({ format })
    : await write_weights(weights.tensors, { format: /** @type {'safetensors'} */ (format) });
  model?.dispose();
  mkdirSync(dirname(output), { recursive: true });
  const files =
    result instanceof Uint8Array ? { [output]: result } : in_folder(dirname(output), output, result);
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(name, bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
  const content = is_layers
    ? 'a model, for load_model'
    : `${counted(weights.tensors.size, 'tensor')} without a model, for read_weights`;
  console.log(`Written: ${content}`);
  for (const warning of [...weights.warnings, ...(is_layers ? model.warnings : [])])
    console.error(`Warning: ${warning}`);
}

/** @param {string} folder @param {string} output @param {{ [name: string]: Uint8Array }} files */
const in_folder = (folder, output, files) =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      name === 'model.json' ? output : join(folder, name),
      bytes,
    ]),
  );

function read_command_line() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { 'reset-after': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

async function main() {
  const { values, positionals } = read_command_line();
  const [command, path, output, ...rest] = positionals;
  if (values.help || (!command && !rest.length)) return console.log(HELP);
  const reset_after = { true: true, false: false }[values['reset-after'] ?? ''] ?? null;
  if (values['reset-after'] !== undefined && reset_after === null)
    throw new UsageError(`--reset-after must be true or false, not '${values['reset-after']}'`);
  if (command === 'inspect' && path && output === undefined) return inspect(path, { reset_after });
  if (command === 'convert' && path && output && !rest.length) return convert(path, output, { reset_after });
  throw new UsageError(
    `expected inspect FILE or convert FILE OUT, not ${positionals.map((text) => `'${text}'`).join(' ')}`,
  );
}

try {
  await main();
} catch (error) {
  const { name, message } = /** @type {Error} */ (error);
  console.error(
    error instanceof UsageError ? `gru-wasm: ${message}\n\ngru-wasm --help` : `gru-wasm: ${name}: ${message}`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
