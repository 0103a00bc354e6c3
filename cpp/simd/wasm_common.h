// What both WebAssembly binaries share: minimum, maximum, square root and the broadcasting load.
#pragma once

#include <wasm_simd128.h>

#include "simd/vector.h"

namespace gru::simd {

// min(a, b) and max(a, b) give a where either is NaN, so that with the data first NaN stays NaN. These are
// the "pseudo" forms, one instruction on every engine; WebAssembly's plain f32x4.min takes eight on x86.
inline Float4 min(Float4 a, Float4 b) { return (Float4)wasm_f32x4_pmin((v128_t)a, (v128_t)b); }
inline Float4 max(Float4 a, Float4 b) { return (Float4)wasm_f32x4_pmax((v128_t)a, (v128_t)b); }
inline Double2 min(Double2 a, Double2 b) { return (Double2)wasm_f64x2_pmin((v128_t)a, (v128_t)b); }
inline Double2 max(Double2 a, Double2 b) { return (Double2)wasm_f64x2_pmax((v128_t)a, (v128_t)b); }

inline Float4 sqrt(Float4 a) { return (Float4)wasm_f32x4_sqrt((v128_t)a); }
inline Double2 sqrt(Double2 a) { return (Double2)wasm_f64x2_sqrt((v128_t)a); }

inline Float4 load_splat(const float* from) { return (Float4)wasm_v128_load32_splat(from); }
inline Double2 load_splat(const double* from) { return (Double2)wasm_v128_load64_splat(from); }

}  // namespace gru::simd
