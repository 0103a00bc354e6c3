// Activations that are the caller's functions, outside this program. The bindings set the two hooks, which
// are called with the columns of the rows without their padding.
#pragma once

#include "kernels/activations.h"
#include "kernels/packed.h"

namespace gru {

template <typename T>
struct External {
  // y = activation(x), over `count` rows of `columns`; y may be x.
  using Value = void (*)(Activation kind, Rows<const T> x, Rows<T> y, int count, int columns);
  // In: d is dy. Out: d is dy * activation'(x), where y = activation(x).
  using Gradient = void (*)(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d, int count,
                            int columns);

  static inline Value value = nullptr;
  static inline Gradient gradient = nullptr;
};

}  // namespace gru
