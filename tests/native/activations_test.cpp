#include "kernels/activations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "kernels/exponential.h"
#include "simd/vector.h"
#include "support.h"
#include "ulps.h"

namespace gru::test {
namespace {

using Exact = long double;

struct Case {
  Activation kind;
  const char* name;
  std::function<Exact(Exact)> value, slope;
  bool needs_x;
  // Points where the slope is discontinuous, and TensorFlow's slope there.
  std::vector<std::pair<double, double>> kinks = {};
};

Exact logistic(Exact x) {
  const Exact e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
Exact clip(Exact x, Exact lowest, Exact highest) { return std::fmin(std::fmax(x, lowest), highest); }
Exact within(Exact x, Exact lowest, Exact highest) { return x > lowest && x < highest ? 1 : 0; }
// factor * other, but 0 if `factor` is 0, even if `other` is infinite.
Exact vanishing(Exact factor, Exact other) { return factor == 0 ? 0 : factor * other; }

constexpr Exact kPi = 3.141592653589793238462643383279502884L;
constexpr Exact kSeluScale = 1.0507009873554804934193349852946L;
constexpr Exact kSeluAlpha = 1.6732632423543772848170429916717L;

Exact normal_share(Exact x) { return std::erfc(-x / std::sqrt(Exact{2})) / 2; }
Exact normal_density(Exact x) { return std::exp(-x * x / 2) / std::sqrt(2 * kPi); }
Exact gelu_argument(Exact x) { return 2 * std::sqrt(2 / kPi) * x * (1 + 0.044715L * x * x); }
Exact gelu_steepness(Exact x) { return 2 * std::sqrt(2 / kPi) * (1 + 3 * 0.044715L * x * x); }

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {Activation::linear, "linear", [](Exact x) { return x; }, [](Exact) { return Exact{1}; }, false},
      {Activation::tanh, "tanh", [](Exact x) { return std::tanh(x); },
       [](Exact x) { return 4 * logistic(2 * x) * logistic(-2 * x); }, false},
      {Activation::sigmoid, "sigmoid", logistic, [](Exact x) { return logistic(x) * logistic(-x); }, false},
      {Activation::relu,
       "relu",
       [](Exact x) { return std::fmax(x, Exact{0}); },
       [](Exact x) { return Exact(x > 0); },
       false,
       {{0, 0}}},
      {Activation::hard_sigmoid,
       "hard_sigmoid",
       [](Exact x) { return clip(0.2L * x + 0.5L, 0, 1); },
       [](Exact x) { return 0.2L * within(x, -2.5L, 2.5L); },
       true,
       {{-2.5, 0.2}, {2.5, 0.2}}},
      {Activation::hard_sigmoid_v3,
       "hard_sigmoid_v3",
       [](Exact x) { return clip(x / 6 + 0.5L, 0, 1); },
       [](Exact x) { return within(x, -3, 3) / 6; },
       true,
       {{-3, 1.0 / 6}, {3, 1.0 / 6}}},
      {Activation::softsign, "softsign",
       [](Exact x) { return std::isinf(x) ? std::copysign(Exact{1}, x) : x / (1 + std::fabs(x)); },
       [](Exact x) { return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x))); }, false},
      {Activation::elu,
       "elu",
       [](Exact x) { return x > 0 ? x : std::expm1(x); },
       [](Exact x) { return x > 0 ? 1 : std::exp(x); },
       false,
       {{0, 1}}},
      {Activation::selu,
       "selu",
       [](Exact x) { return kSeluScale * (x > 0 ? x : kSeluAlpha * std::expm1(x)); },
       [](Exact x) { return kSeluScale * (x > 0 ? 1 : kSeluAlpha * std::exp(x)); },
       false,
       {{0, static_cast<double>(kSeluScale)}}},
      {Activation::softplus, "softplus",
       [](Exact x) { return std::fmax(x, Exact{0}) + std::log1p(std::exp(-std::fabs(x))); }, logistic, false},
      {Activation::gelu, "gelu", [](Exact x) { return vanishing(normal_share(x), x); },
       [](Exact x) { return normal_share(x) + vanishing(normal_density(x), x); }, true},
      {Activation::gelu_tanh, "gelu_tanh", [](Exact x) { return vanishing(logistic(gelu_argument(x)), x); },
       [](Exact x) {
         const Exact below = logistic(gelu_argument(x)), above = logistic(-gelu_argument(x));
         return below + vanishing(below * above, x * gelu_steepness(x));
       },
       true},
      {Activation::exponential, "exponential", [](Exact x) { return std::exp(x); },
       [](Exact x) { return std::exp(x); }, false},
      {Activation::silu, "silu", [](Exact x) { return vanishing(logistic(x), x); },
       [](Exact x) { return logistic(x) + vanishing(logistic(x) * logistic(-x), x); }, true},
      {Activation::relu6,
       "relu6",
       [](Exact x) { return clip(x, 0, 6); },
       [](Exact x) { return within(x, 0, 6); },
       false,
       {{0, 0}, {6, 0}}},
      {Activation::leaky_relu,
       "leaky_relu",
       [](Exact x) { return x > 0 ? x : 0.2L * x; },
       [](Exact x) { return x > 0 ? 1 : 0.2L; },
       false,
       {{0, 0.2}}},
  };
  return all;
}

