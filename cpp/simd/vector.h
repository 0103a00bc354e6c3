// The vector type: 128 bits of float or double, and the few operations the kernels are written in.
//
// Arithmetic (+ - * /), comparisons and bit operations on Vec<T> and Bits<T> are the compiler's, the
// same for every target. What differs from target to target (multiply-add, minimum, maximum, the broadcasting
// load) is in one small header each. Nothing outside this folder asks which target it is compiled for.
#pragma once

#include <cstdint>
#include <cstring>

namespace gru::simd {

typedef float Float4 __attribute__((vector_size(16)));
typedef double Double2 __attribute__((vector_size(16)));
typedef int32_t Int4 __attribute__((vector_size(16)));
typedef int64_t Long2 __attribute__((vector_size(16)));

template <typename T>
struct Types;
template <>
struct Types<float> {
  using Vector = Float4;
  using Bits = Int4;
  using Bit = int32_t;
};
template <>
struct Types<double> {
  using Vector = Double2;
  using Bits = Long2;
  using Bit = int64_t;
};

// A vector of T, and the integer vector of the same width that comparisons give and that holds its bits.
template <typename T>
using Vec = typename Types<T>::Vector;
template <typename T>
using Bits = typename Types<T>::Bits;

template <typename T>
inline constexpr int kLanes = 16 / sizeof(T);

// Loads and stores need no alignment.
template <typename T>
inline Vec<T> load(const T* from) {
  Vec<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename T>
inline void store(T* to, Vec<T> v) {
  std::memcpy(to, &v, sizeof v);
}

// The first `count` lanes only: for a row that ends within a vector.
template <typename T>
inline void store_first(T* to, Vec<T> v, int count) {
  std::memcpy(to, &v, static_cast<size_t>(count) * sizeof(T));
}

inline Float4 splat(float x) { return Float4{x, x, x, x}; }
inline Double2 splat(double x) { return Double2{x, x}; }

template <typename T>
inline Bits<T> bits(Vec<T> v) {
  return (Bits<T>)v;
}

template <typename T>
inline Vec<T> from_bits(Bits<T> b) {
  return (Vec<T>)b;
}

// Lane by lane: where the mask (all ones or all zeros, as comparisons give) is set a, else b.
template <typename T>
inline Vec<T> select(Bits<T> mask, Vec<T> a, Vec<T> b) {
  return from_bits<T>((mask & bits<T>(a)) | (~mask & bits<T>(b)));
}

}  // namespace gru::simd

#if defined(__wasm_relaxed_simd__)
#include "simd/wasm_relaxed.h"
#elif defined(__wasm_simd128__)
#include "simd/wasm_baseline.h"
#else
#include "simd/native.h"
#endif
