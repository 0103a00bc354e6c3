// NumPy's archives (`.npz`): a zip of npy files.
import { zipSync } from 'fflate';
import { show } from '../runtime/check.js';
import { InvalidArgumentError } from '../runtime/errors.js';
import { read_npy, write_npy } from './npy.js';
import { UnsupportedTensor } from './numbers.js';
import { read_zip } from './zip.js';

/** @typedef {import('../runtime/tensor.js').Tensor} Tensor */

/**
 * @param {Uint8Array} bytes
 * @returns {import('./files.js').FileContents} the arrays by their names, without `.npy`; those that are not numbers are left out with a
 *   warning
 * @throws {InvalidArgumentError} a damaged file
 */
export function read_npz(bytes) {
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  /** @type {string[]} */
  const warnings = [];
  for (const [file, unpack] of read_zip(bytes)) {
    if (!file.endsWith('.npy')) continue;
    const name = file.slice(0, -4);
    try {
      tensors.set(name, read_npy(unpack()));
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause;
      if (cause instanceof UnsupportedTensor) {
        warnings.push(`the array ${show(name)} is left out: ${cause.message}`);
        continue;
      }
      throw new InvalidArgumentError(`the array ${show(name)} cannot be read: ${cause.message}`, { cause });
    }
  }
  if (!tensors.size && warnings.length) throw new InvalidArgumentError(warnings[0]);
  return { tensors, metadata: null, warnings };
}

/**
 * @param {Map<string, Tensor>} tensors
 * @param {{ [key: string]: string }} metadata
 * @returns {Uint8Array} as `numpy.savez` writes it, without compression
 * @throws {InvalidArgumentError} metadata, which the format does not have
 */
export function write_npz(tensors, metadata) {
  if (Object.keys(metadata).length) throw new InvalidArgumentError('npz files have no metadata');
  const files = Array.from(tensors, ([name, tensor]) => [`${name}.npy`, write_npy(tensor)]);
  return zipSync(Object.fromEntries(files), { level: 0 });
}
