// TensorFlow's GRUBlockCell and its gradient: one step of TF1's cell on dense row-major matrices, which also
// returns the intermediate values.
#pragma once

#include <cstdint>

namespace gru {

template <typename T>
struct BlockCell {
  int batch, inputs, units;
  const T *x, *h_prev;  // [batch, inputs], [batch, units]
  const T *w_ru, *w_c;  // [inputs + units, 2 units], [inputs + units, units]
  const T *b_ru, *b_c;  // [2 units], [units]
};

// Each [batch, units].
template <typename T>
struct BlockOutputs {
  T *r, *u, *c, *h;
};

// [batch, inputs], [batch, units], [batch, units], [batch, 2 units]
template <typename T>
struct BlockGradients {
  T *d_x, *d_h_prev, *d_c_bar, *d_r_bar_u_bar;
};

// The gradients of the weights, in their shapes.
template <typename T>
struct BlockWeightGradients {
  T *d_w_ru, *d_w_c, *d_b_ru, *d_b_c;
};

// Bytes of work area that each of the three functions needs.
template <typename T>
uint64_t block_cell_work(int batch, int inputs, int units);

template <typename T>
void block_cell(const BlockCell<T>& block, const BlockOutputs<T>& to, void* area);

// Reads h_prev and the matrices of `block`, and r, u, c of `outputs`.
template <typename T>
void block_cell_gradient(const BlockCell<T>& block, const BlockOutputs<T>& outputs, const T* d_h,
                         const BlockGradients<T>& to, void* area);

// Reads x and h_prev of `block`, and d_c_bar and d_r_bar_u_bar of `gradients`.
template <typename T>
void block_cell_weights(const BlockCell<T>& block, const T* r, const BlockGradients<T>& gradients,
                        const BlockWeightGradients<T>& to, void* area);

}  // namespace gru
