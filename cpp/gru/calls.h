// The operations with the arguments that JavaScript passes. Operations with many arguments get them in a
// block of 32-bit fields, which JavaScript writes by name; kCallFields lists the fields in their order.
#pragma once

#include "gru/block.h"
#include "gru/gradient.h"
#include "gru/sequence.h"

namespace gru {

// FIELD(type, name). A null pointer means that an array is absent or not needed.
#define GRU_SEQUENCE_FIELDS(FIELD) \
  FIELD(const Cell<T>*, cell)      \
  FIELD(int32_t, batch)            \
  FIELD(int32_t, steps)            \
  FIELD(int32_t, time_major)       \
  FIELD(int32_t, repeat_output)    \
  FIELD(const T*, inputs)          \
  FIELD(const uint8_t*, mask)      \
  FIELD(T*, state)                 \
  FIELD(T*, outputs)               \
  FIELD(void*, saved)              \
  FIELD(void*, work)

// `to` is a cell whose variables are the gradients.
#define GRU_GRADIENT_FIELDS(FIELD) \
  FIELD(const Cell<T>*, cell)      \
  FIELD(const Cell<T>*, to)        \
  FIELD(int32_t, batch)            \
  FIELD(int32_t, steps)            \
  FIELD(int32_t, time_major)       \
  FIELD(int32_t, repeat_output)    \
  FIELD(const T*, inputs)          \
  FIELD(const uint8_t*, mask)      \
  FIELD(void*, saved)              \
  FIELD(const T*, d_outputs)       \
  FIELD(T*, d_state)               \
  FIELD(T*, d_inputs)              \
  FIELD(void*, work)

#define GRU_BLOCK_SIZE_FIELDS(FIELD) FIELD(int32_t, batch) FIELD(int32_t, inputs) FIELD(int32_t, units)

#define GRU_BLOCK_CELL_FIELDS(FIELD) \
  GRU_BLOCK_SIZE_FIELDS(FIELD)       \
  FIELD(const T*, x)                 \
  FIELD(const T*, h_prev)            \
  FIELD(const T*, w_ru)              \
  FIELD(const T*, w_c)               \
  FIELD(const T*, b_ru)              \
  FIELD(const T*, b_c)               \
  FIELD(T*, r)                       \
  FIELD(T*, u)                       \
  FIELD(T*, c)                       \
  FIELD(T*, h)                       \
  FIELD(void*, work)

#define GRU_BLOCK_CELL_GRADIENT_FIELDS(FIELD) \
  GRU_BLOCK_SIZE_FIELDS(FIELD)                \
  FIELD(const T*, h_prev)                     \
  FIELD(const T*, w_ru)                       \
  FIELD(const T*, w_c)                        \
  FIELD(T*, r)                                \
  FIELD(T*, u)                                \
  FIELD(T*, c)                                \
  FIELD(const T*, d_h)                        \
  FIELD(T*, d_x)                              \
  FIELD(T*, d_h_prev)                         \
  FIELD(T*, d_c_bar)                          \
  FIELD(T*, d_r_bar_u_bar)                    \
  FIELD(void*, work)

#define GRU_BLOCK_CELL_WEIGHTS_FIELDS(FIELD) \
  GRU_BLOCK_SIZE_FIELDS(FIELD)               \
  FIELD(const T*, x)                         \
  FIELD(const T*, h_prev)                    \
  FIELD(const T*, r)                         \
  FIELD(T*, d_c_bar)                         \
  FIELD(T*, d_r_bar_u_bar)                   \
  FIELD(T*, d_w_ru)                          \
  FIELD(T*, d_w_c)                           \
  FIELD(T*, d_b_ru)                          \
  FIELD(T*, d_b_c)                           \
  FIELD(void*, work)

#define GRU_DECLARE_FIELD(type, name) type name;
#define GRU_DECLARE_CALL(Name, FIELDS) \
  template <typename T>                \
  struct Name {                        \
    FIELDS(GRU_DECLARE_FIELD)          \
  };
GRU_DECLARE_CALL(SequenceCall, GRU_SEQUENCE_FIELDS)
GRU_DECLARE_CALL(GradientCall, GRU_GRADIENT_FIELDS)
GRU_DECLARE_CALL(BlockCellCall, GRU_BLOCK_CELL_FIELDS)
GRU_DECLARE_CALL(BlockCellGradientCall, GRU_BLOCK_CELL_GRADIENT_FIELDS)
GRU_DECLARE_CALL(BlockCellWeightsCall, GRU_BLOCK_CELL_WEIGHTS_FIELDS)
#undef GRU_DECLARE_CALL
#undef GRU_DECLARE_FIELD

// One line for each call: its name, then its fields.
#define GRU_FIELD_NAME(type, name) " " #name
inline constexpr const char* kCallFields =
    "sequence" GRU_SEQUENCE_FIELDS(GRU_FIELD_NAME) "\n"                        //
    "gradient" GRU_GRADIENT_FIELDS(GRU_FIELD_NAME) "\n"                        //
    "block_cell" GRU_BLOCK_CELL_FIELDS(GRU_FIELD_NAME) "\n"                    //
    "block_cell_gradient" GRU_BLOCK_CELL_GRADIENT_FIELDS(GRU_FIELD_NAME) "\n"  //
    "block_cell_weights" GRU_BLOCK_CELL_WEIGHTS_FIELDS(GRU_FIELD_NAME);
#undef GRU_FIELD_NAME

// One step of a batch, including the products of the inputs. `next` may be `state`.
template <typename T>
uint64_t step_work(const Cell<T>& cell, int batch);
template <typename T>
void run_step(const Cell<T>& cell, int batch, const T* inputs, const T* state, T* next, void* work);

// Bytes of the block `saved`.
template <typename T>
uint64_t saved_bytes(const Cell<T>& cell, int batch, int steps);

// The arguments are copied first: a JavaScript function that the operation calls may call another operation,
// which overwrites the block.
template <typename T>
void run(SequenceCall<T> call);
template <typename T>
void run(GradientCall<T> call);
template <typename T>
void run(BlockCellCall<T> call);
template <typename T>
void run(BlockCellGradientCall<T> call);
template <typename T>
void run(BlockCellWeightsCall<T> call);

}  // namespace gru
