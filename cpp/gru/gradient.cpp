// The steps are processed one by one, from the last to the first; the gradients of the weights and of the
// inputs are products over all steps.
#include "gru/gradient.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace gru {
namespace {

using simd::load;
using simd::splat;
using simd::store;
using simd::Vec;

template <typename T>
struct Work {
  T *gates_state, *candidate_state, *gates_input, *candidate_input;  // transposed kernels
  Rows<T> d_gates;                                                   // of every step, of the preactivations
  Rows<T> d_state, d_inputs;
  Rows<T> d_reset;     // of StepRows::reset; with reset_after of every step, for its biases
  Rows<T> d_repeated;  // of outputs that repeat an earlier one, summed until its step
  T* outer;            // work area of accumulate_outer()

  static Work carve(const Cell<T>& cell, const GradientArguments<T>& arguments, Carver& carver) {
    const int width = cell.width(), input_width = padded<T>(cell.inputs), batch = arguments.order.batch;
    Work work;
    work.gates_state = carver.take<T>(packed_elements<T>(2 * width, width));
    work.candidate_state = carver.take<T>(packed_elements<T>(width, width));
    work.d_gates = carver.take_rows<T>(arguments.order.rows(), cell.row_width());
    work.d_state = carver.take_rows<T>(batch, width);
    work.d_reset = carver.take_rows<T>(cell.reset_after ? arguments.order.rows() : batch, width);
    work.d_repeated = carver.take_rows<T>(batch, width);
    if (arguments.weights) work.outer = carver.take<T>(outer_work<T>(arguments.order.rows(), 2 * width));
    if (arguments.d_inputs) {
      work.gates_input = carver.take<T>(packed_elements<T>(2 * width, input_width));
      work.candidate_input = carver.take<T>(packed_elements<T>(width, input_width));
      work.d_inputs = carver.take_rows<T>(arguments.order.rows(), input_width);
    }
    return work;
  }
};

// The gradient of h' = u * h + (1 - u) * c. In rows that are not masked it computes the gradients of u and c,
// and d_state becomes u * dh. In masked rows d_gates is zero and d_state does not change. It reads whole
// vectors, past the end of a row of d_outputs: the padding of gradients is undefined.
template <typename T>
void interpolate_gradient(const Cell<T>& cell, const GradientArguments<T>& arguments, int step,
                          const Rows<T>& gates, Rows<const T> states, Rows<T> d_gates, Rows<T> d_state,
                          Rows<T> d_repeated) {
  const Order& order = arguments.order;
  const Vec<T> one = splat(T{1});
  const int width = cell.width(), lanes = simd::kLanes<T>;
  const Rows<const T> d_outputs{arguments.d_outputs, cell.units};
  const bool repeats = arguments.mask && arguments.repeat_output && arguments.d_outputs;
  for (int row = 0; row < order.batch; ++row) {
    const ptrdiff_t place = order.first(step) + row * order.gap();
    const T *d_output = d_outputs[place], *h = states[row], *u = cell.update(gates)[row];
    const T* c = cell.candidate(gates)[row];
    T *du = cell.update(d_gates)[row], *dc = cell.candidate(d_gates)[row];
    T *dh = d_state[row], *repeated = d_repeated[row];
    if (arguments.mask && !arguments.mask[place]) {
      for (int i = 0; repeats && i < width; i += lanes)
        store(repeated + i, load(repeated + i) + load(d_output + i));
      std::fill_n(d_gates[row], cell.row_width(), T{0});
      continue;
    }
    for (int i = 0; i < width; i += lanes) {
      Vec<T> d = load(dh + i);
      if (d_output) d = d + load(d_output + i);
      if (repeats) {
        d = d + load(repeated + i);
        store(repeated + i, Vec<T>{});
      }
      const Vec<T> share = load(u + i);
      store(du + i, d * (load(h + i) - load(c + i)));
      store(dc + i, d * (one - share));
      store(dh + i, d * share);
    }
  }
}

// Masked steps have no gradient, even if a function of the user is not differentiable there.
template <typename T>
void activation_gradient(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d,
                         const GradientArguments<T>& arguments, int step, int groups, int columns) {
  const Order& order = arguments.order;
  activate_gradient_rows<T>(kind, x, y, d, order.batch, groups, columns);
  if (!is_external(kind) || !arguments.mask) return;
  for (int row = 0; row < order.batch; ++row) {
    if (!arguments.mask[order.first(step) + row * order.gap()])
      std::fill_n(d[row], groups * padded<T>(columns), T{0});
  }
}

// to = init + d @ kernel^T, group by group of the kernel's columns: the padding between the groups is
// skipped, as it is NaN if the data is not finite.
template <typename T>
void multiply_transposed(const Cell<T>& cell, Rows<const T> d, int count, const Packed<T>& transposed,
                         Rows<const T> init, Rows<T> to) {
  for (int group = 0; group < transposed.rows; group += cell.width()) {
    multiply<T>(d.columns_from(group), count, transposed.rows_from(group, cell.units),
                group ? Rows<const T>(to) : init, to);
  }
}

}  // namespace

