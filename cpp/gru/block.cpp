// The weights of the operation are row-major arrays, so they are packed in every call.
#include "gru/block.h"

#include <algorithm>

#include "gru/cell.h"
#include "kernels/carver.h"
#include "kernels/elementwise.h"

namespace gru {
namespace {

// Work area of the three functions, which use different pieces of it.
template <typename T>
struct Work {
  T *kernel, *transposed, *gates_bias, *candidate_kernel, *candidate_bias, *outer;
  Rows<T> wide, narrow;  // [batch, the widest row], [batch, a row of the state]

  static Work carve(int batch, int inputs, int units, Carver& carver) {
    const int rows = inputs + units, width = padded<T>(units);
    Work work;
    work.kernel = carver.take<T>(packed_elements<T>(rows, 2 * width));
    work.transposed = carver.take<T>(packed_elements<T>(2 * width, padded<T>(rows)));
    work.gates_bias = carver.take<T>(2 * width);
    work.candidate_kernel = carver.take<T>(packed_elements<T>(rows, width));
    work.candidate_bias = carver.take<T>(width);
    work.outer = carver.take<T>(outer_work<T>(batch, 2 * width));
    work.wide = carver.take_rows<T>(batch, std::max(3 * width, padded<T>(rows)));
    work.narrow = carver.take_rows<T>(batch, width);
    return work;
  }
  static Work of(const BlockCell<T>& block, void* area) {
    Carver carver(area);
    return carve(block.batch, block.inputs, block.units, carver);
  }
};

// to = d @ kernel^T, where the kernel is row-major [rows, columns].
template <typename T>
void multiply_transposed(const T* kernel, int rows, int columns, const T* d, int count, const Work<T>& work) {
  pack<T>({kernel, columns}, rows, 1, columns, work.kernel);
  const auto transposed =
      pack_transposed(Packed<T>::whole(work.kernel, rows, padded<T>(columns)), work.transposed);
  multiply<T>({d, columns}, count, transposed.rows_from(0, columns), {}, work.wide);
}

// d_w = [x, h]^T @ d and d_b = its column sums.
template <typename T>
void weight_gradient(const BlockCell<T>& block, const T* h, const T* d, int columns, const Work<T>& work,
                     T* d_w, T* d_b) {
  const int rows = block.inputs + block.units, width = padded<T>(columns);
  const auto kernel = Packed<T>::whole(work.kernel, rows, width);
  std::fill_n(work.kernel, packed_elements<T>(rows, width), T{0});
  std::fill_n(work.gates_bias, width, T{0});
  copy_rows_padded<T>({d, columns}, work.wide, block.batch, columns);
  accumulate_outer<T>({block.x, block.inputs}, work.wide, block.batch, kernel.rows_from(0, block.inputs),
                      work.outer);
  accumulate_outer<T>({h, block.units}, work.wide, block.batch, kernel.rows_from(block.inputs, block.units),
                      work.outer);
  accumulate_columns<T>(work.wide, block.batch, width, work.gates_bias);
  unpack<T>(work.kernel, rows, 1, columns, {d_w, columns});
  std::copy_n(work.gates_bias, columns, d_b);
}

}  // namespace

template <typename T>
uint64_t block_cell_work(int batch, int inputs, int units) {
  Carver carver;
  Work<T>::carve(batch, inputs, units, carver);
  return carver.used();
}

template <typename T>
void block_cell(const BlockCell<T>& block, const BlockOutputs<T>& to, void* area) {
  const auto [batch, inputs, units, x, h_prev, w_ru, w_c, b_ru, b_c] = block;
  const Work<T> work = Work<T>::of(block, area);
  pack<T>({w_ru, 2 * units}, inputs + units, 2, units, work.kernel);
  pack<T>({b_ru, 2 * units}, 1, 2, units, work.gates_bias);
  pack<T>({w_c, units}, inputs + units, 1, units, work.candidate_kernel);
  pack<T>({b_c, units}, 1, 1, units, work.candidate_bias);
  const Cell<T> cell =
      tf1_cell<T>(inputs, units, work.kernel, work.gates_bias, work.candidate_kernel, work.candidate_bias);
  const StepRows<T> rows{{work.wide.data, cell.row_width()}, work.narrow, {}};
  project<T>(cell, {x, inputs}, batch, rows.gates);
  step<T>(cell, batch, {h_prev, units}, rows, {to.h, units});
  copy_rows<T>(cell.reset(rows.gates), {to.r, units}, batch, units);
  copy_rows<T>(cell.update(rows.gates), {to.u, units}, batch, units);
  copy_rows<T>(cell.candidate(rows.gates), {to.c, units}, batch, units);
}

//     d_c_bar = d_h * (1 - u) * (1 - c * c)
//     d_u_bar = d_h * (h_prev - c) * u * (1 - u)
//     [d_x_2, d_hr] = d_c_bar @ w_c^T
//     d_r_bar = d_hr * h_prev * r * (1 - r)
//     [d_x_1, d_h_1] = [d_r_bar, d_u_bar] @ w_ru^T
//     d_x = d_x_1 + d_x_2
//     d_h_prev = d_h_1 + d_hr * r + d_h * u
template <typename T>
void block_cell_gradient(const BlockCell<T>& block, const BlockOutputs<T>& outputs, const T* d_h,
                         const BlockGradients<T>& to, void* area) {
  const int batch = block.batch, inputs = block.inputs, units = block.units;
  const T *h_prev = block.h_prev, *r = outputs.r, *u = outputs.u, *c = outputs.c;
  const Work<T> work = Work<T>::of(block, area);
  // Calls element(row, column, index in [batch, units]).
  const auto each = [&](auto element) {
    for (int row = 0; row < batch; ++row) {
      for (int column = 0; column < units; ++column) element(row, column, row * ptrdiff_t{units} + column);
    }
  };

  each([&](int, int, ptrdiff_t i) { to.d_c_bar[i] = d_h[i] * (1 - u[i]) * (1 - c[i] * c[i]); });
  multiply_transposed<T>(block.w_c, inputs + units, units, to.d_c_bar, batch, work);
  copy_rows<T>(work.wide, {to.d_x, inputs}, batch, inputs);
  each([&](int row, int column, ptrdiff_t i) {
    const T d_hr = work.wide[row][inputs + column];
    T* d_ru = to.d_r_bar_u_bar + row * ptrdiff_t{2} * units + column;
    d_ru[0] = d_hr * h_prev[i] * r[i] * (1 - r[i]);
    d_ru[units] = d_h[i] * (h_prev[i] - c[i]) * u[i] * (1 - u[i]);
    to.d_h_prev[i] = d_hr * r[i] + d_h[i] * u[i];
  });
  multiply_transposed<T>(block.w_ru, inputs + units, 2 * units, to.d_r_bar_u_bar, batch, work);
  for (int row = 0; row < batch; ++row) {
    T* d_x = to.d_x + row * ptrdiff_t{inputs};
    for (int column = 0; column < inputs; ++column) d_x[column] += work.wide[row][column];
  }
  each([&](int row, int column, ptrdiff_t i) { to.d_h_prev[i] += work.wide[row][inputs + column]; });
}

template <typename T>
void block_cell_weights(const BlockCell<T>& block, const T* r, const BlockGradients<T>& gradients,
                        const BlockWeightGradients<T>& to, void* area) {
  const int units = block.units;
  const Work<T> work = Work<T>::of(block, area);
  weight_gradient<T>(block, block.h_prev, gradients.d_r_bar_u_bar, 2 * units, work, to.d_w_ru, to.d_b_ru);
  T* reset = work.narrow.data;
  for (ptrdiff_t i = 0; i < ptrdiff_t{block.batch} * units; ++i) reset[i] = r[i] * block.h_prev[i];
  weight_gradient<T>(block, reset, gradients.d_c_bar, units, work, to.d_w_c, to.d_b_c);
}

#define GRU_INSTANTIATE(T)                                                                     \
  template uint64_t block_cell_work<T>(int, int, int);                                         \
  template void block_cell<T>(const BlockCell<T>&, const BlockOutputs<T>&, void*);             \
  template void block_cell_gradient<T>(const BlockCell<T>&, const BlockOutputs<T>&, const T*,  \
                                       const BlockGradients<T>&, void*);                       \
  template void block_cell_weights<T>(const BlockCell<T>&, const T*, const BlockGradients<T>&, \
                                      const BlockWeightGradients<T>&, void*);
GRU_INSTANTIATE(float)
#undef GRU_INSTANTIATE

}  // namespace gru
