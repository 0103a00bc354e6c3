// A whole sequence equals its single steps: batch-major and time-major, with masks, in chunks, with and
// without outputs.
#include "gru/sequence.h"

#include "model.h"

namespace gru::test {
namespace {

// A model and the data of one sequence, batch-major.
template <typename T>
struct Example {
  Example(const Design& design, int batch, int steps, Random& random)
      : design(design),
        order{batch, steps, false},
        variables(random_variables<T>(design, random)),
        model(design, variables),
        inputs(random.numbers<T>(order.rows() * design.inputs, 1)),
        state(random.numbers<T>(uint64_t(batch) * design.units, 0.9)) {}

  Order time_major() const { return {order.batch, order.steps, true}; }
  std::vector<T> swapped_inputs() const { return swapped(inputs, order.batch, order.steps, design.inputs); }

  Design design;
  Order order;
  Variables<T> variables;
  PackedModel<T> model;
  std::vector<T> inputs, state;
};

// A mask of rows of different lengths: row 0 is full, row 1 is empty.
std::vector<uint8_t> lengths_mask(const Order& order, Random& random) {
  std::vector<uint8_t> mask(order.rows());
  for (int row = 0; row < order.batch; ++row) {
    const int length = row == 0 ? order.steps : row == 1 ? 0 : random.below(order.steps + 1);
    for (int now = 0; now < length; ++now) mask[row * order.steps + now] = 1;
  }
  return mask;
}

// A mask with random steps masked.
std::vector<uint8_t> scattered_mask(const Order& order, Random& random) {
  std::vector<uint8_t> mask(order.rows());
  // Every byte except zero means an unmasked step.
  for (uint8_t& counts : mask) counts = random.below(3) ? 1 + random.below(255) : 0;
  return mask;
}

// Runs the sequence row by row and step by step.
template <typename T>
Result<T> step_by_step(const Example<T>& example, const std::vector<uint8_t>& mask, bool repeat_output) {
  const Cell<T>& cell = example.model.cell();
  const int inputs = cell.inputs, units = cell.units;
  Result<T> result;
  for (int row = 0; row < example.order.batch; ++row) {
    Buffer<T> h(
        std::vector<T>(example.state.begin() + row * units, example.state.begin() + (row + 1) * units));
    Buffer<T> gates(cell.row_width()), reset(cell.width());
    std::vector<T> output(units, T{0});
    for (int now = 0; now < example.order.steps; ++now) {
      const ptrdiff_t place = ptrdiff_t{row} * example.order.steps + now;
      if (mask.empty() || mask[place]) {
        Buffer<T> x(std::vector<T>(example.inputs.begin() + place * inputs,
                                   example.inputs.begin() + (place + 1) * inputs));
        project<T>(cell, x.rows(inputs), 1, gates.rows(0));
        step<T>(cell, 1, h.rows(units), {gates.rows(0), reset.rows(0), {}}, h.rows(units));
        output = h.values();
      } else if (!repeat_output) {
        output.assign(units, T{0});
      }
      result.outputs.insert(result.outputs.end(), output.begin(), output.end());
    }
    const std::vector<T> last = h.values();
    result.state.insert(result.state.end(), last.begin(), last.end());
  }
  return result;
}

// Every way to run the sequence gives the same bits as its single steps.
template <typename T>
void expect_all_ways_equal(const Example<T>& example, const std::vector<uint8_t>& mask, bool repeat_output) {
  const Cell<T>& cell = example.model.cell();
  const int batch = example.order.batch, steps = example.order.steps, units = cell.units;
  const Result<T> expected = step_by_step(example, mask, repeat_output);
  for (const Order& order : {example.order, example.time_major()}) {
    const auto& inputs = order.time_major ? example.swapped_inputs() : example.inputs;
    const auto counts = order.time_major && !mask.empty() ? swapped(mask, batch, steps, 1) : mask;
    for (bool with_outputs : {true, false}) {
      for (bool training : {false, true}) {
        SCOPED_TRACE(::testing::Message()
                     << (order.time_major ? "time-major" : "batch-major") << (with_outputs ? ", outputs" : "")
                     << (training ? ", training" : "") << (repeat_output ? ", repeating" : ""));
        SavedBlock<T> saved_block(cell, order);
        const Result<T> result = run_sequence(cell, order, inputs, example.state, counts, repeat_output,
                                              with_outputs, training ? &saved_block : nullptr);
        EXPECT_TRUE(same_bits(result.state, expected.state));
        if (!with_outputs) continue;
        const auto outputs = order.time_major ? swapped(result.outputs, steps, batch, units) : result.outputs;
        EXPECT_TRUE(same_bits(outputs, expected.outputs));
      }
    }
  }
}

template <typename T>
class SequenceTest : public ::testing::Test {};
TYPED_TEST_SUITE(SequenceTest, Numbers);

TYPED_TEST(SequenceTest, MatchesTheEquations) {
  using T = TypeParam;
  Random random(1);
  for (Family family : kFamilies) {
    for (int units : {1, 7, 17, 60}) {
      for (bool repeat_output : {false, true}) {
        const Example<T> example({family, 3, units}, 5, 7, random);
        SCOPED_TRACE(describe(example.design));
        for (const auto& mask : {std::vector<uint8_t>(), lengths_mask(example.order, random),
                                 scattered_mask(example.order, random)}) {
          std::vector<Real> state = converted<Real>(example.state);
          const auto outputs = Reference<T>(example.design, example.variables)
                                   .sequence(example.order, example.inputs, mask, repeat_output, state);
          const Result<T> result = run_sequence(example.model.cell(), example.order, example.inputs,
                                                example.state, mask, repeat_output);
          EXPECT_TRUE(close(result.outputs, outputs, 2 * kStepTolerance<T>));
          EXPECT_TRUE(close(result.state, state, 2 * kStepTolerance<T>));
        }
      }
    }
  }
}

TYPED_TEST(SequenceTest, EqualsItsStepsBitForBit) {
  using T = TypeParam;
  Random random(2);
  for (Family family : {Family::tf1, Family::keras_after, Family::keras_before}) {
    for (int units : kSizes) {
      const int batch = 1 + random.below(8), inputs = 1 + random.below(20);
      const Example<T> example({family, inputs, units}, batch, 6, random);
      SCOPED_TRACE(describe(example.design));
      expect_all_ways_equal(example, {}, false);
    }
  }
}

TYPED_TEST(SequenceTest, EqualsItsStepsWithAMask) {
  using T = TypeParam;
  Random random(3);
  for (Family family : {Family::tf1, Family::keras_after}) {
    for (int units : {1, 8, 17, 76}) {
      for (bool repeat_output : {false, true}) {
        const Example<T> example({family, 5, units}, 4, 9, random);
        SCOPED_TRACE(describe(example.design));
        expect_all_ways_equal(example, lengths_mask(example.order, random), repeat_output);
        expect_all_ways_equal(example, scattered_mask(example.order, random), repeat_output);
      }
    }
  }
}

// The products of the inputs need several chunks, the last of which is not full.
TYPED_TEST(SequenceTest, EqualsItsStepsInChunks) {
  using T = TypeParam;
  Random random(4);
  constexpr struct {
    Family family;
    int units, batch, steps;
  } kLong[] = {{Family::tf1, 154, 1, 290},
               {Family::keras_after, 154, 3, 100},
               {Family::tf1, 60, 32, 30},
               {Family::tf1, 154, 280, 5}};
  for (const auto& [family, units, batch, steps] : kLong) {
    const Example<T> example({family, 3, units}, batch, steps, random);
    SCOPED_TRACE(describe(example.design));
    expect_all_ways_equal(example, {}, false);
    expect_all_ways_equal(example, scattered_mask(example.order, random), true);
  }
}

TYPED_TEST(SequenceTest, NeedsABoundedWorkArea) {
  using T = TypeParam;
  Random random(5);
  const Design design{Family::tf1, 3, 154};
  const PackedModel<T> model(design, random_variables<T>(design, random));
  for (bool time_major : {false, true}) {
    const uint64_t work = sequence_work(model.cell(), {4, 1000, time_major}, false);
    EXPECT_EQ(work, sequence_work(model.cell(), {4, 1000000000, time_major}, false));
    EXPECT_LT(work, 1u << 20);
    const uint64_t of_many_rows = sequence_work(model.cell(), {1000000, 10, time_major}, false);
    EXPECT_EQ(of_many_rows, sequence_work(model.cell(), {1000000000, 10, time_major}, false));
    EXPECT_LT(of_many_rows, 2u << 20);
  }
}

TYPED_TEST(SequenceTest, IgnoresMaskedInputs) {
  using T = TypeParam;
  Random random(6);
  const Example<T> example({Family::tf1, 3, 17}, 4, 6, random);
  const auto mask = scattered_mask(example.order, random);
  auto with_nan = example.inputs;
  for (int64_t row = 0; row < example.order.rows(); ++row) {
    if (!mask[row]) std::fill_n(with_nan.begin() + row * 3, 3, kNan<T>);
  }
  const Cell<T>& cell = example.model.cell();
  const auto clean = run_sequence(cell, example.order, example.inputs, example.state, mask);
  const auto result = run_sequence(cell, example.order, with_nan, example.state, mask);
  EXPECT_TRUE(same_bits(result.outputs, clean.outputs));
  EXPECT_TRUE(same_bits(result.state, clean.state));
}

TYPED_TEST(SequenceTest, PropagatesNanToLaterStepsOfItsRowOnly) {
  using T = TypeParam;
  Random random(7);
  for (Family family : {Family::tf1, Family::keras_after}) {
    const Example<T> example({family, 3, 17}, 3, 5, random);
    auto with_nan = example.inputs;
    with_nan[(1 * 5 + 2) * 3] = kNan<T>;  // row 1, step 2
    const Cell<T>& cell = example.model.cell();
    const auto clean = run_sequence(cell, example.order, example.inputs, example.state);
    const auto result = run_sequence(cell, example.order, with_nan, example.state);
    for (int i = 0; i < 3 * 5 * 17; ++i) {
      const int row = i / (5 * 17), now = i / 17 % 5;
      if (row == 1 && now >= 2) {
        EXPECT_TRUE(std::isnan(result.outputs[i]));
      } else {
        EXPECT_EQ(result.outputs[i], clean.outputs[i]);
      }
    }
  }
}

TYPED_TEST(SequenceTest, KeepsTheStateWithoutStepsOrRows) {
  using T = TypeParam;
  Random random(8);
  for (const auto& [batch, steps] : {std::pair{3, 0}, std::pair{0, 3}, std::pair{0, 0}}) {
    const Example<T> example({Family::tf1, 3, 8}, batch, steps, random);
    for (const Order& order : {example.order, example.time_major()}) {
      const auto result = run_sequence(example.model.cell(), order, example.inputs, example.state);
      EXPECT_TRUE(same_bits(result.state, example.state));
    }
  }
}

}  // namespace
}  // namespace gru::test
