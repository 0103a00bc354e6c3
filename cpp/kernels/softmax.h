// Softmax over rows that lie side by side without padding.
#pragma once

#include <cstdint>

namespace gru {

// to = exp(from) / sum(exp(from)), a row at a time; `to` may be `from`. With `log_sums` not null it receives
// the logarithm of each row's sum of exponentials, from which a cross-entropy is computed without loss of
// digits: log_sum - from[target].
template <typename T>
void softmax(const T* from, int64_t count, int width, T* to, T* log_sums);

}  // namespace gru
