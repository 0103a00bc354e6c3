// The machine's limits under this JavaScript engine, measured like an engine: the peak rate of multiply-adds, fused and not fused,
// and the bandwidth of loads from each cache.
import wabt from 'wabt';
import { limit_kernels, MADDS_PER_TURN } from '../limit_kernels.js';
import { caches } from '../machine.js';

const PAGE = 64 * 1024;
const FLOPS_PER_TURN = MADDS_PER_TURN * 4 * 2;
const TURNS = 20_000;
const BYTES = 4 * 1024 * 1024;

/**
 * Bytes to read: well below the size of one cache and well above that of the previous one. The third level may be shared with other
 * virtual machines, so only a part of it is used.
 * @param {import('../machine.js').Caches} sizes
 */
const sizes_of = ({ l1, l2, l3 }) => ({
  l1: l1 / 2,
  l2: Math.max(l2 / 2, 2 * l1),
  l3: Math.min(4 * l2, l3 / 2),
});

/** @typedef {{ name: string, unit: 'flops' | 'bytes', amount: number, run: () => unknown }} Limit `amount`: operations or bytes of one run */

/** @returns {Promise<{ limits: Limit[] }>} */
export async function open() {
  const sizes = sizes_of(caches());
  const assembler = await wabt();
  const features = { simd: true, relaxed_simd: true };
  const text = limit_kernels(Math.ceil(Math.max(...Object.values(sizes)) / PAGE) + 1);
  const parsed = assembler.parseWat('limits.wat', text, features);
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  const { instance } = await WebAssembly.instantiate(/** @type {any} */ (buffer));
  const { relaxed, baseline, load, memory } = /** @type {any} */ (instance.exports);
  // The system maps all pages that were never written to the same physical page, so write to each.
  new Uint8Array(memory.buffer).fill(1);
  const level = (/** @type {keyof typeof sizes} */ name) => {
    const bytes = Math.floor(sizes[name] / 256) * 256;
    const times = Math.ceil(BYTES / bytes);
    return /** @type {Limit} */ ({
      name,
      unit: 'bytes',
      amount: bytes * times,
      run: () => load(bytes, times),
    });
  };
  return {
    limits: [
      {
        name: 'relaxed',
        unit: 'flops',
        amount: TURNS * FLOPS_PER_TURN,
        run: () => relaxed(TURNS, 0.5, 1e-3),
      },
      {
        name: 'baseline',
        unit: 'flops',
        amount: TURNS * FLOPS_PER_TURN,
        run: () => baseline(TURNS, 0.5, 1e-3),
      },
      level('l1'),
      level('l2'),
      level('l3'),
    ],
  };
}
