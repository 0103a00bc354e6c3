// Protocol buffers of files that may be damaged: every length is checked, every failure is an error of this package.
import { PbfReader } from 'pbf';
import { InvalidArgumentError } from '../../runtime/errors.js';

/** A reader that does not go past the end of a message. */
class CheckedReader extends PbfReader {
  /** @param {number} [end] */
  nextField(end = this.length) {
    if (!(end <= this.length)) throw new RangeError('a message goes past the end of the file');
    const at_end = this.pos === end;
    const field = super.nextField(end);
    if (this.pos > end) throw new RangeError('a field goes past the end of its message');
    if (field === 0 && this.pos !== end && !at_end) throw new RangeError('a field has the number 0');
    return field;
  }

  readPackedEnd() {
    const end = super.readPackedEnd();
    if (!(end <= this.length)) throw new RangeError('a list goes past the end of the file');
    return end;
  }
}

/**
 * @param {string} what the format, for messages
 * @param {(reader: PbfReader) => any} read of the generated ones
 * @param {Uint8Array} bytes
 * @returns {any} the message as plain data; bytes in it are views
 * @throws {InvalidArgumentError} not such a message, or a damaged one
 */
export function decode_message(what, read, bytes) {
  try {
    return read(new CheckedReader(bytes));
  } catch (cause) {
    // RangeErrors are also those of DataView, and of messages that are nested too deeply.
    throw new InvalidArgumentError(`not a valid ${what} file: ${/** @type {Error} */ (cause).message}`, {
      cause,
    });
  }
}
