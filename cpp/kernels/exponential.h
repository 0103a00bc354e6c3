// exp, sigmoid and tanh on vectors: one path without branches or look-ups, and at most one division.
//
// All split the argument into n ln(2) + r with |r| <= ln(2) / 2, build 2^n in the exponent bits, and
// share one polynomial for expm1(r). Beside each function stands its greatest error, float or double,
// multiply-add fused or not, in a constant that the tests hold it to: the distance from the exact value in
// units of the last place of the result (where the result is denormal, of the smallest denormal).
#pragma once

#include <type_traits>

#include "simd/vector.h"

namespace gru {

// The functions' constants. They are defined in another file: a compiler that sees a constant's value puts it
// back into the loop, where V8 needs four instructions to make a vector of it, and sigmoid and tanh take half
// as long again; one whose value it does not see is loaded once before the loop. This does not work for
// members of one object, which compilers do not treat as constants.
template <typename T>
struct ExponentialConstants {
  static constexpr int kMantissaBits = std::is_same_v<T, float> ? 23 : 52;
  static constexpr int kTerms = std::is_same_v<T, float> ? 5 : 10;

  static const T minus_zero, one;

  // Added to a small number it rounds that to an integer n, and leaves n + the bias of exponents in the
  // lowest bits of the sum.
  static const T rounder;
  // The second form of -ln(2) has two parts; the first has so few digits that its product with any n is
  // exact.
  static const T per_ln2, minus_ln2, minus_ln2_high, minus_ln2_low;
  // (expm1(r) - r) / r^2 as a polynomial, lowest power first.
  static const T rest[kTerms];

  // From `lowest` down exp is 0, from `highest` up infinite. 2^n is no normal number everywhere between, but
  // it is one times `headroom` below 0 and divided by it above, which these rounders bring about.
  static const T lowest, highest;
  static const T headroom, minus_headroom, per_headroom;
  static const T rounder_times_headroom, rounder_per_headroom;

