// Activations that are the caller's functions: they are called with the columns without padding, and their
// results are used like those of built-in activations.
#include "kernels/external.h"

#include "model.h"

namespace gru::test {
namespace {

constexpr auto kExternalActivation = static_cast<Activation>(kFirstExternal + 3);

int expected_columns = 0;

// The identity, which must give a cell the same bits as the linear activation. It writes NaN into the
// padding, which an external function may overwrite.
template <typename T>
void identity(Activation kind, Rows<const T> x, Rows<T> y, int count, int columns) {
  EXPECT_EQ(kind, kExternalActivation);
  EXPECT_EQ(columns, expected_columns);
  for (int row = 0; row < count; ++row) {
    std::copy_n(x[row], columns, y[row]);
    std::fill(y[row] + columns, y[row] + padded<T>(columns), kNan<T>);
  }
}

template <typename T>
void slope(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d, int count, int columns) {
  EXPECT_EQ(kind, kExternalActivation);
  EXPECT_EQ(columns, expected_columns);
  for (int row = 0; row < count; ++row) {
    for (int column = 0; column < columns; ++column) {
      EXPECT_EQ(x[row][column], y[row][column]);
      // In masked steps dy is 0. NaN stands for 0 times an infinite slope; it must not reach a result.
      if (d[row][column] == 0) d[row][column] = kNan<T>;
    }
    std::fill(d[row] + columns, d[row] + padded<T>(columns), kNan<T>);
  }
}

template <typename T>
class ExternalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    External<T>::value = identity<T>;
    External<T>::gradient = slope<T>;
  }
  void TearDown() override {
    External<T>::value = nullptr;
    External<T>::gradient = nullptr;
  }
};
TYPED_TEST_SUITE(ExternalTest, Numbers);

template <typename T>
struct Results {
  std::vector<T> state, outputs, d_state, d_inputs;
  Variables<T> d_variables;
};

template <typename T>
Results<T> train(const Design& design, const Variables<T>& variables, const Order& order,
                 const std::vector<uint8_t>& mask, uint32_t seed) {
  Random random(seed);
  PackedModel<T> model(design, variables);
  Variables<T> zeros = variables;
  for (std::vector<T>& values : zeros) std::fill(values.begin(), values.end(), T{0});
  PackedModel<T> to(design, zeros);
  const uint64_t inputs = order.rows() * design.inputs, units = order.rows() * design.units;
  std::vector<T> x_values = random.numbers<T>(inputs);
  for (size_t i = 0; i < x_values.size(); ++i) {
    if (!mask[i / design.inputs]) x_values[i] = 0;
  }
  Buffer<T> x(x_values), state(random.numbers<T>(uint64_t(order.batch) * design.units)), outputs(units);
  Buffer<uint8_t> counts(mask);
  Carver counting;
  Saved<T>::carve(model.cell(), order, counting);
  Buffer<char> block(counting.used()), work(sequence_work<T>(model.cell(), order, true));
  Carver carver(block.data());
  const Saved<T> saved = Saved<T>::carve(model.cell(), order, carver);
  sequence<T>(model.cell(), {order, x.data(), state.data(), outputs.data(), counts.data(), false}, &saved,
              work.data());

  Buffer<T> d_outputs(random.numbers<T>(units)), d_state(random.numbers<T>(state.size())), d_inputs(inputs);
  GradientArguments<T> arguments{.order = order};
  arguments.inputs = x.data();
  arguments.mask = counts.data();
  arguments.d_outputs = d_outputs.data();
  arguments.d_state = d_state.data();
  arguments.d_inputs = d_inputs.data();
  Buffer<char> gradient_area(gradient_work<T>(model.cell(), arguments));
  gradient<T>(model.cell(), arguments, saved, to.cell(), gradient_area.data());
  return {state.values(), outputs.values(), d_state.values(), d_inputs.values(), to.unpacked()};
}

TYPED_TEST(ExternalTest, AnExternalIdentityEqualsLinearBitForBit) {
  using T = TypeParam;
  Random random(11);
  for (Family family : kFamilies) {
    for (int units : {1, 5, 8, 13}) {
      Design design{family, 3, units, Activation::linear, Activation::linear};
      const Variables<T> variables = random_variables<T>(design, random);
      const Order order{3, 4, false};
      const std::vector<uint8_t> mask{1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
      SCOPED_TRACE(describe(design));
      const Results<T> expected = train(design, variables, order, mask, 12);
      design.activation = design.gate_activation = kExternalActivation;
      expected_columns = units;
      const Results<T> actual = train(design, variables, order, mask, 12);
      EXPECT_TRUE(same_bits(actual.state, expected.state));
      EXPECT_TRUE(same_bits(actual.outputs, expected.outputs));
      EXPECT_TRUE(same_bits(actual.d_state, expected.d_state));
      EXPECT_TRUE(same_bits(actual.d_inputs, expected.d_inputs));
      for (size_t i = 0; i < variables.size(); ++i)
        EXPECT_TRUE(same_bits(actual.d_variables[i], expected.d_variables[i]));
    }
  }
}

}  // namespace
}  // namespace gru::test
