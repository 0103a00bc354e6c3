// WebAssembly with baseline SIMD: multiply and add, each rounded.
#pragma once

#ifdef __wasm_relaxed_simd__
#error "wasm_baseline.h is for the binary without -mrelaxed-simd"
#endif

#include "simd/wasm_common.h"

namespace gru::simd {

// a * b + c
inline Float4 madd(Float4 a, Float4 b, Float4 c) { return a * b + c; }
inline Double2 madd(Double2 a, Double2 b, Double2 c) { return a * b + c; }

}  // namespace gru::simd
