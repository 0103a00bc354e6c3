// exp, sigmoid and tanh on vectors: one path without branches or look-ups, and at most one division.
//
// All take an argument apart into n ln(2) + r with |r| <= ln(2) / 2, build 2^n in the exponent bits, and
// share one polynomial for expm1(r). Beside each function stands its greatest error, in a constant that the
// tests hold it to: the distance from the exact value in units of the last place of the result (where the
// result is denormal, of the smallest denormal), with multiply-add fused or not.
#pragma once

#include <type_traits>

#include "simd/vector.h"

namespace gru {

// The numbers that the functions are made of. They are defined in a file of their own, as only constants
// whose values are out of the compilers' sight are loaded once before a loop; those in sight are put back
// into it one by one, and V8 needs four instructions to make a vector constant. sigmoid and tanh gain a third
// to a half of their time by it.
template <typename T>
struct ExponentialConstants {
  static constexpr int kMantissaBits = std::is_same_v<T, float> ? 23 : 52;
  // How many coefficients (expm1(r) - r) / r^2 has, lowest power first.
  static constexpr int kTerms = std::is_same_v<T, float> ? 5 : 10;

  T minus_zero, half, one;

  // Added to a small number it rounds that to an integer n, and leaves n + the bias of exponents in the
  // lowest bits.
  T rounder;
  T per_ln2;
  // ln(2) in two parts, the first so short that its product with any n is exact.
  T minus_ln2_high, minus_ln2_low;
  T rest[kTerms];

  // From `exp_lowest` down exp is 0, from `exp_highest` up infinite. 2^n is then no normal number everywhere,
  // but is one times `headroom` below 0 and divided by it above; that comes with these rounders.
  T exp_lowest, exp_highest;
  T headroom, minus_headroom, per_headroom;
  T rounder_with_headroom, rounder_without_headroom;

  // expm1 is -1 from here down.
  T expm1_lowest;

  // tanh is 1 from here up; the others are of expm1(-2 s) / -2.
  T tanh_highest;
  T minus_two_per_ln2, half_ln2;
  T tanh_rest[kTerms];

