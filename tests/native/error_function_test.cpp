// erfc, compared with long double.
#include "kernels/error_function.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

TEST(ErrorFunction, MatchesLongDouble) {
  for (int i = -300000; i <= 1400000; ++i) {
    const double x = i * 2e-5;
    const long double exact = std::erfc(static_cast<long double>(x));
    if (exact < std::numeric_limits<double>::min()) continue;
    ASSERT_LE(std::abs(gru::erfc(x) - exact), 4e-15L * std::max(1.0, x * x) * exact) << x;
  }
}

TEST(ErrorFunction, IsRightAtTheEdges) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(gru::erfc(kInfinity), 0);
  EXPECT_EQ(gru::erfc(-kInfinity), 2);
  EXPECT_NEAR(gru::erfc(0), 1, 1e-15);
  EXPECT_TRUE(std::isnan(gru::erfc(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace
