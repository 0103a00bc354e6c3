// gather() and scatter_add(): rows of a table by id, and the gradient.
#include "kernels/gather.h"

#include "support.h"

namespace gru::test {
namespace {

template <typename T>
class GatherTest : public ::testing::Test {};
TYPED_TEST_SUITE(GatherTest, Numbers);

TYPED_TEST(GatherTest, GathersRowsAndScattersTheirGradient) {
  using T = TypeParam;
  Random random(1);
  for (int width : kSizes) {
    const int height = 7;
    const std::vector<int32_t> ids{6, 0, 3, 3, 6};
    const int count = static_cast<int>(ids.size());
    const std::vector<T> table = random.numbers<T>(uint64_t(height) * width);
    std::vector<T> expected, sums = table;
    for (int32_t id : ids)
      expected.insert(expected.end(), table.begin() + id * width, table.begin() + (id + 1) * width);
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < width; ++j) sums[ids[i] * width + j] += expected[i * width + j];
    }

    Buffer<T> table_block(table), rows(uint64_t(count) * width);
    const Buffer<int32_t> id_block(ids);
    gather(table_block.data(), width, id_block.data(), count, rows.data());
    EXPECT_TRUE(same_bits(rows.values(), expected));
    scatter_add(rows.data(), width, id_block.data(), count, table_block.data());
    EXPECT_TRUE(same_bits(table_block.values(), sums));
    EXPECT_TRUE(rows.slack_untouched() && table_block.slack_untouched());
  }
}

}  // namespace
}  // namespace gru::test
