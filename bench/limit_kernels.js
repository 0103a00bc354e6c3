// WebAssembly kernels that measure the machine: loops of independent multiply-adds, or of loads, as many as fit the registers.

const SUMS = 12;
const LOADS = 16;
const LOAD_SUMS = 8;
const ROUNDS = 8;

const range = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => i);

/** Multiply-adds in one turn of the loop. */
export const MADDS_PER_TURN = SUMS * ROUNDS;

/** @param {string} name @param {(sum: string) => string} madd */
function madd_kernel(name, madd) {
  const sums = range(SUMS).map((i) => `$sum${i}`);
  const body = range(ROUNDS).flatMap(() => sums.map((sum) => `(local.set ${sum} ${madd(sum)})`));
  return `
  (func (export "${name}") (param $turns i32) (param $x f32) (param $y f32) (result f32)
    (local $a v128) (local $b v128) ${sums.map((sum) => `(local ${sum} v128)`).join(' ')}
    (local.set $a (f32x4.splat (local.get $x)))
    (local.set $b (f32x4.splat (local.get $y)))
    (loop $again
      ${body.join('\n      ')}
      (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    ${sums.slice(1).reduce((total, sum) => `(f32x4.add ${total} (local.get ${sum}))`, `(local.get ${sums[0]})`)}
    f32x4.extract_lane 0)`;
}

/** Reads the first `$bytes` of memory, `$times` times. `$bytes` is a multiple of 256, the bytes of one turn of the loop. */
function load_kernel() {
  const sums = range(LOAD_SUMS).map((i) => `$sum${i}`);
  const body = range(LOADS).map((i) => {
    const sum = sums[i % LOAD_SUMS];
    return `(local.set ${sum} (v128.or (local.get ${sum}) (v128.load offset=${16 * i} (local.get $at))))`;
  });
  return `
  (func (export "load") (param $bytes i32) (param $times i32) (result i32)
    (local $at i32) ${sums.map((sum) => `(local ${sum} v128)`).join(' ')}
    (loop $over
      (local.set $at (i32.const 0))
      (loop $again
        ${body.join('\n        ')}
        (br_if $again
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const ${16 * LOADS}))) (local.get $bytes))))
      (br_if $over (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    ${sums.slice(1).reduce((total, sum) => `(v128.or ${total} (local.get ${sum}))`, `(local.get ${sums[0]})`)}
    i32x4.extract_lane 0)`;
}

/** The module's text. Every product depends on a sum, so that no compiler can move it out of the loop. @param {number} pages of memory */
export const limit_kernels = (pages) => `(module
  (memory (export "memory") ${pages})
  ${madd_kernel('relaxed', (sum) => `(f32x4.relaxed_madd (local.get ${sum}) (local.get $a) (local.get $b))`)}
  ${madd_kernel('baseline', (sum) => `(f32x4.add (f32x4.mul (local.get ${sum}) (local.get $a)) (local.get $b))`)}
  ${load_kernel()})`;
