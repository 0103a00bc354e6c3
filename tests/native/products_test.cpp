// The matrix products: the order of the multiply-adds of each element, and that dividing a product into parts
// does not change its bits.
#include "kernels/products.h"

#include "support.h"

namespace gru::test {
namespace {

// One multiply-add, fused or not as in this build.
template <typename T>
T multiply_add(T a, T b, T sum) {
  return simd::madd(simd::splat(a), simd::splat(b), simd::splat(sum))[0];
}

// The product with the order of multiply-adds that kernels/products.h documents. All matrices are row-major;
// `init` is empty (zeros), one row for all rows, or a row for each.
template <typename T>
std::vector<T> expected_product(const std::vector<T>& from, int count, int depth, const std::vector<T>& b,
                                int columns, const std::vector<T>& init) {
  std::vector<T> to(uint64_t(count) * columns);
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < columns; ++j) {
      T sum = init.empty() ? T{0} : init[init.size() == to.size() ? i * columns + j : j];
      for (int k = 0; k < depth; ++k) sum = multiply_add(from[i * depth + k], b[k * columns + j], sum);
      to[i * columns + j] = sum;
    }
  }
  return to;
}

// Rows padded with zeros to the columns of the packed matrix.
template <typename T>
std::vector<T> widened(const std::vector<T>& dense, int count, int columns) {
  const int width = padded<T>(columns);
  std::vector<T> wide(uint64_t(count) * width, T{0});
  for (int i = 0; i < count; ++i) {
    std::copy_n(dense.begin() + ptrdiff_t{i} * columns, columns, wide.begin() + ptrdiff_t{i} * width);
  }
  return wide;
}

template <typename T>
struct Product {
  Product(int count, int depth, int columns, Random& random)
      : count(count),
        depth(depth),
        columns(columns),
        from(random.numbers<T>(uint64_t(count) * depth)),
        b(random.numbers<T>(uint64_t(depth) * columns)),
        init(random.numbers<T>(uint64_t(count) * columns)),
        from_block(from),
        b_block(packed(b, depth, 1, columns)),
        init_block(widened(init, count, columns)),
        matrix(Packed<T>::whole(b_block.data(), depth, padded<T>(columns))) {}

  std::vector<T> run(Sweep sweep = Sweep::forwards) {
    Buffer<T> to(uint64_t(count) * matrix.columns);
    multiply<T>(from_block.rows(depth), count, matrix, init_block.rows(matrix.columns),
                to.rows(matrix.columns), sweep);
    EXPECT_TRUE(to.slack_untouched());
    return to.values();
  }

  int count, depth, columns;
  std::vector<T> from, b, init;
  Buffer<T> from_block, b_block, init_block;
  Packed<T> matrix;
};

template <typename T>
class ProductsTest : public ::testing::Test {};
TYPED_TEST_SUITE(ProductsTest, Numbers);

TYPED_TEST(ProductsTest, AddInTheDocumentedOrder) {
  using T = TypeParam;
  Random random(1);
  for (int size : kSizes) {
    for (int count : kRowCounts) {
      const int depth = kSizes[random.below(10)];
      SCOPED_TRACE(::testing::Message() << count << " rows, depth " << depth << ", " << size << " columns");
      Product<T> product(count, depth, size, random);
      const auto expected = expected_product(product.from, count, depth, product.b, size, product.init);
      EXPECT_TRUE(same_bits(product.run(), widened(expected, count, size)));
    }
  }
}

TYPED_TEST(ProductsTest, AreCloseToTheExactSums) {
  using T = TypeParam;
  Random random(2);
  Product<T> product(13, 154, 76, random);
  const std::vector<T> actual = product.run();
  for (int i = 0; i < product.count; ++i) {
    for (int j = 0; j < product.columns; ++j) {
      long double sum = product.init[i * product.columns + j], magnitude = std::fabs(sum);
      for (int k = 0; k < product.depth; ++k) {
        const long double term = static_cast<long double>(product.from[i * product.depth + k]) *
                                 product.b[k * product.columns + j];
        sum += term;
        magnitude += std::fabs(term);
      }
      EXPECT_NEAR(actual[i * product.matrix.columns + j], sum, product.depth * kEpsilon<T> * magnitude);
    }
  }
}

TYPED_TEST(ProductsTest, StartFromZerosOrOneRowForAll) {
  using T = TypeParam;
  Random random(3);
  for (int count : {1, 2, 7, 13}) {
    for (int columns : {3, 16, 76}) {
      SCOPED_TRACE(::testing::Message() << count << " rows, " << columns << " columns");
      Product<T> product(count, 17, columns, random);
      const int width = product.matrix.columns;
      Buffer<T> to(uint64_t(count) * width);
      multiply<T>(product.from_block.rows(17), count, product.matrix, {}, to.rows(width));
      EXPECT_TRUE(same_bits(
          to.values(),
          widened(expected_product(product.from, count, 17, product.b, columns, {}), count, columns)));

      const std::vector<T> bias(product.init.begin(), product.init.begin() + columns);
      Buffer<T> bias_block(widened(bias, 1, columns));
      multiply<T>(product.from_block.rows(17), count, product.matrix, bias_block.rows(0), to.rows(width));
      EXPECT_TRUE(same_bits(
          to.values(),
          widened(expected_product(product.from, count, 17, product.b, columns, bias), count, columns)));
    }
  }
}

