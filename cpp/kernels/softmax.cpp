// Softmax; the greatest element of a row is subtracted first, so that no exponential overflows.
#include "kernels/softmax.h"

#include <algorithm>
#include <limits>

#include "kernels/exponential.h"
#include "kernels/logarithm.h"
#include "simd/vector.h"

namespace gru {

template <typename T>
void softmax(const T* from, int64_t count, int width, T* to, T* log_sums) {
  constexpr int kLanes = simd::kLanes<T>;
  const int whole = width / kLanes * kLanes;
  for (int64_t row = 0; row < count; ++row, from += width, to += width) {
    T greatest = -std::numeric_limits<T>::infinity();
    // The maximum skips a NaN; the sum is NaN anyway.
    for (int i = 0; i < width; ++i) greatest = std::max(greatest, from[i]);
    // A last vector that is not full is filled up with values whose exponential is 0.
    T rest[kLanes];
    for (int i = 0; i < kLanes; ++i) {
      rest[i] = whole + i < width ? from[whole + i] : -std::numeric_limits<T>::infinity();
    }
    const simd::Vec<T> shift = simd::splat(greatest);
    simd::Vec<T> sums{};
    for (int i = 0; i < whole; i += kLanes) {
      const simd::Vec<T> e = exp<T>(simd::load(from + i) - shift);
      simd::store(to + i, e);
      sums = sums + e;
    }
    if (whole < width) {
      const simd::Vec<T> e = exp<T>(simd::load(rest) - shift);
      simd::store_first(to + whole, e, width - whole);
      sums = sums + e;
    }
    T sum{0};
    for (int i = 0; i < kLanes; ++i) sum += sums[i];
    for (int i = 0; i < width; ++i) to[i] /= sum;
    if (log_sums) log_sums[row] = greatest + log_of_one_and_more(sum);
  }
}

template void softmax<float>(const float*, int64_t, int, float*, float*);
template void softmax<double>(const double*, int64_t, int, double*, double*);

}  // namespace gru
