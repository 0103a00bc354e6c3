// A whole sequence: the cell's step over time, for rows of different lengths, with or without what training
// needs.
#pragma once

#include <cstdint>

#include "gru/cell.h"
#include "kernels/carver.h"

namespace gru {

// How the rows of a sequence lie in memory: [batch, steps, ...] or, with time_major, [steps, batch, ...].
struct Order {
  int batch = 0;
  int steps = 0;
  bool time_major = false;
  int apart = 0;  // time-major: rows from a step to the next; zero: those of the batch

  int64_t rows() const { return int64_t{batch} * steps; }
  // The row of the first batch entry at a step, and the number of rows from one batch entry to the next.
  ptrdiff_t first(int step) const { return time_major ? ptrdiff_t{step} * (apart ? apart : batch) : step; }
  ptrdiff_t gap() const { return time_major ? 1 : steps; }
  // Some of the batch, and where its first row is.
  Order part(int count) const { return {count, steps, time_major, apart ? apart : batch}; }
  ptrdiff_t row(int entry) const { return entry * gap(); }
  // The rows of one step.
  template <typename T>
  Rows<T> at(Rows<T> rows, int step) const {
    return {rows[first(step)], rows.stride * gap()};
  }
};

// What the forward pass keeps for the backward pass, rows in the order of the inputs.
template <typename T>
struct Saved {
  Rows<T> gates;           // r, u and the candidate
  Rows<T> states;          // the state before each step
  Rows<T> reset;           // as StepRows::reset
  Rows<T> preactivations;  // only where the cell's activations need them

  // Null for a block only counts.
  static Saved carve(const Cell<T>& cell, const Order& order, Carver& carver);
};

template <typename T>
struct SequenceArguments {
  Order order;
  const T* inputs = nullptr;  // rows of cell.inputs
  T* state = nullptr;         // [batch, units]: the initial state, and in the end the final one
  T* outputs = nullptr;       // rows of cell.units, or null where only the final state is wanted
  // One byte a row, in the inputs' order: zero where the step does not count for this row. Its output is then
  // zero, or with repeat_output the output before it, and its state stays. Null: every step counts.
  const uint8_t* mask = nullptr;
  bool repeat_output = false;
};

// Bytes of work area that sequence() wants; bounded, whatever the number of steps and rows, unless
// `saved` is kept.
template <typename T>
uint64_t sequence_work(const Cell<T>& cell, const Order& order, bool training);

// `saved` is null, or receives what the backward pass needs.
template <typename T>
void sequence(const Cell<T>& cell, const SequenceArguments<T>& arguments, const Saved<T>* saved, void* work);

}  // namespace gru