TYPED_TEST(ProductsTest, GiveARowTheSameBitsInABatchOfAnySize) {
  using T = TypeParam;
  Random random(4);
  for (int count : kRowCounts) {
    for (int columns : {8, 17, 128}) {
      SCOPED_TRACE(::testing::Message() << count << " rows, " << columns << " columns");
      Product<T> product(count, 60, columns, random);
      const int width = product.matrix.columns;
      const std::vector<T> together = product.run();
      Buffer<T> apart(together.size());
      for (int i = 0; i < count; ++i) {
        multiply<T>(product.from_block.rows(60).rows_from(i), 1, product.matrix,
                    product.init_block.rows(width).rows_from(i), apart.rows(width).rows_from(i));
      }
      EXPECT_TRUE(same_bits(apart.values(), together));
    }
  }
}

TYPED_TEST(ProductsTest, AreTheSameWhenTheDepthIsSplit) {
  using T = TypeParam;
  Random random(5);
  for (int count : {1, 2, 6, 8, 32}) {
    for (int cut : {0, 1, 30, 59, 60}) {
      SCOPED_TRACE(::testing::Message() << count << " rows, cut at " << cut);
      Product<T> product(count, 60, 76, random);
      const int width = product.matrix.columns;
      const Rows<T> from = product.from_block.rows(60);
      Buffer<T> to(product.init_block.values());
      multiply<T>(from, count, product.matrix.rows_from(0, cut), to.rows(width), to.rows(width));
      multiply<T>(from.columns_from(cut), count, product.matrix.rows_from(cut, 60 - cut), to.rows(width),
                  to.rows(width));
      EXPECT_TRUE(same_bits(to.values(), product.run()));
    }
  }
}

TYPED_TEST(ProductsTest, AreTheSameInBothSweeps) {
  using T = TypeParam;
  Random random(6);
  for (int columns : kSizes) {
    for (int count : {1, 2, 13}) {
      SCOPED_TRACE(::testing::Message() << count << " rows, " << columns << " columns");
      Product<T> product(count, 17, columns, random);
      EXPECT_TRUE(same_bits(product.run(Sweep::backwards), product.run(Sweep::forwards)));
    }
  }
}

TYPED_TEST(ProductsTest, WorkOnARangeOfPanels) {
  using T = TypeParam;
  Random random(7);
  const int half = 8 * kPanel<T>, width = 2 * half;
  for (int count : {1, 5}) {
    Product<T> product(count, 17, width, random);
    Buffer<T> to(uint64_t(count) * width);
    for (int first : {half, 0}) {
      multiply<T>(product.from_block.rows(17), count, product.matrix.columns_from(first, half),
                  product.init_block.rows(width).columns_from(first), to.rows(width).columns_from(first));
    }
    EXPECT_TRUE(same_bits(to.values(), product.run()));
  }
}

TYPED_TEST(ProductsTest, PropagateNanAndInfinityWithinTheirRowsOnly) {
  using T = TypeParam;
  Random random(8);
  Product<T> product(9, 17, 16, random);
  const std::vector<T> before = product.run();
  product.from_block[3 * 17 + 5] = kNan<T>;
  product.from_block[7 * 17 + 2] = kInfinity<T>;
  const std::vector<T> after = product.run();
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < 16; ++j) {
      const T value = after[i * 16 + j];
      if (i == 3) {
        EXPECT_TRUE(std::isnan(value));
      } else if (i == 7) {
        EXPECT_TRUE(std::isinf(value));
      } else {
        EXPECT_EQ(value, before[i * 16 + j]);
      }
    }
  }
}

TYPED_TEST(ProductsTest, AccumulateTheOuterProduct) {
  using T = TypeParam;
  Random random(9);
  for (int size : kSizes) {
    // 600 is more than the number of rows that are processed at a time.
    for (int count : {1, 2, 13, 32, 600}) {
      if (count == 600 && size > 17) continue;
      const int left = kSizes[random.below(10)];
      SCOPED_TRACE(::testing::Message() << count << " rows, " << left << " by " << size);
      const int width = padded<T>(size);
      const std::vector<T> from = random.numbers<T>(uint64_t(count) * left);
      const std::vector<T> d = random.numbers<T>(uint64_t(count) * size);
      const std::vector<T> before = random.numbers<T>(uint64_t(left) * size);
      std::vector<T> expected = before;
      for (int i = 0; i < left; ++i) {
        for (int j = 0; j < size; ++j) {
          for (int row = 0; row < count; ++row) {
            T& sum = expected[i * size + j];
            sum = multiply_add(from[row * left + i], d[row * size + j], sum);
          }
        }
      }
      Buffer<T> from_block(from), d_block(widened(d, count, size)), to = packed(before, left, 1, size);
      Buffer<T> work(outer_work<T>(count, width));
      accumulate_outer<T>(from_block.rows(left), d_block.rows(width), count,
                          Packed<T>::whole(to.data(), left, width), work.data());
      EXPECT_TRUE(work.slack_untouched());
      EXPECT_TRUE(same_bits(to.values(), packed(expected, left, 1, size).values()));
      EXPECT_TRUE(to.slack_untouched());
    }
  }
}

TYPED_TEST(ProductsTest, AccumulateColumnSums) {
  using T = TypeParam;
  Random random(10);
  for (int count : kRowCounts) {
    for (int columns : {8, 16, 80}) {
      const int stride = columns + 24;
      const std::vector<T> d = random.numbers<T>(uint64_t(count) * stride);
      std::vector<T> expected = random.numbers<T>(columns);
      Buffer<T> to(expected), d_block(d);
      for (int row = 0; row < count; ++row) {
        for (int j = 0; j < columns; ++j) expected[j] += d[row * stride + j];
      }
      accumulate_columns<T>(d_block.rows(stride), count, columns, to.data());
      EXPECT_TRUE(same_bits(to.values(), expected));
    }
  }
}

}  // namespace
}  // namespace gru::test
