// A linear map with an optional bias, for weights of any type. A recurrent cell is four of them, and
// the recurrence knows no weight type. A new type is a value of Weights, a view beside `packed`, a file of
// kernels and a case in multiply_into().
#pragma once

#include "kernels/products.h"

namespace gru {

enum class Weights : uint8_t {
  packed,  // the activations' type, T
};

template <typename T>
struct LinearMap {
  Weights weights = Weights::packed;
  Packed<T> packed;   // [inputs, outputs], padded columns
  T* bias = nullptr;  // one for each padded column; null: none

  // to = bias + from @ weights, for `count` rows.
  void apply(Rows<const T> from, int count, Rows<T> to, Sweep sweep = Sweep::forwards) const {
    multiply_into(from, count, {bias, 0}, to, sweep);
  }
  // to += from @ weights.
  void add(Rows<const T> from, int count, Rows<T> to, Sweep sweep = Sweep::forwards) const {
    multiply_into(from, count, to, to, sweep);
  }
  // Whether the weights can have gradients, which are products with `packed`.
  bool is_trainable() const { return weights == Weights::packed; }

 private:
  void multiply_into(Rows<const T> from, int count, Rows<const T> init, Rows<T> to, Sweep sweep) const {
    switch (weights) {
      case Weights::packed:
        multiply<T>(from, count, packed, init, to, sweep);
    }
  }
};

}  // namespace gru
