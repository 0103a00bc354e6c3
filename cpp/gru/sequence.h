// A whole sequence: the cell's step over time, for rows of different lengths. For training it saves the
// values that the gradient needs.
#pragma once

#include <cstdint>

#include "gru/cell.h"
#include "kernels/carver.h"

namespace gru {

// The order of a sequence's rows in memory: [batch, steps, ...] or, with time_major, [steps, batch, ...].
struct Order {
  int batch = 0;
  int steps = 0;
  bool time_major = false;
  int apart = 0;  // row stride between steps (time-major); 0 means batch

  int64_t rows() const { return int64_t{batch} * steps; }
  // The row of the first batch entry at a step, and the number of rows from one batch entry to the next.
  ptrdiff_t first(int step) const { return time_major ? ptrdiff_t{step} * (apart ? apart : batch) : step; }
  ptrdiff_t gap() const { return time_major ? 1 : steps; }
  // A part of the batch: its number of rows, and its first row.
  Order part(int count) const { return {count, steps, time_major, apart ? apart : batch}; }
  ptrdiff_t row(int entry) const { return entry * gap(); }
  // The rows of one step.
  template <typename T>
  Rows<T> at(Rows<T> rows, int step) const {
    return {rows[first(step)], rows.stride * gap()};
  }
};

// The values that the forward pass saves for the backward pass; rows in the order of the inputs.
template <typename T>
struct Saved {
  Rows<T> gates;           // r, u and the candidate
  Rows<T> states;          // the state before each step
  Rows<T> reset;           // as StepRows::reset
  Rows<T> preactivations;  // only if the gradients of the cell's activations need them

  // With a null block it only computes the size.
  static Saved carve(const Cell<T>& cell, const Order& order, Carver& carver);
};

template <typename T>
struct SequenceArguments {
  Order order;
  const T* inputs = nullptr;  // rows of cell.inputs
  T* state = nullptr;         // [batch, units]: in: initial state; out: final state
  T* outputs = nullptr;       // rows of cell.units, or null: only the final state is returned
  // One byte for each row, in the order of the inputs: zero marks a masked step. Its output is zero or, with
  // repeat_output, the previous output, and the state does not change. Null: no masked steps.
  const uint8_t* mask = nullptr;
  bool repeat_output = false;
};

// Bytes of work area that sequence() needs. Without `saved` they are bounded for any number of steps and
// rows.
template <typename T>
uint64_t sequence_work(const Cell<T>& cell, const Order& order, bool training);

// `saved` is null, or receives the values for the backward pass.
template <typename T>
void sequence(const Cell<T>& cell, const SequenceArguments<T>& arguments, const Saved<T>* saved, void* work);

}  // namespace gru
