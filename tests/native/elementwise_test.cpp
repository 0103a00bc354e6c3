// The elementwise operations: their values, and which columns they write.
#include "kernels/elementwise.h"

#include "support.h"

namespace gru::test {
namespace {

template <typename T>
class ElementwiseTest : public ::testing::Test {};
TYPED_TEST_SUITE(ElementwiseTest, Numbers);

TYPED_TEST(ElementwiseTest, AddsMultipliesAndMultiplyAdds) {
  using T = TypeParam;
  Random random(1);
  const int count = 3, width = 2 * kPanel<T>, stride = width + 3;
  for (ptrdiff_t c_stride : {ptrdiff_t{stride}, ptrdiff_t{0}}) {
    const uint64_t size = uint64_t(count) * stride;
    Buffer<T> a(random.numbers<T>(size)), b(random.numbers<T>(size)), c(random.numbers<T>(size));
    Buffer<T> sum(size), product(size), both(size);
    add_elements<T>(a.rows(stride), c.rows(c_stride), sum.rows(stride), count, width);
    multiply_elements<T>(a.rows(stride), b.rows(stride), product.rows(stride), count, width);
    multiply_add_elements<T>(a.rows(stride), b.rows(stride), c.rows(c_stride), both.rows(stride), count,
                             width);
    for (int row = 0; row < count; ++row) {
      for (int column = 0; column < stride; ++column) {
        const int i = row * stride + column;
        const T third = c[row * c_stride + column];
        if (column < width) {
          EXPECT_EQ(sum[i], a[i] + third);
          EXPECT_EQ(product[i], a[i] * b[i]);
          EXPECT_NEAR(both[i], a[i] * b[i] + third, kEpsilon<T>);
        } else {
          EXPECT_TRUE(std::isnan(sum[i]) && std::isnan(product[i]) && std::isnan(both[i]));
        }
      }
    }
  }
}

TYPED_TEST(ElementwiseTest, InterpolateWritesOnlyTheRequestedColumns) {
  using T = TypeParam;
  Random random(2);
  for (int width : kSizes) {
    const int count = 3, wide = padded<T>(width);
    const uint64_t size = uint64_t(count) * wide;
    Buffer<T> weight(random.numbers<T>(size, 0.5, 0.5)), a(random.numbers<T>(size)),
        b(random.numbers<T>(size));
    Buffer<T> to(size);
    interpolate<T>(weight.rows(wide), a.rows(wide), b.rows(wide), to.rows(wide), count, width);
    for (int row = 0; row < count; ++row) {
      for (int column = 0; column < wide; ++column) {
        const int i = row * wide + column;
        if (column < width) {
          EXPECT_NEAR(to[i], weight[i] * a[i] + (1 - weight[i]) * b[i], 2 * kEpsilon<T>);
        } else {
          EXPECT_TRUE(std::isnan(to[i]));
        }
      }
    }
  }
}

TYPED_TEST(ElementwiseTest, CopiesRowsWithAndWithoutPadding) {
  using T = TypeParam;
  Random random(3);
  for (int width : kSizes) {
    const int count = 4, wide = padded<T>(width);
    const std::vector<T> dense = random.numbers<T>(uint64_t(count) * width);
    Buffer<T> narrow(dense), padded_rows(uint64_t(count) * wide);
    copy_rows_padded<T>(narrow.rows(width), padded_rows.rows(wide), count, width);
    for (int row = 0; row < count; ++row) {
      for (int column = 0; column < wide; ++column) {
        EXPECT_EQ(padded_rows[row * wide + column], column < width ? dense[row * width + column] : T{0});
      }
    }
    // Removes the padding again, in place.
    copy_rows<T>(padded_rows.rows(wide), padded_rows.rows(width), count, width);
    EXPECT_TRUE(same_bits(std::vector<T>(padded_rows.data(), padded_rows.data() + dense.size()), dense));
  }
}

}  // namespace
}  // namespace gru::test
