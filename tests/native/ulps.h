// The unit in which kernels/exponential.h states its error bounds.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace gru::test {

// The distance of `actual` from the exact value, in units of the last place (ULP) of the exact value as a T.
// Infinity counts as the power of two at which T overflows. If the exact value is NaN: 0 for NaN, else
// infinity.
template <typename T, typename Exact>
double ulps_apart(T actual, Exact exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(actual) || std::isnan(exact)) {
    return std::isnan(actual) && std::isnan(exact) ? 0 : std::numeric_limits<double>::infinity();
  }
  const Exact overflow = std::ldexp(Exact{1}, Limits::max_exponent);
  const Exact a = std::clamp(static_cast<Exact>(actual), -overflow, overflow);
  const Exact b = std::clamp(exact, -overflow, overflow);
  int exponent = Limits::min_exponent;
  if (b != 0) std::frexp(b, &exponent);
  exponent = std::clamp(exponent, int{Limits::min_exponent}, int{Limits::max_exponent});
  return static_cast<double>(std::ldexp(std::fabs(a - b), Limits::digits - exponent));
}

}  // namespace gru::test
