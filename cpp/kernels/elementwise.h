// Elementwise pieces over rows: products, sums, interpolation. `width` counts the columns worked on; unless
// it says otherwise a function works on whole vectors and so may read and write up to the next multiple of
// simd::kLanes<T>. Inputs and output may be the same rows.
#pragma once

#include <algorithm>

#include "kernels/activations.h"
#include "kernels/external.h"
#include "kernels/packed.h"
#include "simd/vector.h"

namespace gru {

// Calls element(row, column) for the first column of every vector.
template <typename T, typename Element>
inline void each_vector(int count, int width, Element element) {
  for (int row = 0; row < count; ++row) {
    for (int column = 0; column < width; column += simd::kLanes<T>) element(row, column);
  }
}

// to = a + b
template <typename T>
inline void add_elements(Rows<const T> a, Rows<const T> b, Rows<T> to, int count, int width) {
  each_vector<T>(count, width, [&](int row, int column) {
    simd::store(to[row] + column, simd::load(a[row] + column) + simd::load(b[row] + column));
  });
}

// to = a * b
template <typename T>
inline void multiply_elements(Rows<const T> a, Rows<const T> b, Rows<T> to, int count, int width) {
  each_vector<T>(count, width, [&](int row, int column) {
    simd::store(to[row] + column, simd::load(a[row] + column) * simd::load(b[row] + column));
  });
}

// to = a * b + c
template <typename T>
inline void multiply_add_elements(Rows<const T> a, Rows<const T> b, Rows<const T> c, Rows<T> to, int count,
                                  int width) {
  each_vector<T>(count, width, [&](int row, int column) {
    simd::store(to[row] + column, simd::madd(simd::load(a[row] + column), simd::load(b[row] + column),
                                             simd::load(c[row] + column)));
  });
}

// to = weight * a + (1 - weight) * b, exactly `width` columns: the rows of `to` may lie side by side without
// padding.
template <typename T>
inline void interpolate(Rows<const T> weight, Rows<const T> a, Rows<const T> b, Rows<T> to, int count,
                        int width) {
  using simd::load;
  const simd::Vec<T> one = simd::splat(T{1});
  const int whole = width / simd::kLanes<T> * simd::kLanes<T>;
  for (int row = 0; row < count; ++row) {
    const T *w = weight[row], *x = a[row], *y = b[row];
    auto at = [&](int column) {
      const simd::Vec<T> share = load(w + column);
      return simd::madd(share, load(x + column), (one - share) * load(y + column));
    };
    for (int column = 0; column < whole; column += simd::kLanes<T>) simd::store(to[row] + column, at(column));
    if (whole < width) simd::store_first(to[row] + whole, at(whole), width - whole);
  }
}

// y = activation(x), rows of groups of `columns`, each padded to whole panels. The padding of y is
// undefined afterwards.
template <typename T>
inline void activate_rows(Activation kind, Rows<const T> x, Rows<T> y, int count, int groups, int columns) {
  const int width = padded<T>(columns);
  if (is_external(kind)) {
    for (int column = 0; column < groups * width; column += width)
      External<T>::value(kind, x.columns_from(column), y.columns_from(column), count, columns);
    return;
  }
  for (int row = 0; row < count; ++row) activate<T>(kind, x[row], y[row], groups * width);
}

// In: d is dy. Out: d is dy * activation'(x), where y = activation(x); x is read only where
// needs_preactivation(kind). Rows as above.
template <typename T>
inline void activate_gradient_rows(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d, int count,
                                   int groups, int columns) {
  const int width = padded<T>(columns);
  if (is_external(kind)) {
    for (int column = 0; column < groups * width; column += width) {
      External<T>::gradient(kind, x.columns_from(column), y.columns_from(column), d.columns_from(column),
                            count, columns);
    }
    return;
  }
  for (int row = 0; row < count; ++row)
    activate_gradient<T>(kind, x[row], y[row], d[row], d[row], groups * width);
}

// Exactly `width` columns of every row; rows may be moved closer together in place.
template <typename T>
inline void copy_rows(Rows<const T> from, Rows<T> to, int count, int width) {
  for (int row = 0; row < count; ++row)
    std::memmove(to[row], from[row], static_cast<size_t>(width) * sizeof(T));
}

// The same, and zeros after them up to the next panel.
template <typename T>
inline void copy_rows_padded(Rows<const T> from, Rows<T> to, int count, int width) {
  copy_rows<T>(from, to, count, width);
  for (int row = 0; row < count; ++row) std::fill(to[row] + width, to[row] + padded<T>(width), T{0});
}

}  // namespace gru
