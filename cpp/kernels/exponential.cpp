#include "kernels/exponential.h"

namespace gru {
namespace {

// The constants that differ between float and double.
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
  static constexpr float kLowest = -104;
  static constexpr float kHighest = 89;
  static constexpr float kExpm1Lowest = -20;
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
  static constexpr double kLowest = -746;
  static constexpr double kHighest = 710;
  static constexpr double kExpm1Lowest = -40;
};

}  // namespace

// Both polynomials are from tools/fit_polynomials.py.
template <>
const float ExponentialConstants<float>::rest[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f,
                                                   0x1.1239d4p-7f, 0x1.6a244cp-10f};
template <>
const double ExponentialConstants<double>::rest[] = {
    0x1.000000000000ap-1,  0x1.55555555554fap-3, 0x1.555555555088cp-5,  0x1.1111111127b9ep-7,
    0x1.6c16c1842667ep-10, 0x1.a01a012a68acp-13, 0x1.a0199a16eef18p-16, 0x1.71df253d09beap-19,
    0x1.28ad6897200a7p-22, 0x1.ad7f75c0c2664p-26};

template <typename T>
const T ExponentialConstants<T>::minus_zero = T(-0.0);
template <typename T>
const T ExponentialConstants<T>::one = T(1);
template <typename T>
const T ExponentialConstants<T>::rounder = Numbers<T>::kRounder + Numbers<T>::kBias;
template <typename T>
const T ExponentialConstants<T>::per_ln2 = Numbers<T>::kPerLn2;
template <typename T>
const T ExponentialConstants<T>::minus_ln2 = -Numbers<T>::kLn2;
template <typename T>
const T ExponentialConstants<T>::minus_ln2_high = -Numbers<T>::kLn2High;
template <typename T>
const T ExponentialConstants<T>::minus_ln2_low = -Numbers<T>::kLn2Low;
template <typename T>
const T ExponentialConstants<T>::lowest = Numbers<T>::kLowest;
template <typename T>
const T ExponentialConstants<T>::highest = Numbers<T>::kHighest;
template <typename T>
const T ExponentialConstants<T>::headroom = Numbers<T>::kHeadroom;
template <typename T>
const T ExponentialConstants<T>::minus_headroom = -Numbers<T>::kHeadroom;
template <typename T>
const T ExponentialConstants<T>::per_headroom = 1 / Numbers<T>::kHeadroom;
template <typename T>
const T ExponentialConstants<T>::rounder_times_headroom = Numbers<T>::kRounder +
                                                          (Numbers<T>::kBias + Numbers<T>::kHeadroomBits);
template <typename T>
const T ExponentialConstants<T>::rounder_per_headroom = Numbers<T>::kRounder +
                                                        (Numbers<T>::kBias - Numbers<T>::kHeadroomBits);
template <typename T>
const T ExponentialConstants<T>::expm1_lowest = Numbers<T>::kExpm1Lowest;

template struct ExponentialConstants<float>;
template struct ExponentialConstants<double>;

}  // namespace gru
