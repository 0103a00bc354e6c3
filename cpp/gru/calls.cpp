#include "gru/calls.h"

namespace gru {
namespace {

template <typename T>
StepRows<T> carve_step(const Cell<T>& cell, int batch, Carver& carver) {
  StepRows<T> rows;
  rows.gates = carver.take_rows<T>(batch, cell.row_width());
  rows.reset = carver.take_rows<T>(batch, cell.width());
  return rows;
}

}  // namespace

template <typename T>
uint64_t step_work(const Cell<T>& cell, int batch) {
  Carver carver;
  carve_step(cell, batch, carver);
  return carver.used();
}

template <typename T>
void run_step(const Cell<T>& cell, int batch, const T* inputs, const T* state, T* next, void* work) {
  Carver carver(work);
  const StepRows<T> rows = carve_step(cell, batch, carver);
  project<T>(cell, {inputs, cell.inputs}, batch, rows.gates);
  step<T>(cell, batch, {state, cell.units}, rows, {next, cell.units});
}

template <typename T>
uint64_t saved_bytes(const Cell<T>& cell, int batch, int steps) {
  Carver carver;
  Saved<T>::carve(cell, {batch, steps, false}, carver);
  return carver.used();
}

template <typename T>
void run(SequenceCall<T> call) {
  const Order order{call.batch, call.steps, call.time_major != 0};
  Carver carver(call.saved);
  Saved<T> saved;
  if (call.saved) saved = Saved<T>::carve(*call.cell, order, carver);
  sequence<T>(*call.cell, {order, call.inputs, call.state, call.outputs, call.mask, call.repeat_output != 0},
              call.saved ? &saved : nullptr, call.work);
}

template <typename T>
void run(GradientCall<T> call) {
  const Order order{call.batch, call.steps, call.time_major != 0};
  Carver carver(call.saved);
  const Saved<T> saved = Saved<T>::carve(*call.cell, order, carver);
  const GradientArguments<T> arguments{.order = order,
                                       .inputs = call.inputs,
                                       .mask = call.mask,
                                       .repeat_output = call.repeat_output != 0,
                                       .d_outputs = call.d_outputs,
                                       .d_state = call.d_state,
                                       .d_inputs = call.d_inputs,
                                       .weights = call.to != nullptr};
  gradient<T>(*call.cell, arguments, saved, call.to ? *call.to : Cell<T>{}, call.work);
}

template <typename T>
void run(BlockCellCall<T> call) {
  block_cell<T>(
      {call.batch, call.inputs, call.units, call.x, call.h_prev, call.w_ru, call.w_c, call.b_ru, call.b_c},
      {call.r, call.u, call.c, call.h}, call.work);
}

template <typename T>
void run(BlockCellGradientCall<T> call) {
  block_cell_gradient<T>(
      {call.batch, call.inputs, call.units, nullptr, call.h_prev, call.w_ru, call.w_c, nullptr, nullptr},
      {call.r, call.u, call.c, nullptr}, call.d_h,
      {call.d_x, call.d_h_prev, call.d_c_bar, call.d_r_bar_u_bar}, call.work);
}

template <typename T>
void run(BlockCellWeightsCall<T> call) {
  block_cell_weights<T>(
      {call.batch, call.inputs, call.units, call.x, call.h_prev, nullptr, nullptr, nullptr, nullptr}, call.r,
      {nullptr, nullptr, call.d_c_bar, call.d_r_bar_u_bar},
      {call.d_w_ru, call.d_w_c, call.d_b_ru, call.d_b_c}, call.work);
}

#define GRU_INSTANTIATE(T)                                                       \
  template uint64_t step_work<T>(const Cell<T>&, int);                           \
  template void run_step<T>(const Cell<T>&, int, const T*, const T*, T*, void*); \
  template uint64_t saved_bytes<T>(const Cell<T>&, int, int);                    \
  template void run<T>(SequenceCall<T>);                                         \
  template void run<T>(GradientCall<T>);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE
// The operation is defined for float32 only.
template void run<float>(BlockCellCall<float>);
template void run<float>(BlockCellGradientCall<float>);
template void run<float>(BlockCellWeightsCall<float>);

}  // namespace gru
