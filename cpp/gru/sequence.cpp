// The products of the inputs of many steps are computed as one; the rest of each step is the recurrence.
#include "gru/sequence.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace gru {
namespace {

// The products of the inputs are computed for so many bytes of gates at a time: the work area is bounded, and
// the gates are still in the second-level cache when their step reads them.
inline constexpr int64_t kChunkBytes = 512 << 10;

// Rows of a batch that are processed together through all steps: as many as fit one step's work area.
template <typename T>
int rows_together(const Cell<T>& cell, int batch) {
  const int64_t row_bytes = int64_t{cell.row_width()} * int64_t{sizeof(T)};
  return static_cast<int>(std::clamp<int64_t>(kChunkBytes / row_bytes, 1, std::max(batch, 1)));
}

template <typename T>
struct Work {
  Order chunk;  // steps that are processed at a time
  Rows<T> gates, reset, next;

  static Work carve(const Cell<T>& cell, const Order& order, bool training, Carver& carver) {
    Work work;
    work.chunk = {order.batch, order.steps, order.time_major};
    if (!training) {
      // At least one row and one step, even if the batch or the sequence is empty.
      const int64_t step_bytes = int64_t{std::max(order.batch, 1)} * cell.row_width() * int64_t{sizeof(T)};
      const int64_t steps = std::min<int64_t>(kChunkBytes / step_bytes, order.steps);
      work.chunk.steps = static_cast<int>(std::max<int64_t>(steps, 1));
      work.gates = carver.take_rows<T>(work.chunk.rows(), cell.row_width());
      work.reset = carver.take_rows<T>(order.batch, cell.width());
    }
    work.next = carver.take_rows<T>(order.batch, cell.width());
    return work;
  }
};

// The products of the inputs of the steps [first, first + chunk.steps), into gates in the order `chunk`.
template <typename T>
void project_steps(const Cell<T>& cell, const Order& order, Rows<const T> inputs, int first,
                   const Order& chunk, Rows<T> gates) {
  const bool is_whole_steps = order.time_major && order.first(1) == order.batch;
  if (is_whole_steps || (!order.time_major && chunk.steps == order.steps)) {
    project<T>(cell, inputs.rows_from(order.first(first)), static_cast<int>(chunk.rows()), gates);
  } else if (order.time_major) {
    for (int step = 0; step < chunk.steps; ++step)
      project<T>(cell, inputs.rows_from(order.first(first + step)), order.batch, chunk.at(gates, step));
  } else {
    for (int row = 0; row < order.batch; ++row) {
      project<T>(cell, inputs.rows_from(order.row(row) + first), chunk.steps,
                 gates.rows_from(chunk.row(row)));
    }
  }
}

// Updates state and output of the rows that are not masked.
template <typename T>
void settle(const SequenceArguments<T>& arguments, int step, Rows<const T> next, Rows<T> state,
            Rows<T> outputs, int units) {
  const Order& order = arguments.order;
  for (int row = 0; row < order.batch; ++row) {
    const bool counts = arguments.mask[order.first(step) + row * order.gap()];
    if (counts) std::copy_n(next[row], units, state[row]);
    if (!outputs.data) continue;
    T* output = order.at(outputs, step)[row];
    if (counts) {
      std::copy_n(next[row], units, output);
    } else if (arguments.repeat_output && step > 0) {
      std::copy_n(order.at(outputs, step - 1)[row], units, output);
    } else {
      std::fill_n(output, units, T{0});
    }
  }
}

// All rows of the arguments, step by step.
template <typename T>
void run(const Cell<T>& cell, const SequenceArguments<T>& arguments, const Saved<T>* saved, void* work_area) {
  const Order& order = arguments.order;
  const int units = cell.units;
  Carver carver(work_area);
  Work<T> work = Work<T>::carve(cell, order, saved != nullptr, carver);
  const Rows<const T> inputs{arguments.inputs, cell.inputs};
  const Rows<T> outputs{arguments.outputs, units}, final_state{arguments.state, units};

  Rows<T> state = final_state;  // without a mask it is the previous step's output
  for (int first = 0; first < order.steps; first += work.chunk.steps) {
    work.chunk.steps = std::min(work.chunk.steps, order.steps - first);
    const Rows<T> gates = saved ? saved->gates : work.gates;
    project_steps<T>(cell, order, inputs, first, work.chunk, gates);

    for (int i = 0; i < work.chunk.steps; ++i) {
      const int now = first + i;
      StepRows<T> rows{work.chunk.at(gates, i), work.reset, {}};
      if (saved) {
        rows.reset = order.at(saved->reset, now);
        rows.preactivations = order.at(saved->preactivations, now);
        copy_rows_padded<T>(state, order.at(saved->states, now), order.batch, units);
      }
      // Weights larger than the second-level cache are read in alternating directions: 33 % less time for 512
      // units on machines with a slow third-level cache; on others 5 % for 256 units and 0 for 512. Tried and
      // rejected: each block of the candidate's columns followed by its units' rows of the next step's gates,
      // so that all recurrent weights are read in alternating directions. It was 3 to 8 % slower, and sums
      // would depend on the direction.
      const Sweep sweep = now % 2 ? Sweep::backwards : Sweep::forwards;
      if (arguments.mask) {
        step<T>(cell, order.batch, state, rows, work.next, sweep);
        settle<T>(arguments, now, work.next, state, outputs, units);
      } else {
        const Rows<T> next = outputs.data ? order.at(outputs, now) : state;
        step<T>(cell, order.batch, state, rows, next, sweep);
        state = next;
      }
    }
  }
  if (state.data != final_state.data) copy_rows<T>(state, final_state, order.batch, units);
}

}  // namespace

template <typename T>
Saved<T> Saved<T>::carve(const Cell<T>& cell, const Order& order, Carver& carver) {
  Saved saved;
  saved.gates = carver.take_rows<T>(order.rows(), cell.row_width());
  saved.states = carver.take_rows<T>(order.rows(), cell.width());
  saved.reset = carver.take_rows<T>(order.rows(), cell.width());
  if (cell.needs_preactivations()) saved.preactivations = carver.take_rows<T>(order.rows(), cell.row_width());
  return saved;
}

template <typename T>
uint64_t sequence_work(const Cell<T>& cell, const Order& order, bool training) {
  Carver carver;
  const int rows = training ? order.batch : rows_together<T>(cell, order.batch);
  Work<T>::carve(cell, order.part(rows), training, carver);
  return carver.used();
}

template <typename T>
void sequence(const Cell<T>& cell, const SequenceArguments<T>& arguments, const Saved<T>* saved, void* work) {
  const Order& order = arguments.order;
  const int rows = saved ? order.batch : rows_together<T>(cell, order.batch);
  for (int first = 0; first < order.batch; first += rows) {
    const ptrdiff_t row = order.row(first);
    SequenceArguments<T> part = arguments;
    part.order = order.part(std::min(rows, order.batch - first));
    part.inputs += row * cell.inputs;
    part.state += ptrdiff_t{first} * cell.units;
    if (part.outputs) part.outputs += row * cell.units;
    if (part.mask) part.mask += row;
    run<T>(cell, part, saved, work);
  }
}

#define GRU_INSTANTIATE(T)                                                \
  template struct Saved<T>;                                               \
  template uint64_t sequence_work<T>(const Cell<T>&, const Order&, bool); \
  template void sequence<T>(const Cell<T>&, const SequenceArguments<T>&, const Saved<T>*, void*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
