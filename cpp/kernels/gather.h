// Rows of a table by number, and the gradient of that.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gru {

// to[i] = table[ids[i]]; rows of `width` elements, side by side.
template <typename T>
inline void gather(const T* table, int width, const int32_t* ids, int count, T* to) {
  for (int i = 0; i < count; ++i, to += width) std::copy_n(table + ptrdiff_t{ids[i]} * width, width, to);
}

// table[ids[i]] += rows[i]
template <typename T>
inline void scatter_add(const T* rows, int width, const int32_t* ids, int count, T* table) {
  for (int i = 0; i < count; ++i, rows += width) {
    T* to = table + ptrdiff_t{ids[i]} * width;
    for (int j = 0; j < width; ++j) to[j] += rows[j];
  }
}

}  // namespace gru
