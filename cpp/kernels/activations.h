// The activations of Keras and their gradients, over rows of numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gru {

// The names and the meaning of Keras 2; hard_sigmoid_v3 is what Keras 3 calls hard_sigmoid, and gelu_tanh is
// gelu(approximate=True).
enum class Activation : int32_t {
  linear,
  tanh,
  sigmoid,
  relu,
  hard_sigmoid,
  hard_sigmoid_v3,
  softsign,
  elu,
  selu,
  softplus,
  gelu,
  gelu_tanh,
  exponential,
  silu,
  relu6,
  leaky_relu,
};

// Kinds from here on are functions of the caller's own (kernels/external.h). They work on rows: of the
// functions below only needs_preactivation knows them.
inline constexpr int32_t kFirstExternal = 1 << 16;
constexpr bool is_external(Activation kind) { return static_cast<int32_t>(kind) >= kFirstExternal; }

// y[i] = activation(x[i]). x and y may be the same; n is a multiple of simd::kLanes<T>, as rows are padded.
template <typename T>
void activate(Activation kind, const T* x, T* y, ptrdiff_t n);

// Whether the derivative needs x itself and cannot be had from y alone.
bool needs_preactivation(Activation kind);

// dx[i] = dy[i] * activation'(x[i]). x is only read where needs_preactivation(kind); dx may be dy.
template <typename T>
void activate_gradient(Activation kind, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n);

}  // namespace gru