template <typename T>
uint64_t gradient_work(const Cell<T>& cell, const GradientArguments<T>& arguments) {
  Carver carver;
  Work<T>::carve(cell, arguments, carver);
  return carver.used();
}

template <typename T>
void gradient(const Cell<T>& cell, const GradientArguments<T>& arguments, const Saved<T>& saved,
              const Cell<T>& to, void* work_area) {
  const Order& order = arguments.order;
  const int batch = order.batch, width = cell.width();
  Carver carver(work_area);
  const Work<T> work = Work<T>::carve(cell, arguments, carver);
  const Packed<T> gates_state = pack_transposed(cell.gates_state.packed, work.gates_state);
  const Packed<T> candidate_state = pack_transposed(cell.candidate_state.packed, work.candidate_state);
  const Rows<T> d_state = work.d_state;

  copy_rows_padded<T>({arguments.d_state, cell.units}, d_state, batch, cell.units);
  std::fill_n(work.d_repeated.data, ptrdiff_t{batch} * width, T{0});

  for (int step = order.steps - 1; step >= 0; --step) {
    const Rows<T> gates = order.at(saved.gates, step), states = order.at(saved.states, step);
    const Rows<T> reset = order.at(saved.reset, step), d_gates = order.at(work.d_gates, step);
    const Rows<T> d_reset = cell.reset_after ? order.at(work.d_reset, step) : work.d_reset;
    const Rows<T> r = cell.reset(gates), dr = cell.reset(d_gates);
    const Rows<T> c = cell.candidate(gates), dc = cell.candidate(d_gates);
    const Rows<T> before = order.at(saved.preactivations, step);

    interpolate_gradient<T>(cell, arguments, step, gates, states, d_gates, d_state, work.d_repeated);
    activation_gradient<T>(cell.activation, cell.candidate(before), c, dc, arguments, step, 1, cell.units);
    if (cell.reset_after) {  // reset is h @ candidate_state + its bias
      multiply_elements<T>(dc, reset, dr, batch, width);
      multiply_elements<T>(dc, r, d_reset, batch, width);
      multiply_transposed<T>(cell, d_reset, batch, candidate_state, d_state, d_state);
    } else {
      multiply_transposed<T>(cell, dc, batch, candidate_state, {}, d_reset);  // reset is r * h
      multiply_elements<T>(d_reset, states, dr, batch, width);
      multiply_add_elements<T>(d_reset, r, d_state, d_state, batch, width);
    }
    activation_gradient<T>(cell.gate_activation, before, gates, d_gates, arguments, step, 2, cell.units);
    multiply_transposed<T>(cell, d_gates, batch, gates_state, d_state, d_state);
  }
  copy_rows<T>(d_state, {arguments.d_state, cell.units}, batch, cell.units);

  const int rows = static_cast<int>(order.rows());
  const Rows<T> d_gates = work.d_gates, d_candidate = cell.candidate(d_gates);
  if (arguments.d_inputs) {
    multiply_transposed<T>(cell, d_gates, rows, pack_transposed(cell.gates_input.packed, work.gates_input),
                           {}, work.d_inputs);
    multiply_transposed<T>(cell, d_candidate, rows,
                           pack_transposed(cell.candidate_input.packed, work.candidate_input), work.d_inputs,
                           work.d_inputs);
    copy_rows<T>(work.d_inputs, {arguments.d_inputs, cell.inputs}, rows, cell.inputs);
  }
  if (!arguments.weights) return;
  const Rows<const T> x{arguments.inputs, cell.inputs};
  const Rows<T> candidate_rows = cell.reset_after ? saved.states : saved.reset;
  accumulate_outer<T>(x, d_gates, rows, to.gates_input.packed, work.outer);
  accumulate_outer<T>(x, d_candidate, rows, to.candidate_input.packed, work.outer);
  accumulate_outer<T>(saved.states, d_gates, rows, to.gates_state.packed, work.outer);
  accumulate_outer<T>(candidate_rows, cell.reset_after ? work.d_reset : d_candidate, rows,
                      to.candidate_state.packed, work.outer);
  const auto bias_gradient = [rows](const LinearMap<T>& map, Rows<const T> d, int columns) {
    if (map.bias) accumulate_columns<T>(d, rows, columns, map.bias);
  };
  bias_gradient(to.gates_input, d_gates, 2 * width);
  bias_gradient(to.candidate_input, d_candidate, width);
  bias_gradient(to.gates_state, d_gates, 2 * width);
  bias_gradient(to.candidate_state, work.d_reset, width);
}

#define GRU_INSTANTIATE(T)                                                                                \
  template uint64_t gradient_work<T>(const Cell<T>&, const GradientArguments<T>&);                        \
  template void gradient<T>(const Cell<T>&, const GradientArguments<T>&, const Saved<T>&, const Cell<T>&, \
                            void*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
