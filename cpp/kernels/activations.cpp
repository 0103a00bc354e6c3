#include "kernels/activations.h"

#include <cmath>

#include "kernels/exponential.h"
#include "simd/vector.h"

namespace gru {
namespace {

using simd::Vec;

// One struct for each activation: value(x), and slope(x, y), the derivative at x where y = value(x). Slopes
// that can be had from y leave x alone, so that callers need not keep it. At kinks the slope is TensorFlow's.
// Where a product with an infinite x would be NaN, the x of the product is kept finite, far beyond the point
// where nothing changes any more.

template <typename T>
struct FromOutput {
  static constexpr bool kNeedsX = false;
};

template <typename T>
struct FromInput {
  static constexpr bool kNeedsX = true;
};

template <typename T>
Vec<T> zeros() {
  return simd::splat(T(0));
}

template <typename T>
Vec<T> ones() {
  return simd::splat(T(1));
}

template <typename T>
Vec<T> clip(Vec<T> x, T lowest, T highest) {
  return simd::min(simd::max(x, simd::splat(lowest)), simd::splat(highest));
}

template <typename T>
Vec<T> absolute(Vec<T> x) {
  return simd::from_bits<T>(simd::bits<T>(x) & ~simd::bits<T>(simd::splat(T(-0.0))));
}

// Beyond it every sigmoid-shaped function is flat, in both types, and the powers that are multiplied with it
// are finite.
template <typename T>
inline constexpr T kFlat = T(1000);

template <typename T>
Vec<T> within_flat(Vec<T> x) {
  return clip<T>(x, -kFlat<T>, kFlat<T>);
}

// For the functions that are left to the library, in double for both types: the binary needs only one of
// each.
template <typename T, double function(double)>
Vec<T> each_lane(Vec<T> x) {
  for (int lane = 0; lane < simd::kLanes<T>; ++lane) x[lane] = static_cast<T>(function(x[lane]));
  return x;
}

template <typename T>
struct Linear : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return x; }
  static Vec<T> slope(Vec<T>, Vec<T>) { return ones<T>(); }
};

template <typename T>
struct Tanh : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return gru::tanh<T>(x); }
  static Vec<T> slope(Vec<T>, Vec<T> y) { return (ones<T>() - y) * (ones<T>() + y); }
};

template <typename T>
struct Sigmoid : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return gru::sigmoid<T>(x); }
  static Vec<T> slope(Vec<T>, Vec<T> y) { return y * (ones<T>() - y); }
};

template <typename T>
struct Relu : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return simd::max(x, zeros<T>()); }
  static Vec<T> slope(Vec<T>, Vec<T> y) { return simd::select<T>(y > zeros<T>(), ones<T>(), zeros<T>()); }
};

// TensorFlow clips with minimum and maximum, whose gradient passes at the very kinks too; y alone cannot tell
// the kink from what is beyond. Two roundings, as there, put the kinks at the same x.
template <typename T>
struct HardSigmoid : FromInput<T> {
  static Vec<T> line(Vec<T> x) { return x * simd::splat(T(0.2)) + simd::splat(T(0.5)); }
  static Vec<T> value(Vec<T> x) { return clip<T>(line(x), T(0), T(1)); }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    const Vec<T> t = line(x);
    return simd::select<T>((t >= zeros<T>()) & (t <= ones<T>()), simd::splat(T(0.2)), zeros<T>());
  }
};

template <typename T>
struct HardSigmoidV3 : FromInput<T> {
  static Vec<T> line(Vec<T> x) { return x / simd::splat(T(6)) + simd::splat(T(0.5)); }
  static Vec<T> value(Vec<T> x) { return clip<T>(line(x), T(0), T(1)); }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    const Vec<T> t = line(x);
    return simd::select<T>((t >= zeros<T>()) & (t <= ones<T>()), simd::splat(T(1) / T(6)), zeros<T>());
  }
};

