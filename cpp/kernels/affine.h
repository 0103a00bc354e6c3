// The affine map, to = from @ kernel + bias, between rows that lie side by side, and its gradient.
#pragma once

#include "kernels/carver.h"
#include "kernels/products.h"

namespace gru {

// `columns` is the width of `to` without padding. Rows are computed with padding and then moved together:
// `to` has room for `count` rows of kernel.columns. `bias` (packed, kernel.columns) may be null.
template <typename T>
void affine(const T* from, int count, const Packed<T>& kernel, const T* bias, int columns, T* to);

template <typename T>
struct AffineGradient {
  const T* from = nullptr;  // rows of kernel.rows
  const T* d_to = nullptr;  // rows of `columns`
  T* d_from = nullptr;      // room for rows of padded(kernel.rows), or null: not computed
  T* d_kernel = nullptr;    // packed as the kernel; added to; null: not computed
  T* d_bias = nullptr;      // packed as the bias; added to; null: not computed
};

template <typename T>
uint64_t affine_gradient_work(int count, const Packed<T>& kernel);
template <typename T>
void affine_gradient(const AffineGradient<T>& arguments, int count, const Packed<T>& kernel, int columns,
                     void* work);

}  // namespace gru
