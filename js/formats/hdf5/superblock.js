// The superblock: where the file's addresses begin, how long they are, and where the root group is.
import { fail, HDF5File } from './hdf5_file.js';
import { SIGNATURE_LENGTH, superblock_start } from './signature.js';

/**
 * @param {Uint8Array} bytes
 * @returns {{ file: HDF5File, root: number }} `root`: the address of the root group's object header
 */
export function read_superblock(bytes) {
  const start = superblock_start(bytes);
  if (start < 0) fail('it has no signature');
  const whole_file = new HDF5File(bytes, { base: 0, offset_size: 8, length_size: 8 });
  const cursor = whole_file.cursor('the superblock', start + SIGNATURE_LENGTH);
  const version = cursor.version([0, 1, 2, 3]);
  // Before version 2: versions of the free space, the root group, one reserved byte, the version of the shared headers.
  if (version < 2) cursor.skip(4);
  const [offset_size, length_size] = [cursor.u8(), cursor.u8()];
  for (const size of [offset_size, length_size])
    if (![2, 4, 8].includes(size)) fail(`the superblock has addresses or lengths of ${size} bytes`);
  // Then a reserved byte, two sizes of groups and flags; version 1 adds a size and two bytes. Later versions have flags alone.
  cursor.skip(version < 2 ? (version === 0 ? 9 : 13) : 1);
  const file = new HDF5File(bytes, { base: 0, offset_size, length_size });
  const addresses = file.cursor('the superblock', cursor.start);
  const base = addresses.defined_address();
  if (base !== 0 && base !== start) fail(`the superblock is at ${start}, but says that it is at ${base}`);
  // Of the free space or the superblock's extension, and of the end of the file.
  addresses.address();
  addresses.address();
  if (version < 2) {
    addresses.address(); // of the driver's information
    addresses.address(); // of the root group's name
  }
  const root = addresses.defined_address();
  return { file: new HDF5File(bytes, { base: start, offset_size, length_size }), root };
}