template <typename T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all;
  for (const T magnitude : {T(0),
                            Limits::denorm_min(),
                            Limits::min() / 2,
                            Limits::min(),
                            Limits::epsilon(),
                            T(1e-3),
                            T(0.17),
                            T(0.35),
                            T(0.5),
                            T(1),
                            T(2.4),
                            T(2.6),
                            T(2.9),
                            T(3.1),
                            T(5.9),
                            T(6.1),
                            T(9),
                            T(10),
                            T(17),
                            T(20),
                            T(40),
                            T(87),
                            T(88.7),
                            T(104),
                            T(709.7),
                            T(745),
                            T(1e4),
                            Limits::max() / 4,
                            Limits::max(),
                            Limits::infinity()}) {
    all.push_back(magnitude);
    all.push_back(-magnitude);
  }
  return all;
}

// Edge cases, random bit patterns (all exponents), and numbers from the ranges where the functions are not
// constant; filled up to whole vectors.
template <typename T>
std::vector<T> samples(int of_each) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  std::vector<T> all = edges<T>();
  std::mt19937_64 engine(7);
  for (int i = 0; i < of_each; ++i) {
    const Bits bits = static_cast<Bits>(engine());
    T value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isnan(value)) all.push_back(value);
    all.push_back(static_cast<T>(static_cast<double>(engine()) * 0x1p-64 * 24 - 12));
    all.push_back(static_cast<T>(static_cast<double>(engine()) * 0x1p-64 * 1700 - 850));
  }
  while (all.size() % simd::kLanes<T> != 0) all.push_back(T(0.5));
  return all;
}

template <typename T>
std::vector<T> values_of(Activation kind, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  activate<T>(kind, x.data(), y.data(), static_cast<ptrdiff_t>(x.size()));
  return y;
}

// Within 4 units of the last place of the exact value, or 4 epsilon absolute.
template <typename T>
bool agrees(T actual, Exact exact) {
  return ulps_apart(actual, exact) <= 4 ||
         std::fabs(static_cast<Exact>(actual) - exact) <= 4 * Exact(kEpsilon<T>);
}

template <typename T>
class Activations : public ::testing::Test {};
TYPED_TEST_SUITE(Activations, Numbers);

TYPED_TEST(Activations, MatchTheirDefinition) {
  using T = TypeParam;
  const std::vector<T> x = samples<T>(3000);
  for (const Case& c : cases()) {
    const std::vector<T> y = values_of(c.kind, x);
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_TRUE(agrees(y[i], c.value(x[i]))) << c.name << " of " << x[i] << " gives " << y[i];
    }
  }
}

