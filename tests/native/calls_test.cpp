// The operations as JavaScript calls them: calls by argument blocks give the same results as direct calls,
// and kCallFields lists every call once.
#include "gru/calls.h"

#include <sstream>

#include "model.h"

namespace gru::test {
namespace {

template <typename T>
class CallsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(CallsTest, Types);

TYPED_TEST(CallsTest, AStepEqualsASequenceOfOneStep) {
  using T = TypeParam;
  Random random(1);
  for (Family family : kFamilies) {
    for (int batch : {1, 3}) {
      const Design design{family, 5, 11};
      SCOPED_TRACE(describe(design));
      const PackedModel<T> model(design, random_variables<T>(design, random));
      const auto x = random.numbers<T>(uint64_t(batch) * 5), h = random.numbers<T>(uint64_t(batch) * 11);
      const Buffer<T> inputs(x);
      Buffer<T> state(h);
      Buffer<char> work(step_work(model.cell(), batch));
      run_step<T>(model.cell(), batch, inputs.data(), state.data(), state.data(), work.data());
      EXPECT_TRUE(state.slack_untouched() && work.slack_untouched());
      EXPECT_TRUE(same_bits(state.values(), run_sequence<T>(model.cell(), {batch, 1, false}, x, h).state));
    }
  }
}

TYPED_TEST(CallsTest, CallsByArgumentBlocksEqualDirectCalls) {
  using T = TypeParam;
  Random random(2);
  const Design design{Family::keras_after, 4, 9};
  const auto variables = random_variables<T>(design, random);
  Variables<T> zeros = variables;
  for (auto& values : zeros) std::fill(values.begin(), values.end(), T{0});
  const PackedModel<T> model(design, variables), to(design, zeros), expected_to(design, zeros);
  const Order order{2, 3, true};
  const auto x = random.numbers<T>(6 * 4), h = random.numbers<T>(2 * 9), d = random.numbers<T>(6 * 9);
  const Buffer<uint8_t> mask(std::vector<uint8_t>{1, 1, 1, 0, 1, 1});

  SavedBlock<T> expected_saved(model.cell(), order);
  const Result<T> expected =
      run_sequence<T>(model.cell(), order, x, h, mask.values(), true, true, &expected_saved);
  const Buffer<T> inputs(x), d_outputs(d);
  Buffer<T> state(h), outputs(6 * 9);
  Buffer<char> saved(saved_bytes(model.cell(), 2, 3)), work(sequence_work(model.cell(), order, true));
  run(SequenceCall<T>{&model.cell(), 2, 3, 1, 1, inputs.data(), mask.data(), state.data(), outputs.data(),
                      saved.data(), work.data()});
  EXPECT_TRUE(same_bits(outputs.values(), expected.outputs));
  EXPECT_TRUE(same_bits(state.values(), expected.state));

  Buffer<T> d_state(h), d_inputs(x.size()), expected_d_state(h), expected_d_inputs(x.size());
  GradientArguments<T> arguments{.order = order};
  arguments.inputs = inputs.data();
  arguments.mask = mask.data();
  arguments.repeat_output = true;
  arguments.d_outputs = d_outputs.data();
  arguments.d_state = expected_d_state.data();
  arguments.d_inputs = expected_d_inputs.data();
  Buffer<char> gradient_area(gradient_work(model.cell(), arguments));
  gradient<T>(model.cell(), arguments, expected_saved.saved, expected_to.cell(), gradient_area.data());
  run(GradientCall<T>{&model.cell(), &to.cell(), 2, 3, 1, 1, inputs.data(), mask.data(), saved.data(),
                      d_outputs.data(), d_state.data(), d_inputs.data(), gradient_area.data()});
  EXPECT_TRUE(same_bits(d_state.values(), expected_d_state.values()));
  EXPECT_TRUE(same_bits(d_inputs.values(), expected_d_inputs.values()));
  const Variables<T> gradients = to.unpacked(), expected_gradients = expected_to.unpacked();
  for (size_t i = 0; i < gradients.size(); ++i) EXPECT_TRUE(same_bits(gradients[i], expected_gradients[i]));
}

TEST(CallFieldsTest, ListEveryCallAndNoFieldTwice) {
  std::istringstream lines(kCallFields);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;) {
      for (const std::string& field : fields) EXPECT_NE(field, word) << line;
      fields.push_back(word);
    }
    EXPECT_EQ(fields.back(), "work");
    names.push_back(fields[0]);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"sequence", "gradient", "block_cell", "block_cell_gradient",
                                             "block_cell_weights"}));
}

TEST(LinearMapTest, AppliesAndAddsAndIsTrainable) {
  Random random(3);
  const auto weights = random.numbers<float>(5 * 7), bias = random.numbers<float>(7);
  Buffer<float> matrix = packed(weights, 5, 1, 7), offsets = packed(bias, 1, 1, 7);
  const LinearMap<float> map{Weights::packed, Packed<float>::whole(matrix.data(), 5, padded<float>(7)),
                             offsets.data()};
  EXPECT_TRUE(map.is_trainable());
  const auto x = random.numbers<float>(3 * 5);
  const Buffer<float> from(x);
  Buffer<float> to(3 * 8);
  map.apply({from.data(), 5}, 3, to.rows(8));
  for (int pass = 1; pass <= 2; ++pass) {
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 7; ++column) {
        double sum = 0;
        for (int k = 0; k < 5; ++k) sum += double{x[row * 5 + k]} * weights[k * 7 + column];
        EXPECT_NEAR(to[row * 8 + column], bias[column] + pass * sum, 1e-6);
      }
    }
    map.add({from.data(), 5}, 3, to.rows(8));
  }
}

}  // namespace
}  // namespace gru::test
