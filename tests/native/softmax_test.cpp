// Softmax: against plain sums, and where numbers are large, infinite or none.
#include "kernels/softmax.h"

#include "support.h"

namespace gru::test {
namespace {

template <typename T>
struct Result {
  std::vector<T> shares, log_sums;
};

template <typename T>
Result<T> run(const std::vector<T>& from, int width) {
  const int64_t count = static_cast<int64_t>(from.size()) / width;
  Buffer<T> input(from), to(from.size()), log_sums(count), place(from);
  softmax(input.data(), count, width, to.data(), log_sums.data());
  EXPECT_TRUE(to.slack_untouched() && log_sums.slack_untouched());
  // In place, and without the logarithms.
  softmax<T>(place.data(), count, width, place.data(), nullptr);
  EXPECT_TRUE(place.slack_untouched());
  EXPECT_TRUE(same_bits(place.values(), to.values()));
  return {to.values(), log_sums.values()};
}

template <typename T>
class SoftmaxTest : public ::testing::Test {};
TYPED_TEST_SUITE(SoftmaxTest, Numbers);

TYPED_TEST(SoftmaxTest, IsEachExponentialsShareOfTheSum) {
  using T = TypeParam;
  Random random(1);
  for (int width : kSizes) {
    for (int count : {1, 2, 13}) {
      SCOPED_TRACE(::testing::Message() << count << " rows of " << width);
      const auto from = random.numbers<T>(uint64_t(count) * width, 5, 1);
      const auto [shares, log_sums] = run(from, width);
      for (int row = 0; row < count; ++row) {
        long double sum = 0;
        for (int i = 0; i < width; ++i) sum += std::exp(static_cast<long double>(from[row * width + i]));
        for (int i = 0; i < width; ++i) {
          const long double expected = std::exp(static_cast<long double>(from[row * width + i])) / sum;
          EXPECT_NEAR(shares[row * width + i], expected, 16 * kEpsilon<T> * expected);
        }
        EXPECT_NEAR(log_sums[row], std::log(sum), 16 * kEpsilon<T> * std::max<long double>(1, std::log(sum)));
      }
    }
  }
}

TYPED_TEST(SoftmaxTest, OfOneColumnIsOne) {
  using T = TypeParam;
  const auto [shares, log_sums] = run<T>({-3, 0, T(1e30)}, 1);
  EXPECT_TRUE(same_bits<T>(shares, {1, 1, 1}));
  EXPECT_TRUE(same_bits<T>(log_sums, {-3, 0, T(1e30)}));
}

TYPED_TEST(SoftmaxTest, StandsLargeNumbers) {
  using T = TypeParam;
  const T large = std::numeric_limits<T>::max();
  for (int width : {2, 5, 9}) {
    std::vector<T> from(width, large), low(width, -large);
    EXPECT_TRUE(close(run(from, width).shares, std::vector<T>(width, T(1) / width), kEpsilon<T>));
    EXPECT_TRUE(close(run(low, width).shares, std::vector<T>(width, T(1) / width), kEpsilon<T>));
    low[1] = 0;
    std::vector<T> only(width, T{0});
    only[1] = 1;
    const auto [shares, log_sums] = run(low, width);
    EXPECT_TRUE(same_bits(shares, only));
    EXPECT_EQ(log_sums[0], 0);
  }
}

TYPED_TEST(SoftmaxTest, GivesMinusInfinityNoShare) {
  using T = TypeParam;
  const auto [shares, log_sums] = run<T>({1, -kInfinity<T>, 1, -kInfinity<T>, 1}, 5);
  EXPECT_TRUE(close<T>(shares, std::vector<long double>{1.0L / 3, 0, 1.0L / 3, 0, 1.0L / 3}, kEpsilon<T>));
  EXPECT_NEAR(log_sums[0], 1 + std::log(3.0L), 4 * kEpsilon<T>);
}

TYPED_TEST(SoftmaxTest, IsNanInTheRowThatHasNoShares) {
  using T = TypeParam;
  for (int width : {1, 3, 4, 7, 16}) {
    for (T odd : {kNan<T>, kInfinity<T>}) {
      for (int at = 0; at < width; ++at) {
        std::vector<T> from(3 * width, T(0.5));
        from[width + at] = odd;
        const auto [shares, log_sums] = run(from, width);
        for (int i = 0; i < 3 * width; ++i) EXPECT_EQ(std::isnan(shares[i]), i / width == 1) << i;
        EXPECT_FALSE(std::isfinite(log_sums[1]));
        EXPECT_TRUE(std::isfinite(log_sums[0]) && std::isfinite(log_sums[2]));
      }
    }
    const auto nothing = run(std::vector<T>(width, -kInfinity<T>), width);
    for (T share : nothing.shares) EXPECT_TRUE(std::isnan(share));
  }
}

}  // namespace
}  // namespace gru::test
