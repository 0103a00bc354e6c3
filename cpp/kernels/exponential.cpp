#include "kernels/exponential.h"

namespace gru {
namespace {

// What the two types do not share.
template <typename T>
struct Numbers;

template <>
struct Numbers<float> {
  static constexpr int kBias = 127;
  static constexpr int kHeadroomBits = 64;
  static constexpr float kHeadroom = 0x1p64f;
  static constexpr float kRounder = 0x1.8p23f;
  static constexpr float kPerLn2 = 0x1.715476p0f;
  static constexpr float kLn2 = 0x1.62e43p-1f;
  static constexpr float kLn2High = 0x1.62e4p-1f;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20f;
  static constexpr float kExpLowest = -104;
  static constexpr float kExpHighest = 89;
  static constexpr float kTanhHighest = 10;
  static constexpr float kRestPolynomial[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.1239d4p-7f,
                                              0x1.6a244cp-10f};
};

template <>
struct Numbers<double> {
  static constexpr int kBias = 1023;
  static constexpr int kHeadroomBits = 512;
  static constexpr double kHeadroom = 0x1p512;
  static constexpr double kRounder = 0x1.8p52;
  static constexpr double kPerLn2 = 0x1.71547652b82fep0;
  static constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  static constexpr double kLn2High = 0x1.62e42feep-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kExpLowest = -746;
  static constexpr double kExpHighest = 710;
  static constexpr double kTanhHighest = 20;
  static constexpr double kRestPolynomial[] = {
      0x1.000000000000ap-1,  0x1.55555555554fap-3, 0x1.555555555088cp-5,  0x1.1111111127b9ep-7,
      0x1.6c16c1842667ep-10, 0x1.a01a012a68acp-13, 0x1.a0199a16eef18p-16, 0x1.71df253d09beap-19,
      0x1.28ad6897200a7p-22, 0x1.ad7f75c0c2664p-26};
};

template <typename T>
constexpr ExponentialConstants<T> constants() {
  using N = Numbers<T>;
  ExponentialConstants<T> c{};
  c.minus_zero = T(-0.0);
  c.half = T(0.5);
  c.one = T(1);
  c.rounder = N::kRounder + N::kBias;
  c.per_ln2 = N::kPerLn2;
  c.minus_ln2_high = -N::kLn2High;
  c.minus_ln2_low = -N::kLn2Low;
  c.exp_lowest = N::kExpLowest;
  c.exp_highest = N::kExpHighest;
  c.headroom = N::kHeadroom;
  c.minus_headroom = -N::kHeadroom;
  c.per_headroom = 1 / N::kHeadroom;
  c.rounder_with_headroom = c.rounder + N::kHeadroomBits;
  c.rounder_without_headroom = c.rounder - N::kHeadroomBits;
  c.expm1_lowest = -2 * N::kTanhHighest;
  c.tanh_highest = N::kTanhHighest;
  c.minus_two_per_ln2 = -2 * N::kPerLn2;
  c.half_ln2 = N::kLn2 / 2;
  // r = -2 s: every power of s takes a power of -2 along, which changes no digit.
  T stretch = -2;
  for (int k = 0; k < c.kTerms; ++k, stretch *= -2) {
    c.rest[k] = N::kRestPolynomial[k];
    c.tanh_rest[k] = stretch * N::kRestPolynomial[k];
  }
  return c;
}

}  // namespace

template <>
constinit const ExponentialConstants<float> ExponentialConstants<float>::values = constants<float>();
template <>
constinit const ExponentialConstants<double> ExponentialConstants<double>::values = constants<double>();

}  // namespace gru
