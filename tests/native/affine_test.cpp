// The affine map and its gradient.
#include "kernels/affine.h"

#include "support.h"

namespace gru::test {
namespace {

template <typename T>
struct Example {
  Example(int count, int from_width, int columns, Random& random)
      : count(count),
        from_width(from_width),
        columns(columns),
        from(random.numbers<T>(uint64_t(count) * from_width)),
        kernel(random.numbers<T>(uint64_t(from_width) * columns)),
        bias(random.numbers<T>(columns)),
        d_to(random.numbers<T>(uint64_t(count) * columns)),
        kernel_block(packed(kernel, from_width, 1, columns)),
        matrix(Packed<T>::whole(kernel_block.data(), from_width, padded<T>(columns))) {}

  int count, from_width, columns;
  std::vector<T> from, kernel, bias, d_to;
  Buffer<T> kernel_block;
  Packed<T> matrix;
};

constexpr struct {
  int count, from_width, columns;
} kShapes[] = {{1, 1, 1},   {1, 17, 60},  {2, 3, 7},    {5, 128, 1},
               {7, 60, 76}, {13, 8, 154}, {32, 16, 16}, {32, 76, 3}};

template <typename T>
class AffineTest : public ::testing::Test {};
TYPED_TEST_SUITE(AffineTest, Numbers);

TYPED_TEST(AffineTest, ComputesFromTimesKernelPlusBias) {
  using T = TypeParam;
  Random random(1);
  for (const auto& [count, from_width, columns] : kShapes) {
    for (bool biased : {false, true}) {
      SCOPED_TRACE(::testing::Message() << count << " rows, " << from_width << " to " << columns);
      const Example<T> example(count, from_width, columns, random);
      std::vector<long double> expected(uint64_t(count) * columns);
      for (int i = 0; i < count; ++i) {
        for (int j = 0; j < columns; ++j) {
          long double sum = biased ? example.bias[j] : 0;
          for (int k = 0; k < from_width; ++k) {
            sum +=
                static_cast<long double>(example.from[i * from_width + k]) * example.kernel[k * columns + j];
          }
          expected[i * columns + j] = sum;
        }
      }
      Buffer<T> from(example.from), bias = packed(example.bias, 1, 1, columns);
      Buffer<T> to(uint64_t(count) * padded<T>(columns));
      affine<T>(from.data(), count, example.matrix, biased ? bias.data() : nullptr, columns, to.data());
      EXPECT_TRUE(to.slack_untouched());
      std::vector<T> actual = to.values();
      actual.resize(expected.size());
      EXPECT_TRUE(close(actual, expected, from_width * kEpsilon<T>));
    }
  }
}

TYPED_TEST(AffineTest, ComputesTheGradients) {
  using T = TypeParam;
  Random random(2);
  for (const auto& [count, from_width, columns] : kShapes) {
    SCOPED_TRACE(::testing::Message() << count << " rows, " << from_width << " to " << columns);
    const Example<T> example(count, from_width, columns, random);
    const auto kernel_before = random.numbers<T>(uint64_t(from_width) * columns);
    const auto bias_before = random.numbers<T>(columns);
    auto d_kernel = converted<long double>(kernel_before);
    auto d_bias = converted<long double>(bias_before);
    std::vector<long double> d_from(uint64_t(count) * from_width);
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < columns; ++j) {
        const long double d = example.d_to[i * columns + j];
        d_bias[j] += d;
        for (int k = 0; k < from_width; ++k) {
          d_kernel[k * columns + j] += d * example.from[i * from_width + k];
          d_from[i * from_width + k] += d * example.kernel[k * columns + j];
        }
      }
    }

    Buffer<T> from(example.from), d_to(example.d_to), d_from_block(uint64_t(count) * padded<T>(from_width));
    Buffer<T> d_kernel_block = packed(kernel_before, from_width, 1, columns);
    Buffer<T> d_bias_block = packed(bias_before, 1, 1, columns);
    Buffer<char> work(affine_gradient_work(count, example.matrix));
    const AffineGradient<T> all{from.data(), d_to.data(), d_from_block.data(), d_kernel_block.data(),
                                d_bias_block.data()};
    affine_gradient(all, count, example.matrix, columns, work.data());
    EXPECT_TRUE(d_from_block.slack_untouched() && d_kernel_block.slack_untouched() &&
                d_bias_block.slack_untouched());

    std::vector<T> dense(kernel_before.size()), actual_d_from = d_from_block.values();
    unpack<T>(d_kernel_block.data(), from_width, 1, columns, {dense.data(), columns});
    actual_d_from.resize(d_from.size());
    std::vector<T> actual_d_bias = d_bias_block.values();
    actual_d_bias.resize(columns);
    const double tolerance = (count + from_width + columns) * kEpsilon<T>;
    EXPECT_TRUE(close(dense, d_kernel, tolerance));
    EXPECT_TRUE(close(actual_d_bias, d_bias, tolerance));
    EXPECT_TRUE(close(actual_d_from, d_from, tolerance));

    // A gradient computed alone has the same bits; gradients whose pointer is null are not computed.
    affine_gradient<T>({nullptr, d_to.data(), d_from_block.data(), nullptr, nullptr}, count, example.matrix,
                       columns, work.data());
    EXPECT_TRUE(
        same_bits(std::vector<T>(d_from_block.data(), d_from_block.data() + d_from.size()), actual_d_from));
    Buffer<T> alone = packed(kernel_before, from_width, 1, columns);
    affine_gradient<T>({from.data(), d_to.data(), nullptr, alone.data(), nullptr}, count, example.matrix,
                       columns, work.data());
    EXPECT_TRUE(same_bits(alone.values(), d_kernel_block.values()));
  }
}

}  // namespace
}  // namespace gru::test
