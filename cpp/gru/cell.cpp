// The recurrence.
#include "gru/cell.h"

#include "kernels/elementwise.h"

namespace gru {

template <typename T>
Cell<T> tf1_cell(int inputs, int units, T* gates_kernel, T* gates_bias, T* candidate_kernel,
                 T* candidate_bias) {
  Cell<T> cell;
  cell.inputs = inputs;
  cell.units = units;
  const auto gates = Packed<T>::whole(gates_kernel, inputs + units, cell.gates_width());
  const auto candidate = Packed<T>::whole(candidate_kernel, inputs + units, cell.width());
  cell.gates_input.packed = gates.rows_from(0, inputs);
  cell.gates_state.packed = gates.rows_from(inputs, units);
  cell.candidate_input.packed = candidate.rows_from(0, inputs);
  cell.candidate_state.packed = candidate.rows_from(inputs, units);
  cell.gates_input.bias = gates_bias;
  cell.candidate_input.bias = candidate_bias;
  return cell;
}

template <typename T>
Cell<T> keras_cell(int inputs, int units, bool reset_after, T* kernel, T* recurrent_kernel, T* bias) {
  Cell<T> cell;
  cell.inputs = inputs;
  cell.units = units;
  cell.reset_after = reset_after;
  cell.update_first = true;
  const int width = cell.width();
  const auto input = Packed<T>::whole(kernel, inputs, cell.row_width());
  const auto state = Packed<T>::whole(recurrent_kernel, units, cell.row_width());
  cell.gates_input.packed = input.columns_from(0, 2 * width);
  cell.gates_state.packed = state.columns_from(0, 2 * width);
  cell.candidate_input.packed = input.columns_from(2 * width, width);
  cell.candidate_state.packed = state.columns_from(2 * width, width);
  if (bias) {
    cell.gates_input.bias = bias;
    cell.candidate_input.bias = bias + 2 * width;
    if (reset_after) {
      cell.gates_state.bias = bias + 3 * width;
      cell.candidate_state.bias = bias + 5 * width;
    }
  }
  return cell;
}

template <typename T>
void project(const Cell<T>& cell, Rows<const T> x, int count, Rows<T> gates) {
  cell.gates_input.apply(x, count, gates);
  cell.candidate_input.apply(x, count, cell.candidate(gates));
  if (cell.gates_state.bias)
    add_elements<T>(gates, {cell.gates_state.bias, 0}, gates, count, cell.gates_width());
}

//     r, u = sigmoid([x, h] @ gates_kernel + gates_bias)
//     c    = activation([x, r * h] @ candidate_kernel + candidate_bias)        or, with reset_after,
//     c    = activation(x @ Wx_c + bx_c + r * (h @ Wh_c + bh_c))
//     h'   = u * h + (1 - u) * c
template <typename T>
void step(const Cell<T>& cell, int batch, Rows<const T> h, const StepRows<T>& rows, Rows<T> next,
          Sweep sweep) {
  const Rows<T> gates = rows.gates, c = cell.candidate(gates);
  const Rows<T> r = cell.reset(gates), u = cell.update(gates), reset = rows.reset;
  const int width = cell.width();

  cell.gates_state.add(h, batch, gates, sweep);
  if (rows.preactivations.data) copy_rows<T>(gates, rows.preactivations, batch, 2 * width);
  activate_rows<T>(cell.gate_activation, gates, gates, batch, 2, cell.units);

  if (cell.reset_after) {
    cell.candidate_state.apply(h, batch, reset, sweep);
    multiply_add_elements<T>(r, reset, c, c, batch, width);
  } else {
    multiply_elements<T>(r, h, reset, batch, width);
    cell.candidate_state.add(reset, batch, c, sweep);
  }
  if (rows.preactivations.data) copy_rows<T>(c, cell.candidate(rows.preactivations), batch, width);
  activate_rows<T>(cell.activation, c, c, batch, 1, cell.units);

  interpolate<T>(u, h, c, next, batch, cell.units);
}

#define GRU_INSTANTIATE(T)                                               \
  template Cell<T> tf1_cell<T>(int, int, T*, T*, T*, T*);                \
  template Cell<T> keras_cell<T>(int, int, bool, T*, T*, T*);            \
  template void project<T>(const Cell<T>&, Rows<const T>, int, Rows<T>); \
  template void step<T>(const Cell<T>&, int, Rows<const T>, const StepRows<T>&, Rows<T>, Sweep);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