template <typename T>
struct Softsign : FromOutput<T> {
  static Vec<T> value(Vec<T> x) {
    x = clip<T>(x, T(-1e30), T(1e30));
    return x / (absolute<T>(x) + ones<T>());
  }
  static Vec<T> slope(Vec<T>, Vec<T> y) {
    const Vec<T> rest = ones<T>() - absolute<T>(y);
    return rest * rest;
  }
};

template <typename T>
struct Elu : FromOutput<T> {
  static Vec<T> value(Vec<T> x) {
    return simd::select<T>(x > zeros<T>(), x, gru::expm1_of_negative<T>(simd::min(x, zeros<T>())));
  }
  static Vec<T> slope(Vec<T>, Vec<T> y) { return simd::select<T>(y < zeros<T>(), y + ones<T>(), ones<T>()); }
};

template <typename T>
struct Selu : FromOutput<T> {
  static constexpr T kScale = T(1.05070098735548049341933498529460);
  static constexpr T kScaleAlpha = T(1.67326324235437728481704297854100 * 1.05070098735548049341933498529460);
  static Vec<T> value(Vec<T> x) {
    return simd::select<T>(x > zeros<T>(), x * simd::splat(kScale),
                           gru::expm1_of_negative<T>(simd::min(x, zeros<T>())) * simd::splat(kScaleAlpha));
  }
  static Vec<T> slope(Vec<T>, Vec<T> y) {
    return simd::select<T>(y < zeros<T>(), y + simd::splat(kScaleAlpha), simd::splat(kScale));
  }
};

template <typename T>
struct Softplus : FromOutput<T> {
  static Vec<T> value(Vec<T> x) {
    const Vec<T> e = gru::exp<T>(-absolute<T>(x));
    return simd::max(x, zeros<T>()) + each_lane<T, std::log1p>(e);
  }
  // The sigmoid of x is 1 - exp(-y).
  static Vec<T> slope(Vec<T>, Vec<T> y) { return -gru::expm1_of_negative<T>(-y); }
};

template <typename T>
struct Gelu : FromInput<T> {
  // The share of the normal distribution below x; erfc keeps its digits far below 0, where 1 + erf would lose
  // them.
  static Vec<T> share(Vec<T> x) {
    return simd::splat(T(0.5)) * each_lane<T, std::erfc>(x * simd::splat(T(-0.70710678118654752440)));
  }
  static Vec<T> value(Vec<T> x) { return simd::max(x, simd::splat(-kFlat<T>)) * share(x); }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    x = within_flat<T>(x);
    const Vec<T> density = simd::splat(T(0.39894228040143267794)) * gru::exp<T>(x * x * simd::splat(T(-0.5)));
    return share(x) + x * density;
  }
};

// (1 + tanh(t)) / 2 is sigmoid(2 t), which keeps its digits far below 0.
template <typename T>
struct GeluTanh : FromInput<T> {
  static constexpr T kTwice = T(1.59576912160573071176);  // 2 sqrt(2 / pi)
  static constexpr T kCubic = T(0.044715);
  static Vec<T> argument(Vec<T> x) {
    return simd::splat(kTwice) * x * (ones<T>() + simd::splat(kCubic) * x * x);
  }
  static Vec<T> value(Vec<T> x) {
    return simd::max(x, simd::splat(-kFlat<T>)) * gru::sigmoid<T>(argument(x));
  }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    x = within_flat<T>(x);
    const Vec<T> t = argument(x);
    const Vec<T> steepness = simd::splat(kTwice) * (ones<T>() + simd::splat(3 * kCubic) * x * x);
    return gru::sigmoid<T>(t) * (ones<T>() + x * steepness * gru::sigmoid<T>(-t));
  }
};

template <typename T>
struct Exponential : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return gru::exp<T>(x); }
  static Vec<T> slope(Vec<T>, Vec<T> y) { return y; }
};

