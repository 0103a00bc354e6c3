// Back-propagation through time, for one step or many.
#pragma once

#include "gru/sequence.h"

namespace gru {

template <typename T>
struct GradientArguments {
  Order order;
  const T* inputs = nullptr;  // as sequence() had them; rows that the mask leaves out are zero
  const uint8_t* mask = nullptr;
  bool repeat_output = false;    // as sequence() had it
  const T* d_outputs = nullptr;  // rows of cell.units in the inputs' order, or null: zero
  T* d_state = nullptr;   // [batch, units]: the final state's gradient, and in the end the initial state's
  T* d_inputs = nullptr;  // rows of cell.inputs, or null where it is not wanted
  bool weights = true;    // whether the gradients of the weights are wanted
};

template <typename T>
uint64_t gradient_work(const Cell<T>& cell, const GradientArguments<T>& arguments);

// `saved` is what sequence() kept. The weights' gradients are added to what `to` holds; its
// memory lies as the cell's own.
template <typename T>
void gradient(const Cell<T>& cell, const GradientArguments<T>& arguments, const Saved<T>& saved,
              const Cell<T>& to, void* work);

}  // namespace gru