TYPED_TEST(Activations, MatchTheirAnalyticGradient) {
  using T = TypeParam;
  const std::vector<T> x = samples<T>(3000);
  std::vector<T> dy(x.size()), dx(x.size());
  for (size_t i = 0; i < x.size(); ++i) dy[i] = T(i % 7) * T(0.25) - T(0.625);
  for (const Case& c : cases()) {
    EXPECT_EQ(needs_preactivation(c.kind), c.needs_x) << c.name;
    const std::vector<T> y = values_of(c.kind, x);
    activate_gradient<T>(c.kind, c.needs_x ? x.data() : nullptr, y.data(), dy.data(), dx.data(),
                         static_cast<ptrdiff_t>(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      bool at_kink = false;
      for (const auto& [kink, slope] : c.kinks)
        at_kink = at_kink || std::fabs(x[i] - T(kink)) < 4 * kEpsilon<T>;
      if (at_kink || (std::isinf(y[i]) && std::isfinite(x[i]))) continue;
      ASSERT_TRUE(agrees(dx[i], dy[i] * c.slope(x[i])))
          << c.name << " at " << x[i] << " gives " << dx[i] / dy[i];
    }
  }
}

TYPED_TEST(Activations, HaveTensorFlowsSlopeAtKinks) {
  using T = TypeParam;
  for (const Case& c : cases()) {
    for (const auto& [kink, slope] : c.kinks) {
      const std::vector<T> x(simd::kLanes<T>, T(kink)), dy(simd::kLanes<T>, T(-3)), y = values_of(c.kind, x);
      std::vector<T> dx(x.size());
      activate_gradient<T>(c.kind, x.data(), y.data(), dy.data(), dx.data(), simd::kLanes<T>);
      EXPECT_EQ(dx.front(), T(-3) * T(slope)) << c.name << " at " << kink;
    }
  }
}

TYPED_TEST(Activations, PropagateNan) {
  using T = TypeParam;
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  constexpr int kMantissaBits = std::numeric_limits<T>::digits - 1;
  const Bits infinity = ~Bits{0} << kMantissaBits & ~Bits{0} >> 1;
  std::vector<T> x;
  for (int bit = 0; bit < kMantissaBits; ++bit) {
    for (const Bits sign : {Bits{0}, ~(~Bits{0} >> 1)}) {
      const Bits bits = sign | infinity | Bits{1} << bit;
      T nan;
      std::memcpy(&nan, &bits, sizeof nan);
      x.push_back(nan);
    }
  }
  while (x.size() % simd::kLanes<T> != 0) x.push_back(kNan<T>);
  for (const Case& c : cases()) {
    for (const T y : values_of(c.kind, x)) EXPECT_TRUE(std::isnan(y)) << c.name;
  }
}

TYPED_TEST(Activations, WorkInPlace) {
  using T = TypeParam;
  const std::vector<T> x = samples<T>(20);
  const auto n = static_cast<ptrdiff_t>(x.size());
  const std::vector<T> dy(x.size(), T(1.25));
  for (const Case& c : cases()) {
    const std::vector<T> y = values_of(c.kind, x);
    std::vector<T> in_place = x;
    activate<T>(c.kind, in_place.data(), in_place.data(), n);
    EXPECT_TRUE(same_bits(in_place, y)) << c.name;

    std::vector<T> dx(x.size());
    activate_gradient<T>(c.kind, x.data(), y.data(), dy.data(), dx.data(), n);
    in_place = dy;
    activate_gradient<T>(c.kind, x.data(), y.data(), in_place.data(), in_place.data(), n);
    EXPECT_TRUE(same_bits(in_place, dx)) << c.name;
  }
}

TYPED_TEST(Activations, AreExactAtZeroAndInfinity) {
  using T = TypeParam;
  const auto of = [](Activation kind, T x) {
    return values_of(kind, std::vector<T>(simd::kLanes<T>, x)).front();
  };
  for (const T sign : {T(1), T(-1)}) {
    EXPECT_EQ(of(Activation::sigmoid, sign * 0), T(0.5));
    EXPECT_EQ(of(Activation::sigmoid, sign * kInfinity<T>), sign > 0 ? T(1) : T(0));
    EXPECT_EQ(of(Activation::tanh, sign * 0), T(0));
    EXPECT_EQ(std::signbit(of(Activation::tanh, sign * 0)), sign < 0);
    EXPECT_EQ(of(Activation::tanh, sign * kInfinity<T>), sign);
    EXPECT_EQ(of(Activation::exponential, sign * 0), T(1));
    EXPECT_EQ(of(Activation::exponential, sign * kInfinity<T>), sign > 0 ? kInfinity<T> : T(0));
  }
}

// Checks the error bounds stated in kernels/exponential.h on samples. The exhaustive test checks every float.
template <typename T, typename Function, typename Reference>
void expect_within(const char* name, double bound, Function function, Reference reference,
                   bool negative_only = false) {
  const std::vector<T> all = samples<T>(150000);
  double worst = 0;
  T at = 0;
  for (size_t i = 0; i < all.size(); i += simd::kLanes<T>) {
    T x[simd::kLanes<T>], y[simd::kLanes<T>];
    for (int lane = 0; lane < simd::kLanes<T>; ++lane) {
      x[lane] = negative_only ? -std::fabs(all[i + lane]) : all[i + lane];
    }
    simd::store(y, function(simd::load(x)));
    for (int lane = 0; lane < simd::kLanes<T>; ++lane) {
      const double ulps = ulps_apart(y[lane], reference(static_cast<Exact>(x[lane])));
      if (ulps > worst) worst = ulps, at = x[lane];
    }
  }
  EXPECT_LE(worst, bound) << name << " at " << at;
  ::testing::Test::RecordProperty(name, std::to_string(worst));
}

TYPED_TEST(Activations, StayWithinTheStatedErrorBounds) {
  using T = TypeParam;
  expect_within<T>("sigmoid", kSigmoidUlp<T>, sigmoid<T>, logistic);
  expect_within<T>("tanh", kTanhUlp<T>, gru::tanh<T>, [](Exact x) { return std::tanh(x); });
  expect_within<T>("exp", kExpUlp<T>, gru::exp<T>, [](Exact x) { return std::exp(x); });
  expect_within<T>(
      "expm1", kExpm1Ulp<T>, expm1_of_negative<T>, [](Exact x) { return std::expm1(x); }, true);
}

}  // namespace
}  // namespace gru::test