template <typename T>
struct Silu : FromInput<T> {
  static Vec<T> value(Vec<T> x) { return simd::max(x, simd::splat(-kFlat<T>)) * gru::sigmoid<T>(x); }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    x = within_flat<T>(x);
    return gru::sigmoid<T>(x) * (ones<T>() + x * gru::sigmoid<T>(-x));
  }
};

template <typename T>
struct Relu6 : FromOutput<T> {
  static Vec<T> value(Vec<T> x) { return clip<T>(x, T(0), T(6)); }
  static Vec<T> slope(Vec<T>, Vec<T> y) {
    return simd::select<T>((y > zeros<T>()) & (y < simd::splat(T(6))), ones<T>(), zeros<T>());
  }
};

template <typename T>
struct LeakyRelu : FromOutput<T> {
  static constexpr T kSlope = T(0.2);
  static Vec<T> value(Vec<T> x) { return simd::select<T>(x > zeros<T>(), x, x * simd::splat(kSlope)); }
  static Vec<T> slope(Vec<T>, Vec<T> y) {
    return simd::select<T>(y > zeros<T>(), ones<T>(), simd::splat(kSlope));
  }
};

// One function for each loop: in one function together their constants would compete for registers.
template <typename A, typename T>
[[gnu::noinline]] void apply(const T* x, T* y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i += simd::kLanes<T>) simd::store(y + i, A::value(simd::load(x + i)));
}

template <typename A, typename T>
[[gnu::noinline]] void apply_gradient(const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i += simd::kLanes<T>) {
    const Vec<T> after = simd::load(y + i);
    const Vec<T> before = A::kNeedsX ? simd::load(x + i) : after;
    simd::store(dx + i, simd::load(dy + i) * A::slope(before, after));
  }
}

template <typename T>
struct Entry {
  void (*apply)(const T*, T*, ptrdiff_t);
  void (*apply_gradient)(const T*, const T*, const T*, T*, ptrdiff_t);
  bool needs_x;
};

template <typename T, template <typename> class A>
constexpr Entry<T> entry() {
  return {apply<A<T>, T>, apply_gradient<A<T>, T>, A<T>::kNeedsX};
}

template <typename T>
constexpr Entry<T> look_up(Activation kind) {
  switch (kind) {
    case Activation::linear:
      return entry<T, Linear>();
    case Activation::tanh:
      return entry<T, Tanh>();
    case Activation::sigmoid:
      return entry<T, Sigmoid>();
    case Activation::relu:
      return entry<T, Relu>();
    case Activation::hard_sigmoid:
      return entry<T, HardSigmoid>();
    case Activation::hard_sigmoid_v3:
      return entry<T, HardSigmoidV3>();
    case Activation::softsign:
      return entry<T, Softsign>();
    case Activation::elu:
      return entry<T, Elu>();
    case Activation::selu:
      return entry<T, Selu>();
    case Activation::softplus:
      return entry<T, Softplus>();
    case Activation::gelu:
      return entry<T, Gelu>();
    case Activation::gelu_tanh:
      return entry<T, GeluTanh>();
    case Activation::exponential:
      return entry<T, Exponential>();
    case Activation::silu:
      return entry<T, Silu>();
    case Activation::relu6:
      return entry<T, Relu6>();
    case Activation::leaky_relu:
      return entry<T, LeakyRelu>();
  }
  return entry<T, Linear>();
}

}  // namespace

template <typename T>
void activate(Activation kind, const T* x, T* y, ptrdiff_t n) {
  look_up<T>(kind).apply(x, y, n);
}

bool needs_preactivation(Activation kind) { return look_up<float>(kind).needs_x; }

template <typename T>
void activate_gradient(Activation kind, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n) {
  look_up<T>(kind).apply_gradient(x, y, dy, dx, n);
}

template void activate(Activation, const float*, float*, ptrdiff_t);
template void activate(Activation, const double*, double*, ptrdiff_t);
template void activate_gradient(Activation, const float*, const float*, const float*, float*, ptrdiff_t);
template void activate_gradient(Activation, const double*, const double*, const double*, double*, ptrdiff_t);

}  // namespace gru
