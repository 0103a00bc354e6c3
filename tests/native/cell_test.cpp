// One step of the recurrence, compared with the equations for all families of cells.
#include "gru/cell.h"

#include "model.h"

namespace gru::test {
namespace {

// Returns the new states after one step; all buffers have exact sizes.
template <typename T>
std::vector<T> run_step(const Cell<T>& cell, int batch, const std::vector<T>& x, const std::vector<T>& h,
                        Sweep sweep = Sweep::forwards) {
  Buffer<T> input(x), state(h), gates(uint64_t(batch) * cell.row_width()),
      reset(uint64_t(batch) * cell.width());
  Buffer<T> before(uint64_t(batch) * cell.row_width()), next(h.size());
  const Rows<T> gate_rows = gates.rows(cell.row_width());
  StepRows<T> rows{gate_rows, reset.rows(cell.width()), {}};
  project<T>(cell, input.rows(cell.inputs), batch, gate_rows);
  step<T>(cell, batch, state.rows(cell.units), rows, next.rows(cell.units), sweep);
  EXPECT_TRUE(gates.slack_untouched() && reset.slack_untouched() && next.slack_untouched());

  // In place, and with the preactivations saved, the result has the same bits.
  rows.preactivations = before.rows(cell.row_width());
  project<T>(cell, input.rows(cell.inputs), batch, gate_rows);
  step<T>(cell, batch, state.rows(cell.units), rows, state.rows(cell.units), sweep);
  EXPECT_TRUE(same_bits(state.values(), next.values()));
  EXPECT_TRUE(before.slack_untouched() && state.slack_untouched());
  return next.values();
}

template <typename T>
void compare(const Design& design, int batch, Random& random) {
  SCOPED_TRACE(describe(design) + ", batch " + std::to_string(batch));
  const Variables<T> variables = random_variables<T>(design, random);
  PackedModel<T> model(design, variables);
  const auto x = random.numbers<T>(uint64_t(batch) * design.inputs, 1);
  const auto h = random.numbers<T>(uint64_t(batch) * design.units, 0.9);
  std::vector<Real> expected = converted<Real>(h);
  Reference<T>(design, variables).sequence({batch, 1, false}, x, {}, false, expected);
  const std::vector<T> actual = run_step(model.cell(), batch, x, h);
  EXPECT_TRUE(close(actual, expected, kStepTolerance<T>));
  EXPECT_TRUE(same_bits(run_step(model.cell(), batch, x, h, Sweep::backwards), actual));
}

template <typename T>
class CellTest : public ::testing::Test {};
TYPED_TEST_SUITE(CellTest, Numbers);

TYPED_TEST(CellTest, MatchesTheEquationsAtEverySize) {
  Random random(1);
  for (Family family : kFamilies) {
    for (int units : kSizes) {
      const int inputs = kSizes[random.below(10)];
      for (int batch : {1, 2, 1 + random.below(13)})
        compare<TypeParam>({family, inputs, units}, batch, random);
    }
  }
}

TYPED_TEST(CellTest, MatchesTheEquationsForEveryBatchSize) {
  Random random(2);
  for (int batch : kRowCounts) {
    compare<TypeParam>({Family::tf1, 3, 17}, batch, random);
    compare<TypeParam>({Family::keras_after, 8, 7}, batch, random);
  }
}

TYPED_TEST(CellTest, MatchesTheEquationsWithEveryActivation) {
  Random random(3);
  for (Activation activation : kActivations) {
    for (Family family : {Family::tf1, Family::keras_after, Family::keras_before}) {
      compare<TypeParam>({family, 7, 17, activation}, 3, random);
      compare<TypeParam>({family, 7, 17, Activation::tanh, activation}, 1, random);
    }
  }
}

// The expected numbers are from TensorFlow's test of GRUCell.
TYPED_TEST(CellTest, MatchesTheNumbersInTensorFlowsTest) {
  using T = TypeParam;
  for (auto [inputs, expected] : {std::pair{2, 0.175991}, std::pair{3, 0.156736}}) {
    const Design design{Family::tf1, inputs, 2};
    Variables<T> variables;
    for (const VariableShape& shape : variable_shapes(design)) variables.emplace_back(shape.size(), T(0.5));
    variables[1].assign(4, T(1));
    variables[3].assign(2, T(0));
    PackedModel<T> model(design, variables);
    const auto h = run_step<T>(model.cell(), 1, std::vector<T>(inputs, T(1)), {T(0.1), T(0.1)});
    EXPECT_NEAR(h[0], expected, 1e-6);
    EXPECT_NEAR(h[1], expected, 1e-6);
  }
}

TYPED_TEST(CellTest, GivesARowTheSameBitsInABatchOfAnySize) {
  using T = TypeParam;
  Random random(4);
  for (Family family : {Family::tf1, Family::keras_after}) {
    const Design design{family, 16, 76};
    const PackedModel<T> model(design, random_variables<T>(design, random));
    const int batch = 13;
    const auto x = random.numbers<T>(uint64_t(batch) * design.inputs);
    const auto h = random.numbers<T>(uint64_t(batch) * design.units);
    std::vector<T> apart;
    for (int row = 0; row < batch; ++row) {
      const auto next = run_step<T>(model.cell(), 1,
                                    {x.begin() + row * design.inputs, x.begin() + (row + 1) * design.inputs},
                                    {h.begin() + row * design.units, h.begin() + (row + 1) * design.units});
      apart.insert(apart.end(), next.begin(), next.end());
    }
    EXPECT_TRUE(same_bits(run_step(model.cell(), batch, x, h), apart));
  }
}

TYPED_TEST(CellTest, SaturatesAndPropagatesNan) {
  using T = TypeParam;
  Random random(5);
  for (Family family : kFamilies) {
    const Design design{family, 3, 17};
    const PackedModel<T> model(design, random_variables<T>(design, random));
    auto x = random.numbers<T>(5 * 3);
    const auto h = random.numbers<T>(5 * 17);
    const auto before = run_step(model.cell(), 5, x, h);
    x[1 * 3 + 2] = kNan<T>;
    x[2 * 3 + 0] = kInfinity<T>;
    x[3 * 3 + 0] = std::numeric_limits<T>::max();
    const auto after = run_step(model.cell(), 5, x, h);
    for (int row = 0; row < 5; ++row) {
      for (int j = 0; j < 17; ++j) {
        const T value = after[row * 17 + j];
        if (row == 1) {
          EXPECT_TRUE(std::isnan(value));
        } else if (row == 2 || row == 3) {
          EXPECT_LE(std::fabs(value), 1);
        } else {
          EXPECT_EQ(value, before[row * 17 + j]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace gru::test
