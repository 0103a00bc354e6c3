// The optimizers' steps, compared with their formulas in long double.
#include "kernels/optimizers.h"

#include "support.h"

namespace gru::test {
namespace {

using Real = long double;

constexpr int kCounts[] = {4, 8, 20, 132};
constexpr int kSteps = 3;

template <typename T>
class OptimizersTest : public ::testing::Test {
 protected:
  // Takes kSteps steps with update(variable, slots, gradient), the kernel, and with element(variable, slots,
  // gradient), the formula for one element, and compares the variable and both slots.
  template <typename Update, typename Element>
  void compare(Update update, Element element) {
    Random random(1);
    for (int count : kCounts) {
      Buffer<T> variable(random.numbers<T>(count));
      Buffer<T> first(std::vector<T>(count, T{0})), second(std::vector<T>(count, T{0}));
      auto expected = converted<Real>(variable.values());
      std::vector<Real> expected_first(count), expected_second(count);
      for (int step = 1; step <= kSteps; ++step) {
        const Buffer<T> gradient(random.numbers<T>(count));
        update(variable.data(), first.data(), second.data(), gradient.data(), count);
        for (int i = 0; i < count; ++i) {
          element(expected[i], expected_first[i], expected_second[i], Real{gradient[i]});
        }
      }
      const double tolerance = 16 * kEpsilon<T>;
      EXPECT_TRUE(close(variable.values(), expected, tolerance));
      EXPECT_TRUE(close(first.values(), expected_first, tolerance));
      EXPECT_TRUE(close(second.values(), expected_second, tolerance));
      EXPECT_TRUE(variable.slack_untouched() && first.slack_untouched() && second.slack_untouched());
    }
  }
};
TYPED_TEST_SUITE(OptimizersTest, Numbers);

TYPED_TEST(OptimizersTest, GradientDescent) {
  using T = TypeParam;
  const T rate = T(0.0625);
  this->compare([&](T* variable, T*, T*, const T* gradient,
                    int count) { descend<T>(variable, nullptr, gradient, count, rate, 0, false); },
                [&](Real& variable, Real&, Real&, Real gradient) { variable -= rate * gradient; });
}

TYPED_TEST(OptimizersTest, GradientDescentWithMomentum) {
  using T = TypeParam;
  const T rate = T(0.0625), momentum = T(0.9);
  for (bool nesterov : {false, true}) {
    this->compare(
        [&](T* variable, T* velocity, T*, const T* gradient, int count) {
          descend<T>(variable, velocity, gradient, count, rate, momentum, nesterov);
        },
        [&](Real& variable, Real& velocity, Real&, Real gradient) {
          velocity = momentum * velocity - rate * gradient;
          variable += nesterov ? momentum * velocity - rate * gradient : velocity;
        });
  }
}

TYPED_TEST(OptimizersTest, Adam) {
  using T = TypeParam;
  const T rate = T(0.01), beta_1 = T(0.875), beta_2 = T(0.984375), epsilon = T(1e-3);
  this->compare(
      [&](T* variable, T* first, T* second, const T* gradient, int count) {
        adam<T>(variable, first, second, gradient, count, rate, beta_1, beta_2, epsilon);
      },
      [&](Real& variable, Real& first, Real& second, Real gradient) {
        first = beta_1 * first + (1 - beta_1) * gradient;
        second = beta_2 * second + (1 - beta_2) * gradient * gradient;
        variable -= rate * first / (std::sqrt(second) + epsilon);
      });
}

TYPED_TEST(OptimizersTest, RmsProp) {
  using T = TypeParam;
  const T rate = T(0.01), rho = T(0.875), epsilon = T(1e-3);
  for (bool with_velocity : {false, true}) {
    const T momentum = with_velocity ? T(0.75) : T(0);
    this->compare(
        [&](T* variable, T* second, T* velocity, const T* gradient, int count) {
          rmsprop<T>(variable, second, with_velocity ? velocity : nullptr, gradient, count, rate, rho,
                     momentum, epsilon);
        },
        [&](Real& variable, Real& second, Real& velocity, Real gradient) {
          second = rho * second + (1 - rho) * gradient * gradient;
          const Real move = rate * gradient / std::sqrt(second + epsilon);
          if (with_velocity) velocity = momentum * velocity + move;
          variable -= with_velocity ? velocity : move;
        });
  }
}

TYPED_TEST(OptimizersTest, PropagateNanToItsElementOnly) {
  using T = TypeParam;
  const int count = 8;
  std::vector<T> gradient(count, T(0.5));
  gradient[5] = kNan<T>;
  Buffer<T> variable(std::vector<T>(count, T(1))), first(std::vector<T>(count, T{0})),
      second(std::vector<T>(count, T{0}));
  adam<T>(variable.data(), first.data(), second.data(), Buffer<T>(gradient).data(), count, T(0.01), T(0.9),
          T(0.999), T(1e-7));
  for (int i = 0; i < count; ++i) EXPECT_EQ(std::isnan(variable[i]), i == 5);
}

}  // namespace
}  // namespace gru::test
