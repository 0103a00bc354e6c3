// The measure of the bounds in kernels/exponential.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace gru::test {

// How far `actual` is from the exact value, in units of the last place that the exact value has as a T;
// infinity counts as the power of two at which T overflows. Of an exact NaN, 0 for NaN.
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
