// One step of an optimizer on the elements of a variable, in any order. `count` is a multiple
// of simd::kLanes<T>.
#pragma once

#include <cstddef>

namespace gru {

// velocity = momentum * velocity - rate * gradient; the variable moves by the velocity, or, with nesterov, by
// momentum * velocity - rate * gradient once more. Without momentum `velocity` is null.
template <typename T>
void descend(T* variable, T* velocity, const T* gradient, ptrdiff_t count, T rate, T momentum, bool nesterov);

// Adam: first and second are running means of the gradient and its square; `rate` is corrected for their bias
// by the caller.
template <typename T>
void adam(T* variable, T* first, T* second, const T* gradient, ptrdiff_t count, T rate, T beta_1, T beta_2,
          T epsilon);

// RMSprop: `second` as above with decay rho; with momentum not zero, `velocity` as in descend, else null.
template <typename T>
void rmsprop(T* variable, T* second, T* velocity, const T* gradient, ptrdiff_t count, T rate, T rho,
             T momentum, T epsilon);

}  // namespace gru
