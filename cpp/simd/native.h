// The native build of the tests: with GRU_NATIVE_FUSED multiply-add is fused, as in the relaxed binary on a
// machine that has the instruction; without it, it is rounded twice, as in the baseline binary.
#pragma once

#include <cmath>

#include "simd/vector.h"

#if defined(GRU_NATIVE_FUSED) && !defined(__FMA__) && defined(__x86_64__)
#error "GRU_NATIVE_FUSED wants -mfma, or every multiply-add is a call into the library"
#endif

namespace gru::simd {

// a * b + c
#ifdef GRU_NATIVE_FUSED
inline Float4 madd(Float4 a, Float4 b, Float4 c) {
  return Float4{std::fma(a[0], b[0], c[0]), std::fma(a[1], b[1], c[1]), std::fma(a[2], b[2], c[2]),
                std::fma(a[3], b[3], c[3])};
}
inline Double2 madd(Double2 a, Double2 b, Double2 c) {
  return Double2{std::fma(a[0], b[0], c[0]), std::fma(a[1], b[1], c[1])};
}
#else
inline Float4 madd(Float4 a, Float4 b, Float4 c) { return a * b + c; }
inline Double2 madd(Double2 a, Double2 b, Double2 c) { return a * b + c; }
#endif

// As in the wasm targets: a where either is NaN.
inline Float4 min(Float4 a, Float4 b) { return select<float>(b < a, b, a); }
inline Float4 max(Float4 a, Float4 b) { return select<float>(a < b, b, a); }
inline Double2 min(Double2 a, Double2 b) { return select<double>(b < a, b, a); }
inline Double2 max(Double2 a, Double2 b) { return select<double>(a < b, b, a); }

inline Float4 sqrt(Float4 a) {
  return Float4{std::sqrt(a[0]), std::sqrt(a[1]), std::sqrt(a[2]), std::sqrt(a[3])};
}
inline Double2 sqrt(Double2 a) { return Double2{std::sqrt(a[0]), std::sqrt(a[1])}; }

inline Float4 load_splat(const float* from) { return splat(*from); }
inline Double2 load_splat(const double* from) { return splat(*from); }

}  // namespace gru::simd