  // From here down expm1 is -1.
  static const T expm1_lowest;
};

template <>
const float ExponentialConstants<float>::rest[];
template <>
const double ExponentialConstants<double>::rest[];
extern template struct ExponentialConstants<float>;
extern template struct ExponentialConstants<double>;

namespace exponential {

// expm1(r) for |r| <= ln(2) / 2. In single precision the terms are computed in pairs, which depend on each
// other less than one after the other, and without a loop: with -Os a loop is not unrolled, and sigmoid and
// tanh take a tenth longer. Double precision has the loop, as it is half the code.
template <typename T>
inline simd::Vec<T> expm1_of_rest(simd::Vec<T> r) {
  using simd::load_splat;
  using simd::madd;
  using C = ExponentialConstants<T>;
  const simd::Vec<T> square = r * r;
  simd::Vec<T> p;
  if constexpr (std::is_same_v<T, float>) {
    static_assert(C::kTerms == 5);
    const simd::Vec<T> low = madd(load_splat(&C::rest[2]), r, load_splat(&C::rest[1]));
    const simd::Vec<T> high = madd(load_splat(&C::rest[4]), r, load_splat(&C::rest[3]));
    p = madd(madd(high, square, low), r, load_splat(&C::rest[0]));
  } else {
    p = load_splat(&C::rest[C::kTerms - 1]);
    for (int k = C::kTerms - 2; k >= 0; --k) p = madd(p, r, load_splat(&C::rest[k]));
  }
  return madd(square, p, r);
}

// 2^n, of the sum of n and a rounder.
template <typename T>
inline simd::Vec<T> power_of_two(simd::Vec<T> sum) {
  return simd::from_bits<T>(simd::bits<T>(sum) << ExponentialConstants<T>::kMantissaBits);
}

// exp(x) = power (1 + expm1), where the power has the headroom of the rounder.
template <typename T>
struct Parts {
  simd::Vec<T> power, expm1;
};

template <typename T>
inline Parts<T> take_apart(simd::Vec<T> x, simd::Vec<T> rounder) {
  using C = ExponentialConstants<T>;
  const simd::Vec<T> sum = simd::madd(x, simd::load_splat(&C::per_ln2), rounder);
  const simd::Vec<T> n = sum - rounder;
  const simd::Vec<T> nearly = simd::madd(n, simd::load_splat(&C::minus_ln2_high), x);
  const simd::Vec<T> r = simd::madd(n, simd::load_splat(&C::minus_ln2_low), nearly);
  return {power_of_two<T>(sum), expm1_of_rest<T>(r)};
}

}  // namespace exponential

// Every x, with denormal and infinite results.
template <typename T>
inline constexpr double kExpUlp = 1.1;

template <typename T>
inline simd::Vec<T> exp(simd::Vec<T> x) {
  using simd::load_splat;
  using C = ExponentialConstants<T>;
  const simd::Bits<T> negative = x < simd::splat(T(0));
  const auto [power, expm1] =
      exponential::take_apart<T>(simd::min(simd::max(x, load_splat(&C::lowest)), load_splat(&C::highest)),
                                 simd::select<T>(negative, load_splat(&C::rounder_times_headroom),
                                                 load_splat(&C::rounder_per_headroom)));
  return simd::madd(expm1, power, power) *
         simd::select<T>(negative, load_splat(&C::per_headroom), load_splat(&C::headroom));
}

// exp(x) - 1 for x <= 0.
template <typename T>
inline constexpr double kExpm1Ulp = 1.2;

template <typename T>
inline simd::Vec<T> expm1_of_negative(simd::Vec<T> x) {
  using simd::load_splat;
  using C = ExponentialConstants<T>;
  const auto [power, expm1] =
      exponential::take_apart<T>(simd::max(x, load_splat(&C::expm1_lowest)), load_splat(&C::rounder));
  return simd::madd(expm1, power, power - load_splat(&C::one));
}

// Every x, with denormal results.
template <typename T>
inline constexpr double kSigmoidUlp = std::is_same_v<T, float> ? 1.9 : 2;

// With e = exp(-|x|) it is 1 - e / (1 + e) above 0 and e - e e / (1 + e) below. The plain quotients of 1 and
// e by 1 + e are an operation or two shorter, but there every rounding counts in full: 2.4 ULP.
template <typename T>
inline simd::Vec<T> sigmoid(simd::Vec<T> x) {
  using simd::load_splat;
  using C = ExponentialConstants<T>;
  const simd::Bits<T> sign = simd::bits<T>(load_splat(&C::minus_zero));
  const simd::Vec<T> negative = simd::from_bits<T>(simd::bits<T>(x) | sign);
  const auto [power, expm1] = exponential::take_apart<T>(simd::max(negative, load_splat(&C::lowest)),
                                                         load_splat(&C::rounder_times_headroom));
  const simd::Vec<T> e = simd::madd(expm1, power, power);  // times the headroom
  const simd::Vec<T> whole =
      simd::select<T>(x < simd::splat(T(0)), e * load_splat(&C::per_headroom), load_splat(&C::one));
  return simd::madd(whole, e / (load_splat(&C::minus_headroom) - e), whole);
}

// Every x.
template <typename T>
inline constexpr double kTanhUlp = std::is_same_v<T, float> ? 2 : 2.5;

// With e = exp(-2 |x|) = p + p expm1 it is (1 - e) / (1 + e). 1 - p is 0 where x is small, so that no digit
// is lost there. The denominator is computed from the same parts as the numerator; from the rounded numerator
// it would be 2.5 ULP. The products with n are exact where it matters, so ln(2) needs no second part.
template <typename T>
inline simd::Vec<T> tanh(simd::Vec<T> x) {
  using simd::load_splat;
  using C = ExponentialConstants<T>;
  const simd::Bits<T> sign = simd::bits<T>(load_splat(&C::minus_zero));
  const simd::Vec<T> one = load_splat(&C::one);
  const simd::Vec<T> rounder = load_splat(&C::rounder);
  const simd::Vec<T> negative = simd::from_bits<T>(simd::bits<T>(x) | sign);
  const simd::Vec<T> twice = simd::max(negative + negative, load_splat(&C::expm1_lowest));
  const simd::Vec<T> sum = simd::madd(twice, load_splat(&C::per_ln2), rounder);
  const simd::Vec<T> r = simd::madd(sum - rounder, load_splat(&C::minus_ln2), twice);
  const simd::Vec<T> power = exponential::power_of_two<T>(sum);
  const simd::Vec<T> change = power * exponential::expm1_of_rest<T>(r);
  const simd::Vec<T> magnitude = ((one - power) - change) / ((one + power) + change);
  return simd::from_bits<T>(simd::bits<T>(magnitude) | (simd::bits<T>(x) & sign));
}

}  // namespace gru
