// A gated recurrent cell: its four linear maps, and one step of the recurrence.
#pragma once

#include "kernels/activations.h"
#include "kernels/linear_map.h"

namespace gru {

// The cell, as views of its variables. The same structure over the memory of gradients gives the places of
// the variables' gradients.
//
// A row of gates is three padded groups of columns: the two gates in the order of the variables, then the
// candidate.
template <typename T>
struct Cell {
  int inputs = 0;
  int units = 0;
  // False: the reset gate acts before the recurrent product of the candidate (TF1). True: after it, and the
  // recurrent product has separate biases (cuDNN, Keras 2, PyTorch).
  bool reset_after = false;
  bool update_first = false;  // the gates' order: u, r (Keras) or r, u (TF1)
  Activation gate_activation = Activation::sigmoid;
  Activation activation = Activation::tanh;

  LinearMap<T> gates_input, gates_state;          // [inputs, 2 * width], [units, 2 * width]
  LinearMap<T> candidate_input, candidate_state;  // [inputs, width], [units, width]

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
// three groups or, with reset_after, six (input biases, then recurrent biases), or null.
template <typename T>
Cell<T> keras_cell(int inputs, int units, bool reset_after, T* kernel, T* recurrent_kernel, T* bias);

// The rows that one step of a batch reads and writes. `gates` contains the products of the inputs before the
// step, and r, u (in the variables' order) and the candidate after it. `reset` receives r * h or, with
// reset_after, candidate_state(h). `preactivations`, if not null, receives the arguments of the activations.
template <typename T>
struct StepRows {
  Rows<T> gates, reset, preactivations;
};

// The part of the gates of `count` rows that does not depend on the state: the two input maps, and the biases
// of the recurrent product where they are only added.
template <typename T>
void project(const Cell<T>& cell, Rows<const T> x, int count, Rows<T> gates);

// One step, after `project`. `next` may be `h`.
template <typename T>
void step(const Cell<T>& cell, int batch, Rows<const T> h, const StepRows<T>& rows, Rows<T> next,
          Sweep sweep = Sweep::forwards);

}  // namespace gru
