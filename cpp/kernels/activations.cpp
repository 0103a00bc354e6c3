#include "kernels/activations.h"

#include "kernels/error_function.h"
#include "kernels/exponential.h"
#include "kernels/logarithm.h"
#include "simd/vector.h"

namespace gru {
namespace {

using simd::Vec;

// One struct for each activation: value(x), and slope(x, y), the derivative at x where y = value(x). A slope
// that can be computed from y alone does not read x, so that callers need not store x. At kinks the slope is
// TensorFlow's. Where a product with an infinite x would be NaN, x is limited to a finite value that is so
// large that the result does not change.

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

// Beyond this |x| every function of sigmoid's shape is constant, in both types, and powers of x are finite.
template <typename T>
inline constexpr T kFlat = T(1000);

template <typename T>
Vec<T> within_flat(Vec<T> x) {
  return clip<T>(x, -kFlat<T>, kFlat<T>);
}

// Calls a function of the C library, in double for both types, so that the binary needs only one of each.
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

// clip(line(x), 0, 1). TensorFlow clips with minimum and maximum, whose gradient is not zero at the kinks
// themselves; y alone cannot tell a kink from a clipped value, so the slope reads x.
template <typename T, typename Shape>
struct ClippedLine : FromInput<T> {
  static Vec<T> value(Vec<T> x) { return clip<T>(Shape::line(x), T(0), T(1)); }
  static Vec<T> slope(Vec<T> x, Vec<T>) {
    const Vec<T> t = Shape::line(x);
    return simd::select<T>((t >= zeros<T>()) & (t <= ones<T>()), simd::splat(Shape::kSlope), zeros<T>());
  }
};

// The line is rounded twice, as in TensorFlow, so that the kinks are at the same x.
template <typename T>
struct HardSigmoid : ClippedLine<T, HardSigmoid<T>> {
  static constexpr T kSlope = T(0.2);
  static Vec<T> line(Vec<T> x) { return x * simd::splat(kSlope) + simd::splat(T(0.5)); }
};

template <typename T>
struct HardSigmoidV3 : ClippedLine<T, HardSigmoidV3<T>> {
  static constexpr T kSlope = T(1) / T(6);
  static Vec<T> line(Vec<T> x) { return x / simd::splat(T(6)) + simd::splat(T(0.5)); }
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
  static constexpr T kScale = T(1.05070098735548049341933498529465);
  static constexpr T kScaleAlpha = T(1.75809934084737685994021752081231);
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
    return simd::max(x, zeros<T>()) + log1p_of_fraction<T>(e);
  }
  // The sigmoid of x is 1 - exp(-y).
  static Vec<T> slope(Vec<T>, Vec<T> y) { return -gru::expm1_of_negative<T>(-y); }
};

template <typename T>
struct Gelu : FromInput<T> {
  // The normal distribution function at x; far below 0 erfc keeps digits that 1 + erf would lose.
  static Vec<T> share(Vec<T> x) {
    return simd::splat(T(0.5)) * each_lane<T, gru::erfc>(x * simd::splat(T(-0.70710678118654752440)));
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

template <typename A, typename T>
void apply(const T* x, T* y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i += simd::kLanes<T>) simd::store(y + i, A::value(simd::load(x + i)));
}

template <typename A, typename T>
void apply_gradient(const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i += simd::kLanes<T>) {
    const Vec<T> after = simd::load(y + i);
    const Vec<T> before = A::kNeedsX ? simd::load(x + i) : after;
    simd::store(dx + i, simd::load(dy + i) * A::slope(before, after));
  }
}

template <typename T>
struct Entry {
  Activation kind;
  bool needs_x;
  void (*apply)(const T* x, T* y, ptrdiff_t n);
  void (*apply_gradient)(const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n);
};

template <template <typename> class A, typename T>
constexpr Entry<T> entry(Activation kind) {
  return {kind, A<T>::kNeedsX, apply<A<T>, T>, apply_gradient<A<T>, T>};
}

// In the order of the enumeration.
template <typename T>
constexpr Entry<T> kEntries[] = {
    entry<Linear, T>(Activation::linear),
    entry<Tanh, T>(Activation::tanh),
    entry<Sigmoid, T>(Activation::sigmoid),
    entry<Relu, T>(Activation::relu),
    entry<HardSigmoid, T>(Activation::hard_sigmoid),
    entry<HardSigmoidV3, T>(Activation::hard_sigmoid_v3),
    entry<Softsign, T>(Activation::softsign),
    entry<Elu, T>(Activation::elu),
    entry<Selu, T>(Activation::selu),
    entry<Softplus, T>(Activation::softplus),
    entry<Gelu, T>(Activation::gelu),
    entry<GeluTanh, T>(Activation::gelu_tanh),
    entry<Exponential, T>(Activation::exponential),
    entry<Silu, T>(Activation::silu),
    entry<Relu6, T>(Activation::relu6),
    entry<LeakyRelu, T>(Activation::leaky_relu),
};

constexpr bool in_order() {
  int32_t expected = 0;
  for (const Entry<float>& e : kEntries<float>) {
    if (static_cast<int32_t>(e.kind) != expected++) return false;
  }
  return true;
}
static_assert(in_order());

template <typename T>
const Entry<T>& look_up(Activation kind) {
  return kEntries<T>[static_cast<int32_t>(kind)];
}

}  // namespace

template <typename T>
void activate(Activation kind, const T* x, T* y, ptrdiff_t n) {
  look_up<T>(kind).apply(x, y, n);
}

bool needs_preactivation(Activation kind) { return is_external(kind) || look_up<float>(kind).needs_x; }

template <typename T>
void activate_gradient(Activation kind, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t n) {
  look_up<T>(kind).apply_gradient(x, y, dy, dx, n);
}

template void activate(Activation, const float*, float*, ptrdiff_t);
template void activate(Activation, const double*, double*, ptrdiff_t);
template void activate_gradient(Activation, const float*, const float*, const float*, float*, ptrdiff_t);
template void activate_gradient(Activation, const double*, const double*, const double*, double*, ptrdiff_t);

}  // namespace gru
