// The logarithms, compared with long double.
#include "kernels/logarithm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

template <typename T>
class Logarithm : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Logarithm, Types);

TYPED_TEST(Logarithm, OfOnePlusAFraction) {
  using T = TypeParam;
  for (int i = 0; i <= 200000; ++i) {
    // Numbers from 0 to 1 of every magnitude.
    const T z = i % 2 ? T(i) / T(200000) : std::exp2(-T(i) / 2000);
    const long double exact = std::log1p(static_cast<long double>(z));
    const T actual = gru::log1p_of_fraction<T>(gru::simd::splat(z))[0];
    const long double ulp = std::nextafter(T(exact), std::numeric_limits<T>::infinity()) - T(exact);
    ASSERT_LE(std::abs(actual - exact), gru::kLog1pUlp * ulp) << z;
  }
  EXPECT_EQ(gru::log1p_of_fraction<T>(gru::simd::splat(T(0)))[0], T(0));
}

TYPED_TEST(Logarithm, OfNumbersFromOneUpwards) {
  using T = TypeParam;
  for (int i = 0; i < 100000; ++i) {
    const T x = T(1) + T(i) * T(i) * T(0.001);
    const long double exact = std::log(static_cast<long double>(x));
    ASSERT_NEAR(gru::log_of_one_and_more(x), static_cast<double>(exact),
                4 * std::numeric_limits<T>::epsilon() * std::max(1.0L, exact))
        << x;
  }
  EXPECT_EQ(gru::log_of_one_and_more(T(1)), T(0));
  EXPECT_EQ(gru::log_of_one_and_more(std::numeric_limits<T>::infinity()), std::numeric_limits<T>::infinity());
  EXPECT_TRUE(std::isnan(gru::log_of_one_and_more(std::numeric_limits<T>::quiet_NaN())));
}

}  // namespace
