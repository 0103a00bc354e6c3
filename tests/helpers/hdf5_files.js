// HDF5 files for tests, made by the HDF5 library itself.
import h5wasm from 'h5wasm/node';

const { FS } = await h5wasm.ready;
let count = 0;

/**
 * @param {(file: import('h5wasm/node').File) => void} fill
 * @param {{ libver?: any, track_order?: boolean }} [options] `libver`: the oldest version of the
 *   library that must be able to read it
 * @returns {Uint8Array}
 */
export function hdf5_file(fill, { libver = 'earliest', track_order = false } = {}) {
  const name = `file_${count++}.h5`;
  const file = new h5wasm.File(name, 'w', { libver: [libver, 'latest'], track_order });
  try {
    fill(file);
  } finally {
    file.close();
  }
  const bytes = Uint8Array.from(FS.readFile(name));
  FS.unlink(name);
  return bytes;
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
