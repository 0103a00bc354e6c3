// Back-propagation through time, for one step or many.
#pragma once

#include "gru/sequence.h"

namespace gru {

template <typename T>
struct GradientArguments {
  Order order;
  const T* inputs = nullptr;  // the inputs of sequence(); masked rows are zero
  const uint8_t* mask = nullptr;
  bool repeat_output = false;    // as in sequence()
  const T* d_outputs = nullptr;  // rows of cell.units in the inputs' order, or null: zero
  T* d_state = nullptr;          // [batch, units]: in: gradient of the final state; out: of the initial one
  T* d_inputs = nullptr;         // rows of cell.inputs, or null: not computed
  bool weights = true;           // whether to compute the gradients of the weights
};

template <typename T>
uint64_t gradient_work(const Cell<T>& cell, const GradientArguments<T>& arguments);

// `saved` is the output of sequence(). The gradients of the weights are added to the values in `to`, whose
// memory has the layout of the cell's.
template <typename T>
void gradient(const Cell<T>& cell, const GradientArguments<T>& arguments, const Saved<T>& saved,
              const Cell<T>& to, void* work);

}  // namespace gru
