// Object headers: the list of messages that says what a group or a dataset is.
import { fail } from './hdf5_file.js';

/**
 * @typedef {import('./hdf5_file.js').Cursor} Cursor
 * @typedef {import('./hdf5_file.js').HDF5File} HDF5File
 *
 * @typedef {object} Message
 * @property {number} type
 * @property {boolean} is_shared whether it only says where the message is
 * @property {Cursor} body
 */

export const MESSAGES = /** @type {const} */ ({
  dataspace: 0x01,
  link_info: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbol_table: 0x11,
  attribute_info: 0x15,
});

/**
 * @param {HDF5File} file
 * @param {string} what the object, for messages
 * @param {number} address
 * @returns {Message[]}
 */
export function read_object_header(file, what, address) {
  const cursor = file.cursor(`the header of ${what}`, address);
  const version = cursor.u8();
  if (version === 1) return read_first_version(cursor);
  if (version !== 0x4f) fail(`${cursor.what}, at ${address}, is none`);
  return read_second_version(file.cursor(cursor.what, address));
}

/** @param {Cursor} cursor after the version @returns {Message[]} */
function read_first_version(cursor) {
  cursor.skip(1);
  const count = cursor.u16();
  cursor.skip(4); // the number of references
  const size = cursor.u32();
  cursor.skip(4);
  /** @type {Message[]} */
  const messages = [];
  for_each_block(cursor.part(size), (block, continue_in) => {
    while (block.left >= 8 && messages.length < count) {
      const [type, length, flags] = [block.u16(), block.u16(), block.u8()];
      block.skip(3);
      const body = block.part(length);
      messages.push({ type, is_shared: (flags & 2) !== 0, body });
      if (type === MESSAGES.continuation) continue_in(read_continuation(body));
    }
  });
  return messages;
}

/** @param {Cursor} cursor at the signature @returns {Message[]} */
function read_second_version(cursor) {
  cursor.signature('OHDR');
  cursor.version([2]);
  const flags = cursor.u8();
  if (flags & 0x20) cursor.skip(16); // times
  if (flags & 0x10) cursor.skip(4); // when attributes are stored apart
  const size = cursor.uint(1 << (flags & 3));
  const prefix = flags & 4 ? 6 : 4;
  /** @type {Message[]} */
  const messages = [];
  for_each_block(cursor.part(size), (block, continue_in) => {
    while (block.left >= prefix) {
      const [type, length, message_flags] = [block.u8(), block.u16(), block.u8()];
      block.skip(prefix - 4); // the order of creation
      const body = block.part(length);
      messages.push({ type, is_shared: (message_flags & 2) !== 0, body });
      if (type !== MESSAGES.continuation) continue;
      const next = read_continuation(body);
      next.signature('OCHK');
      continue_in(next.part(Math.max(next.left - 4, 0))); // without the checksum
    }
  });
  return messages;
}

/** @param {Cursor} body @returns {Cursor} */
function read_continuation(body) {
  const address = body.defined_address();
  return body.file.cursor(body.what, address, body.length());
}

/**
 * @param {Cursor} first
 * @param {(block: Cursor, continue_in: (next: Cursor) => void) => void} read
 */
function for_each_block(first, read) {
  const blocks = [first];
  const starts = new Set([first.start]);
  for (const block of blocks) {
    read(block, (next) => {
      if (starts.has(next.start)) fail(`${first.what} continues in itself`);
      starts.add(next.start);
      blocks.push(next);
    });
  }
}

/**
 * @param {Message[]} messages
 * @param {number} type
 * @returns {Cursor[]} the bodies of those of one type, each to be read from its beginning
 */
export const bodies_of = (messages, type) =>
  messages.flatMap((message) => (message.type === type ? [resolve(message)] : []));

/**
 * @param {Message[]} messages
 * @param {number} type
 * @returns {Cursor | null}
 */
export const body_of = (messages, type) => bodies_of(messages, type)[0] ?? null;

/** @param {Message} message @returns {Cursor} */
const resolve = ({ type, is_shared, body }) =>
  is_shared ? shared_message(body.part(body.left), type) : copy(body);

/** @param {Cursor} cursor @returns {Cursor} */
const copy = (cursor) => {
  const { start } = cursor;
  const again = cursor.part(cursor.left);
  cursor.start = start;
  return again;
};

/**
 * A message that is stored in another object's header.
 * @param {Cursor} cursor where it says so
 * @param {number} type
 * @returns {Cursor}
 */
export function shared_message(cursor, type) {
  const version = cursor.version([1, 2, 3]);
  const kind = cursor.u8();
  if (version === 1) cursor.skip(6);
  if (version === 3 && kind !== 2) fail(`${cursor.what} has a message in a shared heap, which is not read`);
  const messages = read_object_header(cursor.file, 'a shared message', cursor.defined_address());
  const message = messages.find((one) => one.type === type && !one.is_shared);
  return message ? message.body : fail(`${cursor.what} shares a message that is not there`);
}
