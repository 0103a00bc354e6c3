// log(x) for x >= 1 and log(1 + z) for 0 <= z <= 1. The C library's log has tables that are larger than all
// other activations together.
#pragma once

#include <cmath>
#include <type_traits>

#include "simd/vector.h"

namespace gru {

// log(1 + z) for 0 <= z <= 1, within 3 ULP: 2 atanh(s) with s = z / (2 + z) <= 1/3, by its series.
inline constexpr double kLog1pUlp = 3;

template <typename T>
inline simd::Vec<T> log1p_of_fraction(simd::Vec<T> z) {
  constexpr int kTerms = std::is_same_v<T, float> ? 8 : 17;
  const simd::Vec<T> s = z / (z + simd::splat(T(2)));
  const simd::Vec<T> square = s * s;
  simd::Vec<T> series = simd::splat(T(1) / (2 * kTerms - 1));
  for (int k = kTerms - 2; k > 0; --k) series = simd::madd(series, square, simd::splat(T(1) / (2 * k + 1)));
  const simd::Vec<T> twice = s + s;
  return simd::madd(twice * square, series, twice);
}

// log(x) for x >= 1; infinity and NaN are returned unchanged.
template <typename T>
inline T log_of_one_and_more(T x) {
  if (!std::isfinite(x)) return x;
  int exponent;
  const T fraction = 2 * std::frexp(x, &exponent) - 1;
  return log1p_of_fraction<T>(simd::splat(fraction))[0] + T(exponent - 1) * T(0.69314718055994530942);
}

}  // namespace gru
