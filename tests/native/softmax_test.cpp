// Softmax: compared with long double, and with large, infinite and NaN inputs.
#include "kernels/softmax.h"

#include "support.h"

namespace gru::test {
namespace {

template <typename T>
struct Result {
  std::vector<T> probabilities, log_sums;
};

template <typename T>
Result<T> run(const std::vector<T>& from, int width) {
  const int64_t count = static_cast<int64_t>(from.size()) / width;
  Buffer<T> input(from), to(from.size()), log_sums(count), in_place(from);
  softmax(input.data(), count, width, to.data(), log_sums.data());
  EXPECT_TRUE(to.slack_untouched() && log_sums.slack_untouched());
  // In place, and without log_sums.
  softmax<T>(in_place.data(), count, width, in_place.data(), nullptr);
  EXPECT_TRUE(in_place.slack_untouched());
  EXPECT_TRUE(same_bits(in_place.values(), to.values()));
  return {to.values(), log_sums.values()};
}

template <typename T>
class SoftmaxTest : public ::testing::Test {};
TYPED_TEST_SUITE(SoftmaxTest, Numbers);

TYPED_TEST(SoftmaxTest, MatchesItsDefinition) {
  using T = TypeParam;
  Random random(1);
  for (int width : kSizes) {
    for (int count : {1, 2, 13}) {
      SCOPED_TRACE(::testing::Message() << count << " rows of " << width);
      const auto from = random.numbers<T>(uint64_t(count) * width, 5, 1);
      const auto [probabilities, log_sums] = run(from, width);
      for (int row = 0; row < count; ++row) {
        long double sum = 0;
        for (int i = 0; i < width; ++i) sum += std::exp(static_cast<long double>(from[row * width + i]));
        for (int i = 0; i < width; ++i) {
          const long double expected = std::exp(static_cast<long double>(from[row * width + i])) / sum;
          EXPECT_NEAR(probabilities[row * width + i], expected, 16 * kEpsilon<T> * expected);
        }
        EXPECT_NEAR(log_sums[row], std::log(sum), 16 * kEpsilon<T> * std::max<long double>(1, std::log(sum)));
      }
    }
  }
}

TYPED_TEST(SoftmaxTest, IsOneForASingleColumn) {
  using T = TypeParam;
  const auto [probabilities, log_sums] = run<T>({-3, 0, T(1e30)}, 1);
  EXPECT_TRUE(same_bits<T>(probabilities, {1, 1, 1}));
  EXPECT_TRUE(same_bits<T>(log_sums, {-3, 0, T(1e30)}));
}

TYPED_TEST(SoftmaxTest, HandlesTheLargestNumbers) {
  using T = TypeParam;
  const T large = std::numeric_limits<T>::max();
  for (int width : {2, 5, 9}) {
    std::vector<T> from(width, large), low(width, -large);
    EXPECT_TRUE(close(run(from, width).probabilities, std::vector<T>(width, T(1) / width), kEpsilon<T>));
    EXPECT_TRUE(close(run(low, width).probabilities, std::vector<T>(width, T(1) / width), kEpsilon<T>));
    low[1] = 0;
    std::vector<T> only(width, T{0});
    only[1] = 1;
    const auto [probabilities, log_sums] = run(low, width);
    EXPECT_TRUE(same_bits(probabilities, only));
    EXPECT_EQ(log_sums[0], 0);
  }
}

TYPED_TEST(SoftmaxTest, IsZeroForMinusInfinity) {
  using T = TypeParam;
  const auto [probabilities, log_sums] = run<T>({1, -kInfinity<T>, 1, -kInfinity<T>, 1}, 5);
  EXPECT_TRUE(
      close<T>(probabilities, std::vector<long double>{1.0L / 3, 0, 1.0L / 3, 0, 1.0L / 3}, kEpsilon<T>));
  EXPECT_NEAR(log_sums[0], 1 + std::log(3.0L), 4 * kEpsilon<T>);
}

TYPED_TEST(SoftmaxTest, IsNanOnlyInRowsWithoutADefinedResult) {
  using T = TypeParam;
  for (int width : {1, 3, 4, 7, 16}) {
    for (T value : {kNan<T>, kInfinity<T>}) {
      for (int at = 0; at < width; ++at) {
        std::vector<T> from(3 * width, T(0.5));
        from[width + at] = value;
        const auto [probabilities, log_sums] = run(from, width);
        for (int i = 0; i < 3 * width; ++i) EXPECT_EQ(std::isnan(probabilities[i]), i / width == 1) << i;
        EXPECT_FALSE(std::isfinite(log_sums[1]));
        EXPECT_TRUE(std::isfinite(log_sums[0]) && std::isfinite(log_sums[2]));
      }
    }
    const auto all_infinite = run(std::vector<T>(width, -kInfinity<T>), width);
    for (T probability : all_infinite.probabilities) EXPECT_TRUE(std::isnan(probability));
  }
}

}  // namespace
}  // namespace gru::test
