// Property tests of readers: damaged copies of a valid file end in a result or in an error of this package, soon.
import fc from 'fast-check';
import { read_weights } from '../../js/formats.js';
import { OpError } from '../../js/index.js';
import { check_property, processor_time } from './properties.js';

/** Milliseconds for one file. */
const LONGEST = 1000;

/** A changed copy of bytes: cut, flipped, spliced or grown, up to four times. @param {Uint8Array} bytes */
const damaged = (bytes) => {
  const place = fc.nat({ max: bytes.length });
  const change = fc.oneof(
    fc.record({ kind: fc.constant('cut'), at: place }),
    fc.record({ kind: fc.constant('flip'), at: place, value: fc.integer({ min: 1, max: 255 }) }),
    fc.record({
      kind: fc.constant('fill'),
      at: place,
      value: fc.constantFrom(0, 0x7f, 0x80, 0xff),
      length: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      kind: fc.constant('splice'),
      at: place,
      from: place,
      length: fc.integer({ min: 1, max: 64 }),
    }),
    fc.record({
      kind: fc.constant('grow'),
      at: place,
      value: fc.nat({ max: 255 }),
      length: fc.integer({ min: 1, max: 300 }),
    }),
  );
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce(apply, bytes));
};

/** @param {Uint8Array} bytes @param {any} change */
function apply(bytes, { kind, at, value = 0, from = 0, length = 0 }) {
  if (kind === 'cut') return bytes.slice(0, at);
  if (kind === 'grow')
    return Uint8Array.from([
      ...bytes.subarray(0, at),
      ...new Array(length).fill(value),
      ...bytes.subarray(at),
    ]);
  const copy = bytes.slice();
  if (kind === 'flip' && at < copy.length) copy[at] ^= value;
  if (kind === 'fill') copy.fill(value, at, at + length);
  if (kind === 'splice' && at < copy.length)
    copy.set(bytes.subarray(from, from + Math.min(length, copy.length - at)), at);
  return copy;
}

/**
 * Reads damaged copies of a file.
 * @param {Uint8Array} bytes a small valid file
 * @param {{ runs?: number, seed?: number, read?: (bytes: Uint8Array) => Promise<unknown> }} [options] default: 400 runs of `read_weights`
 * @returns {Promise<{ read: number, refused: number }>}
 */
export async function read_damaged_copies(bytes, { runs = 400, seed = 1, read = read_weights } = {}) {
  const counts = { read: 0, refused: 0 };
  await check_property(
    fc.asyncProperty(damaged(bytes), async (copy) => {
      const start = processor_time();
      try {
        await read(copy);
        counts.read += 1;
      } catch (error) {
        if (!(error instanceof OpError)) throw error;
        counts.refused += 1;
      }
      const milliseconds = processor_time() - start;
      if (milliseconds > LONGEST) throw new Error(`it took ${milliseconds} ms`);
    }),
    { runs, seed },
  );
  return counts;
}
