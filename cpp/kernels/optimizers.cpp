// The optimizers' elementwise steps.
#include "kernels/optimizers.h"

#include "simd/vector.h"

namespace gru {

using simd::load;
using simd::splat;
using simd::store;
using simd::Vec;

template <typename T>
void descend(T* variable, T* velocity, const T* gradient, ptrdiff_t count, T rate, T momentum,
             bool nesterov) {
  for (ptrdiff_t i = 0; i < count; i += simd::kLanes<T>) {
    const Vec<T> pull = splat(-rate) * load(gradient + i);
    Vec<T> move = pull;
    if (velocity) {
      const Vec<T> v = splat(momentum) * load(velocity + i) + pull;
      store(velocity + i, v);
      move = nesterov ? splat(momentum) * v + pull : v;
    }
    store(variable + i, load(variable + i) + move);
  }
}

template <typename T>
void adam(T* variable, T* first, T* second, const T* gradient, ptrdiff_t count, T rate, T beta_1, T beta_2,
          T epsilon) {
  const Vec<T> keep_1 = splat(beta_1), keep_2 = splat(beta_2), take_1 = splat(1 - beta_1),
               take_2 = splat(1 - beta_2);
  const Vec<T> step = splat(rate), floor = splat(epsilon);
  for (ptrdiff_t i = 0; i < count; i += simd::kLanes<T>) {
    const Vec<T> g = load(gradient + i);
    const Vec<T> m = keep_1 * load(first + i) + take_1 * g;
    const Vec<T> v = keep_2 * load(second + i) + take_2 * g * g;
    store(first + i, m);
    store(second + i, v);
    store(variable + i, load(variable + i) - step * m / (simd::sqrt(v) + floor));
  }
}

template <typename T>
void rmsprop(T* variable, T* second, T* velocity, const T* gradient, ptrdiff_t count, T rate, T rho,
             T momentum, T epsilon) {
  for (ptrdiff_t i = 0; i < count; i += simd::kLanes<T>) {
    const Vec<T> g = load(gradient + i);
    const Vec<T> v = splat(rho) * load(second + i) + splat(1 - rho) * g * g;
    store(second + i, v);
    Vec<T> move = splat(rate) * g / simd::sqrt(v + splat(epsilon));
    if (velocity) {
      move = splat(momentum) * load(velocity + i) + move;
      store(velocity + i, move);
    }
    store(variable + i, load(variable + i) - move);
  }
}

#define GRU_INSTANTIATE(T)                                            \
  template void descend<T>(T*, T*, const T*, ptrdiff_t, T, T, bool);  \
  template void adam<T>(T*, T*, T*, const T*, ptrdiff_t, T, T, T, T); \
  template void rmsprop<T>(T*, T*, T*, const T*, ptrdiff_t, T, T, T, T);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
