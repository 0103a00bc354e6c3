// The activations of Keras and their gradients, over rows of numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gru {

// The names and the meaning of Keras 2; hard_sigmoid_v3 is what Keras 3 calls hard_sigmoid, and gelu_tanh is
// gelu(approximate=True).
#define GRU_ACTIVATIONS(each)                                                                              \
  each(linear) each(tanh) each(sigmoid) each(relu) each(hard_sigmoid) each(hard_sigmoid_v3) each(softsign) \
      each(elu) each(selu) each(softplus) each(gelu) each(gelu_tanh) each(exponential) each(silu)          \
          each(relu6) each(leaky_relu)

#define GRU_ENUMERATOR(name) name,
enum class Activation : int32_t { GRU_ACTIVATIONS(GRU_ENUMERATOR) };
#undef GRU_ENUMERATOR

// Their names, each followed by a space, in the order of their numbers.
#define GRU_NAME(name) #name " "
inline constexpr char kActivationNames[] = GRU_ACTIVATIONS(GRU_NAME);
#undef GRU_NAME

// Kinds from here on are functions of the caller (kernels/external.h). They work on rows: of the functions
// below only needs_preactivation accepts them.
inline constexpr int32_t kFirstExternal = 1 << 16;
constexpr bool is_external(Activation kind) { return static_cast<int32_t>(kind) >= kFirstExternal; }

// y[i] = activation(x[i]). x and y may be the same; n is a multiple of simd::kLanes<T>, as rows are padded.
template <typename T>
void activate(Activation kind, const T* x, T* y, ptrdiff_t n);

// Whether the derivative needs x and cannot be computed from y alone.
bool needs_preactivation(Activation kind);

// dx[i] = dy[i] * activation'(x[i]). x is only read where needs_preactivation(kind); dx may be dy.
template <typename T>
void activate_gradient(Activation kind, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n);

}  // namespace gru
