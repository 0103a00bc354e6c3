// WebAssembly with relaxed SIMD: multiply-add fused where the machine has it.
#pragma once

#ifndef __wasm_relaxed_simd__
#error "wasm_relaxed.h is for the binary with -mrelaxed-simd"
#endif

#include "simd/wasm_common.h"

namespace gru::simd {

// a * b + c
inline Float4 madd(Float4 a, Float4 b, Float4 c) {
  return (Float4)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
}
inline Double2 madd(Double2 a, Double2 b, Double2 c) {
  return (Double2)wasm_f64x2_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
}

}  // namespace gru::simd
