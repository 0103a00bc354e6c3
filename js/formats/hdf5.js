// HDF5, as far as trained models use it: groups, their attributes, and datasets of numbers. A reader of our own: the library
// jsfive does not read attributes that are stored apart from their object (many or large ones) nor values in a dataset's header,
// and neither counts what it reads nor compares the sizes that a file states with its length.
import { InvalidArgumentError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { attributes_of } from './hdf5/attributes.js';
import { read_dataspace, read_datatype } from './hdf5/datatype.js';
import { fail } from './hdf5/hdf5_file.js';
import { global_heaps } from './hdf5/heaps.js';
import { links_of } from './hdf5/links.js';
import { body_of, MESSAGES, read_object_header } from './hdf5/object_header.js';
import { stored_values } from './hdf5/storage.js';
import { read_superblock } from './hdf5/superblock.js';
import { numbers_of } from './hdf5/values.js';

/**
 * @typedef {Map<string, import('./hdf5/attributes.js').Value>} Attributes
 *
 * @typedef {object} HDF5Contents
 * @property {Map<string, Tensor>} tensors the datasets of numbers by their paths, without the first slash: float16 and bfloat16 as
 *   float32, integers as int32
 * @property {Map<string, Attributes>} groups the attributes of the groups by their paths; the root's is the empty one
 * @property {string[]} warnings what was left out
 */

/** Groups in each other, at most. */
const DEEPEST = 64;

/** Warnings, at most. */
const MOST_WARNINGS = 1000;

/**
 * @param {Uint8Array} bytes
 * @returns {HDF5Contents}
 * @throws {InvalidArgumentError} bytes that break a rule of the format
 */
export function read_hdf5(bytes) {
  const { file, root } = read_superblock(bytes);
  const heap_object = global_heaps(file);
  /** @type {HDF5Contents} */
  const contents = { tensors: new Map(), groups: new Map(), warnings: [] };
  const warn = (/** @type {string} */ text) => {
    const { warnings } = contents;
    if (warnings.length < MOST_WARNINGS) warnings.push(text);
    else if (warnings.length === MOST_WARNINGS) warnings.push('more is left out');
  };
  /** @type {Map<number, string>} paths by address */
  const visited = new Map();

  /** @type {(address: number, path: string, depth: number) => void} */
  const visit = (address, path, depth) => {
    const what = path ? `"${path}"` : 'the root group';
    const first_path = visited.get(address);
    if (first_path !== undefined) {
      if (path === first_path || path.startsWith(`${first_path}/`) || !first_path)
        fail(`${what} holds itself`);
      warn(`${what} is left out: it is "${first_path}" again`);
      return;
    }
    visited.set(address, path);
    if (depth > DEEPEST) fail(`it has groups in each other deeper than ${DEEPEST}`);
    const messages = read_object_header(file, what, address);
    if (body_of(messages, MESSAGES.layout)) {
      read_dataset(path, messages);
      return;
    }
    contents.groups.set(path, attributes_of(file, what, messages, heap_object));
    for (const link of links_of(file, what, messages)) {
      const inner = path ? `${path}/${link.name}` : link.name;
      file.count_reads(inner.length);
      if (link.address !== null) visit(link.address, inner, depth + 1);
      else warn(`"${inner}" is left out: it is a link to a path or to another file`);
    }
  };

  /** @type {(path: string, messages: import('./hdf5/object_header.js').Message[]) => void} */
  const read_dataset = (path, messages) => {
    const what = `the dataset "${path}"`;
    const space = body_of(messages, MESSAGES.dataspace) ?? fail(`${what} has no shape`);
    const shape = read_dataspace(space);
    const stated = read_datatype(body_of(messages, MESSAGES.datatype) ?? fail(`${what} has no datatype`));
    const type =
      stated.kind === 'opaque'
        ? as_bfloat16(stated, () => attributes_of(file, what, messages, heap_object))
        : stated;
    const leave_out = (/** @type {string} */ reason) => warn(`${what} is left out: ${reason}`);
    if (shape === null) leave_out('it has no values');
    else if (type.type === null) leave_out(`it holds ${type.name}`);
    else {
      const stored = stored_values(file, what, messages, shape, type.size);
      if ('unknown' in stored) {
        leave_out(`it is stored with ${stored.unknown}, which is not known`);
        return;
      }
      try {
        const { data, dtype } = numbers_of(what, stored.bytes, type);
        contents.tensors.set(path, new Tensor(data, shape, dtype));
      } catch (error) {
        // Whole numbers that do not fit, such as the state of a random generator.
        if (!(error instanceof InvalidArgumentError)) throw error;
        leave_out(error.message);
      }
    }
  };

  visit(root, '', 0);
  return contents;
}

/**
 * Keras 3 stores bfloat16 as opaque bytes, and says so in an attribute.
 * @param {import('./hdf5/datatype.js').Datatype} type
 * @param {() => Attributes} attributes
 * @returns {import('./hdf5/datatype.js').Datatype}
 */
const as_bfloat16 = (type, attributes) =>
  type.size === 2 && attributes().get('dtype') === 'bfloat16'
    ? { ...type, kind: 'number', type: 'bfloat16', name: 'bfloat16' }
    : type;
