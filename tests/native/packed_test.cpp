// The packed form: packing, unpacking, zeros in the padding, the transpose, and ranges of rows.
#include "kernels/packed.h"

#include "support.h"

namespace gru::test {
namespace {

// The index of an element in the packed form, from the description in kernels/packed.h.
template <typename T>
uint64_t packed_index(int rows, int columns, int row, int group, int column) {
  const int panel = group * (padded<T>(columns) / kPanel<T>)+column / kPanel<T>;
  return panel * uint64_t(panel_elements<T>(rows)) + row * kPanel<T> + column % kPanel<T>;
}

template <typename T>
class PackedTest : public ::testing::Test {};
TYPED_TEST_SUITE(PackedTest, Numbers);

TYPED_TEST(PackedTest, PacksEveryElementAtItsIndexAndZerosInThePadding) {
  using T = TypeParam;
  Random random(1);
  for (int rows : {1, 3, 8, 17, 64, 128}) {
    for (int groups : {1, 2, 3, 6}) {
      for (int columns : kSizes) {
        SCOPED_TRACE(::testing::Message() << rows << " rows, " << groups << " groups of " << columns);
        const std::vector<T> dense = random.numbers<T>(uint64_t(rows) * groups * columns);
        const Buffer<T> buffer = packed(dense, rows, groups, columns);
        std::vector<T> expected(buffer.size(), T{0});
        for (int row = 0; row < rows; ++row) {
          for (int group = 0; group < groups; ++group) {
            for (int column = 0; column < columns; ++column) {
              expected[packed_index<T>(rows, columns, row, group, column)] =
                  dense[(row * groups + group) * columns + column];
            }
          }
        }
        EXPECT_TRUE(same_bits(buffer.values(), expected));
        EXPECT_TRUE(buffer.slack_untouched());

        Buffer<T> back(dense.size());
        unpack<T>(buffer.data(), rows, groups, columns, back.rows(groups * columns));
        EXPECT_TRUE(same_bits(back.values(), dense));
        EXPECT_TRUE(back.slack_untouched());
      }
    }
  }
}

TYPED_TEST(PackedTest, PreservesNanInfinityAndMinusZero) {
  using T = TypeParam;
  const std::vector<T> dense{kNan<T>, kInfinity<T>, -kInfinity<T>, T(-0.0)};
  Buffer<T> back(dense.size());
  unpack<T>(packed(dense, 2, 1, 2).data(), 2, 1, 2, back.rows(2));
  EXPECT_TRUE(same_bits(back.values(), dense));
}

TYPED_TEST(PackedTest, Transposes) {
  using T = TypeParam;
  Random random(2);
  for (int rows : kSizes) {
    for (int columns : {1, 7, 16, 17, 60}) {
      const int groups = 2, width = padded<T>(columns);
      SCOPED_TRACE(::testing::Message() << rows << " rows, 2 groups of " << columns);
      const std::vector<T> dense = random.numbers<T>(uint64_t(rows) * groups * columns);
      Buffer<T> source = packed(dense, rows, groups, columns);
      Buffer<T> to = packed_room<T>(groups * width, padded<T>(rows));
      const auto transposed =
          pack_transposed(Packed<T>::whole(source.data(), rows, groups * width), to.data());
      EXPECT_EQ(transposed.rows, groups * width);
      EXPECT_EQ(transposed.columns, padded<T>(rows));
      EXPECT_TRUE(to.slack_untouched());

      std::vector<T> padded_transpose(uint64_t(groups) * width * rows, T{0});
      for (int row = 0; row < rows; ++row) {
        for (int group = 0; group < groups; ++group) {
          for (int column = 0; column < columns; ++column) {
            padded_transpose[(group * width + column) * rows + row] =
                dense[(row * groups + group) * columns + column];
          }
        }
      }
      EXPECT_TRUE(same_bits(to.values(), packed(padded_transpose, groups * width, 1, rows).values()));
    }
  }
}

TYPED_TEST(PackedTest, TransposesARangeOfRows) {
  using T = TypeParam;
  Random random(3);
  const int rows = 21, columns = 19, first = 4, count = 17;
  const std::vector<T> dense = random.numbers<T>(uint64_t(rows) * columns);
  Buffer<T> source = packed(dense, rows, 1, columns);
  Buffer<T> part = packed(std::vector<T>(dense.begin() + first * columns, dense.end()), count, 1, columns);
  const int width = padded<T>(columns);
  Buffer<T> of_range = packed_room<T>(width, padded<T>(count)),
            of_part = packed_room<T>(width, padded<T>(count));
  pack_transposed(Packed<T>::whole(source.data(), rows, width).rows_from(first, count), of_range.data());
  pack_transposed(Packed<T>::whole(part.data(), count, width), of_part.data());
  EXPECT_TRUE(same_bits(of_range.values(), of_part.values()));
}

}  // namespace
}  // namespace gru::test