  static const ExponentialConstants values;
};

template <>
const ExponentialConstants<float> ExponentialConstants<float>::values;
template <>
const ExponentialConstants<double> ExponentialConstants<double>::values;

namespace exponential {

// s + s^2 p(s)
template <typename T>
inline simd::Vec<T> expm1_of_rest(simd::Vec<T> s, const T* coefficients) {
  constexpr int terms = ExponentialConstants<T>::kTerms;
  simd::Vec<T> p = simd::load_splat(coefficients + terms - 1);
  for (int k = terms - 2; k >= 0; --k) p = simd::madd(p, s, simd::load_splat(coefficients + k));
  return simd::madd(s * s, p, s);
}

// 2^n, of the sum of n and a rounder.
template <typename T>
inline simd::Vec<T> power_of_two(simd::Vec<T> sum) {
  return simd::from_bits<T>(simd::bits<T>(sum) << ExponentialConstants<T>::kMantissaBits);
}

// exp(x) = power * (1 + expm1), where the power has the headroom of the rounder.
template <typename T>
struct Parts {
  simd::Vec<T> power, expm1;
};

template <typename T>
inline Parts<T> take_apart(simd::Vec<T> x, simd::Vec<T> rounder) {
  const ExponentialConstants<T>& c = ExponentialConstants<T>::values;
  const simd::Vec<T> sum = simd::madd(x, simd::load_splat(&c.per_ln2), rounder);
  const simd::Vec<T> n = sum - rounder;
  const simd::Vec<T> nearly = simd::madd(n, simd::load_splat(&c.minus_ln2_high), x);
  const simd::Vec<T> rest = simd::madd(n, simd::load_splat(&c.minus_ln2_low), nearly);
  return {power_of_two<T>(sum), expm1_of_rest<T>(rest, c.rest)};
}

}  // namespace exponential

// Every x, with denormal and infinite results.
inline constexpr double kExpUlp = 1.1;

template <typename T>
inline simd::Vec<T> exp(simd::Vec<T> x) {
  const ExponentialConstants<T>& c = ExponentialConstants<T>::values;
  const simd::Bits<T> negative = x < simd::splat(T(0));
  const simd::Vec<T> clipped =
      simd::min(simd::max(x, simd::load_splat(&c.exp_lowest)), simd::load_splat(&c.exp_highest));
  const auto [power, expm1] = exponential::take_apart<T>(
      clipped, simd::select<T>(negative, simd::load_splat(&c.rounder_with_headroom),
                               simd::load_splat(&c.rounder_without_headroom)));
  return simd::madd(expm1, power, power) *
         simd::select<T>(negative, simd::load_splat(&c.per_headroom), simd::load_splat(&c.headroom));
}

// exp(x) - 1 for x <= 0.
inline constexpr double kExpm1Ulp = 1.5;

template <typename T>
inline simd::Vec<T> expm1_of_negative(simd::Vec<T> x) {
  const ExponentialConstants<T>& c = ExponentialConstants<T>::values;
  const auto [power, expm1] = exponential::take_apart<T>(simd::max(x, simd::load_splat(&c.expm1_lowest)),
                                                         simd::load_splat(&c.rounder));
  return simd::madd(expm1, power, power - simd::load_splat(&c.one));
}

// Every x, with denormal results.
inline constexpr double kSigmoidUlp = 1.9;

// With e = exp(-|x|) it is 1 - e / (1 + e) above 0 and e - e e / (1 + e) below. The plain 1 / (1 + e) and e /
// (1 + e) are an operation or two shorter, but there every rounding counts in full, and they end at 2.4 ULP.
template <typename T>
inline simd::Vec<T> sigmoid(simd::Vec<T> x) {
  const ExponentialConstants<T>& c = ExponentialConstants<T>::values;
  const simd::Vec<T> minus_magnitude =
      simd::from_bits<T>(simd::bits<T>(x) | simd::bits<T>(simd::load_splat(&c.minus_zero)));
  const auto [power, expm1] =
      exponential::take_apart<T>(simd::max(minus_magnitude, simd::load_splat(&c.exp_lowest)),
                                 simd::load_splat(&c.rounder_with_headroom));
  const simd::Vec<T> e = simd::madd(expm1, power, power);  // times the headroom
  const simd::Vec<T> whole =
      simd::select<T>(x < simd::splat(T(0)), e * simd::load_splat(&c.per_headroom), simd::load_splat(&c.one));
  return simd::madd(whole, e / (simd::load_splat(&c.minus_headroom) - e), whole);
}

// Every x.
inline constexpr double kTanhUlp = 2;

// With e = exp(-2 |x|) it is ((1 - e) / 2) / ((1 + e) / 2). As powers of two are exact, 1 - e near 0 loses no
// digits. The denominator comes from the same parts as the numerator and not from its rounded value: 1 -
// numerator would end at 2.5 ULP. The products with n are exact where they matter, so ln(2) needs no second
// part.
template <typename T>
inline simd::Vec<T> tanh(simd::Vec<T> x) {
  const ExponentialConstants<T>& c = ExponentialConstants<T>::values;
  const simd::Bits<T> sign = simd::bits<T>(simd::load_splat(&c.minus_zero));
  const simd::Vec<T> half = simd::load_splat(&c.half);
  const simd::Vec<T> rounder = simd::load_splat(&c.rounder);
  const simd::Vec<T> magnitude =
      simd::min(simd::from_bits<T>(simd::bits<T>(x) & ~sign), simd::load_splat(&c.tanh_highest));
  const simd::Vec<T> sum = simd::madd(magnitude, simd::load_splat(&c.minus_two_per_ln2), rounder);
  const simd::Vec<T> s = simd::madd(sum - rounder, simd::load_splat(&c.half_ln2), magnitude);
  const simd::Vec<T> power = exponential::power_of_two<T>(sum);
  const simd::Vec<T> half_power = half * power;
  const simd::Vec<T> change = power * exponential::expm1_of_rest<T>(s, c.tanh_rest);
  return simd::select<T>(sign, x, (change + (half - half_power)) / ((half + half_power) - change));
}

}  // namespace gru
