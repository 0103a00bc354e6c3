// Activations that are functions of the caller's own, outside this program. Whoever binds it sets the two
// hooks; they see the real columns of the rows and never the padding.
#pragma once

#include "kernels/activations.h"
#include "kernels/packed.h"

namespace gru {

template <typename T>
struct External {
  // y = activation(x), over `count` rows of `columns`; y may be x.
  using Value = void (*)(Activation kind, Rows<const T> x, Rows<T> y, int count, int columns);
  // d holds dy, and in the end dy * activation'(x), where y = activation(x).
  using Gradient = void (*)(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d, int count,
                            int columns);

  static inline Value value = nullptr;
  static inline Gradient gradient = nullptr;
};

}  // namespace gru
