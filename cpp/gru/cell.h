// A gated recurrent cell: where its weights are, and one step of the recurrence.
#pragma once

#include "kernels/activations.h"
#include "kernels/packed.h"
#include "kernels/products.h"

namespace gru {

// Views of the packed variables. The same structure over gradients' memory says where the gradients go.
//
// A row of gates is three padded groups: the two gates in the order in which the variables hold them, then
// the candidate.
template <typename T>
struct Cell {
  int inputs = 0;
  int units = 0;
  // False: the reset gate acts before the recurrent product of the candidate (TF1). True: after it, and the
  // recurrent product has biases of its own (cuDNN, Keras 2, PyTorch).
  bool reset_after = false;
  bool update_first = false;  // the gates' order: u, r (Keras) or r, u (TF1)
  Activation gate_activation = Activation::sigmoid;
  Activation activation = Activation::tanh;

  Packed<T> gates_input, gates_state;          // [inputs, 2 * width], [units, 2 * width]
  Packed<T> candidate_input, candidate_state;  // [inputs, width], [units, width]
  T* gates_bias = nullptr;                     // each may be null: no bias
  T* candidate_bias = nullptr;
  T* gates_state_bias = nullptr;  // with reset_after
  T* candidate_state_bias = nullptr;

  int width() const { return padded<T>(units); }
  int gates_width() const { return 2 * width(); }
  int row_width() const { return 3 * width(); }
  template <typename U>
  Rows<U> reset(Rows<U> gates) const {
    return gates.columns_from(update_first ? width() : 0);
  }
  template <typename U>
  Rows<U> update(Rows<U> gates) const {
    return gates.columns_from(update_first ? 0 : width());
  }
  template <typename U>
  Rows<U> candidate(Rows<U> gates) const {
    return gates.columns_from(gates_width());
  }
  bool needs_preactivations() const {
    return needs_preactivation(activation) || needs_preactivation(gate_activation);
  }
};

// TensorFlow 1's variables: gates kernel [inputs + units, 2 units] (r, u), candidate kernel [inputs + units,
// units], and their biases.
template <typename T>
Cell<T> tf1_cell(int inputs, int units, T* gates_kernel, T* gates_bias, T* candidate_kernel,
                 T* candidate_bias);

// Keras's variables: kernel [inputs, 3 units], recurrent kernel [units, 3 units] (z, r, h), and a bias of
// three groups or, with reset_after, of six (the input's, then the recurrent), or null.
template <typename T>
Cell<T> keras_cell(int inputs, int units, bool reset_after, T* kernel, T* recurrent_kernel, T* bias);

// Room for one step of one batch: `gates` rows hold the input's share when the step begins, and r, u (in the
// variables' order) and the candidate when it has ended. `reset` receives r * h, or h @ candidate_state + its
// bias with reset_after. `preactivations`, where not null, receives what the activations were applied to.
template <typename T>
struct StepRows {
  Rows<T> gates, reset, preactivations;
};

// The input's share of the gates of `count` rows: x @ input kernels + biases, those of the recurrent product
// included where they are only added.
template <typename T>
void project(const Cell<T>& cell, Rows<const T> x, int count, Rows<T> gates);

// One step. `next` may be `h`.
template <typename T>
void step(const Cell<T>& cell, int batch, Rows<const T> h, const StepRows<T>& rows, Rows<T> next,
          Sweep sweep = Sweep::forwards);

}  // namespace gru
