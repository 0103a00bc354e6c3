// HDF5 files for tests, made by the HDF5 library itself.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import h5wasm from 'h5wasm/node';

await h5wasm.ready;

/**
 * @param {(file: import('h5wasm/node').File) => void} fill
 * @param {{ libver?: any, track_order?: boolean }} [options] `libver`: the oldest version of the
 *   library that must be able to read it
 * @returns {Uint8Array}
 */
export function hdf5_file(fill, { libver = 'earliest', track_order = false } = {}) {
  // In Node the library writes real files.
  const folder = mkdtempSync(join(tmpdir(), 'gru-wasm-hdf5-'));
  try {
    const path = join(folder, 'file.h5');
    const file = new h5wasm.File(path, 'w', { libver: [libver, 'latest'], track_order });
    try {
      fill(file);
    } finally {
      file.close();
    }
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A dataset, with the groups that its path names.
 * @param {any} root a file or a group
 * @param {string} path
 * @param {ArrayLike<number>} data
 * @param {readonly number[]} shape
 * @param {{ [option: string]: any }} [options] of `create_dataset`; `dtype`: default float32
 */
export function add_dataset(root, path, data, shape, { dtype = '<f', ...options } = {}) {
  const names = path.split('/');
  let group = root;
  for (const name of names.slice(0, -1)) {
    const inner = group.keys().includes(name) ? group.get(name) : null;
    group = inner ?? group.create_group(name, options.track_order);
  }
  group.create_dataset({
    name: /** @type {string} */ (names.at(-1)),
    data,
    shape: [...shape],
    dtype,
    ...options,
  });
}
