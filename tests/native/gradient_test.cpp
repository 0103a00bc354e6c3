// Back-propagation through time, compared with central differences of the equations.
#include "gru/gradient.h"

#include "model.h"

namespace gru::test {
namespace {

// The variables and data of a loss: sum(outputs * d_outputs) + sum(final state * d_state).
template <typename T>
struct Example {
  Order order;
  Variables<T> variables;
  std::vector<T> inputs, state, d_outputs, d_state;
  std::vector<uint8_t> mask;
  bool repeat_output = false;

  template <typename To>
  Example<To> as() const {
    Example<To> result{order,
                       {},
                       converted<To>(inputs),
                       converted<To>(state),
                       converted<To>(d_outputs),
                       converted<To>(d_state),
                       mask,
                       repeat_output};
    for (const auto& variable : variables) result.variables.push_back(converted<To>(variable));
    return result;
  }
};

template <typename T>
Example<T> random_example(const Design& design, const Order& order, bool masked, Random& random) {
  Example<T> example{order,
                     random_variables<T>(design, random),
                     random.numbers<T>(order.rows() * design.inputs, 1),
                     random.numbers<T>(uint64_t(order.batch) * design.units, 0.9),
                     random.numbers<T>(order.rows() * design.units),
                     random.numbers<T>(uint64_t(order.batch) * design.units),
                     {}};
  if (masked) {
    for (int64_t row = 0; row < order.rows(); ++row) {
      example.mask.push_back(random.below(3) > 0);
      if (!example.mask[row]) std::fill_n(example.inputs.begin() + row * design.inputs, design.inputs, T{0});
    }
  }
  return example;
}

template <typename T>
struct Gradients {
  Variables<T> variables;
  std::vector<T> inputs, state;
};

struct Requested {
  bool inputs = true;
  bool weights = true;
  bool outputs = true;  // whether the loss depends on the outputs
};

// The result of gradient(); the gradients of the variables are added to `before` if it is not null.
template <typename T>
Gradients<T> run_gradient(const Design& design, const Example<T>& example, Requested requested = {},
                          const Variables<T>* before = nullptr) {
  const PackedModel<T> model(design, example.variables);
  Variables<T> begin;
  for (const VariableShape& shape : variable_shapes(design)) begin.emplace_back(shape.size(), T{0});
  PackedModel<T> to(design, before ? *before : begin);
  SavedBlock<T> saved_block(model.cell(), example.order);
  run_sequence(model.cell(), example.order, example.inputs, example.state, example.mask,
               example.repeat_output, true, &saved_block);

  Buffer<T> inputs(example.inputs), d_outputs(example.d_outputs), d_state(example.d_state),
      d_inputs(inputs.size());
  Buffer<uint8_t> mask(example.mask);
  const GradientArguments<T> arguments{.order = example.order,
                                       .inputs = inputs.data(),
                                       .mask = example.mask.empty() ? nullptr : mask.data(),
                                       .repeat_output = example.repeat_output,
                                       .d_outputs = requested.outputs ? d_outputs.data() : nullptr,
                                       .d_state = d_state.data(),
                                       .d_inputs = requested.inputs ? d_inputs.data() : nullptr,
                                       .weights = requested.weights};
  Buffer<char> work(gradient_work(model.cell(), arguments));
  gradient(model.cell(), arguments, saved_block.saved, to.cell(), work.data());
  EXPECT_TRUE(d_inputs.slack_untouched() && d_state.slack_untouched() && work.slack_untouched());
  return {to.unpacked(), d_inputs.values(), d_state.values()};
}

Real loss_of(const Design& design, const Example<Real>& example) {
  std::vector<Real> state = example.state;
  const auto outputs =
      Reference<Real>(design, example.variables)
          .sequence(example.order, example.inputs, example.mask, example.repeat_output, state);
  Real loss = 0;
  for (size_t i = 0; i < outputs.size(); ++i) loss += outputs[i] * example.d_outputs[i];
  for (size_t i = 0; i < state.size(); ++i) loss += state[i] * example.d_state[i];
  return loss;
}

// Central differences of the loss, with the equations in long double.
Gradients<Real> differences(const Design& design, Example<Real> example) {
  const Real step = 0x1p-17L;
  auto of = [&](std::vector<Real>& values) {
    std::vector<Real> slopes;
    for (Real& value : values) {
      const Real middle = value;
      value = middle + step;
      const Real above = loss_of(design, example);
      value = middle - step;
      slopes.push_back((above - loss_of(design, example)) / (2 * step));
      value = middle;
    }
    return slopes;
  };
  Gradients<Real> gradients;
  for (auto& variable : example.variables) gradients.variables.push_back(of(variable));
  gradients.inputs = of(example.inputs);
  gradients.state = of(example.state);
  return gradients;
}

template <typename T, typename U>
void expect_close(const Gradients<T>& actual, const Gradients<U>& expected, double tolerance) {
  for (size_t i = 0; i < expected.variables.size(); ++i) {
    EXPECT_TRUE(close(actual.variables[i], expected.variables[i], tolerance)) << "variable " << i;
  }
  EXPECT_TRUE(close(actual.inputs, expected.inputs, tolerance)) << "inputs";
  EXPECT_TRUE(close(actual.state, expected.state, tolerance)) << "initial state";
}

template <typename T>
void expect_same_bits(const Gradients<T>& actual, const Gradients<T>& expected) {
  for (size_t i = 0; i < expected.variables.size(); ++i) {
    EXPECT_TRUE(same_bits(actual.variables[i], expected.variables[i])) << "variable " << i;
  }
  EXPECT_TRUE(same_bits(actual.inputs, expected.inputs)) << "inputs";
  EXPECT_TRUE(same_bits(actual.state, expected.state)) << "initial state";
}

// The central differences have an error of about 1e-10; for float, rounding in the gradient dominates.
template <typename T>
inline constexpr double kTolerance = std::is_same_v<T, float> ? 1e-5 : 1e-8;

template <typename T>
void compare(const Design& design, const Order& order, bool masked, Random& random) {
  SCOPED_TRACE(describe(design) + (masked ? ", masked" : "") + (order.time_major ? ", time-major" : ""));
  const auto example = random_example<T>(design, order, masked, random);
  expect_close(run_gradient(design, example), differences(design, example.template as<Real>()),
               kTolerance<T>);
}

template <typename T>
class GradientTest : public ::testing::Test {};
TYPED_TEST_SUITE(GradientTest, Numbers);

TYPED_TEST(GradientTest, MatchesCentralDifferences) {
  Random random(1);
  for (Family family : kFamilies) {
    for (bool time_major : {false, true}) {
      for (bool masked : {false, true}) {
        compare<TypeParam>({family, 3, 5}, {3, 4, time_major}, masked, random);
      }
    }
  }
}

TYPED_TEST(GradientTest, MatchesCentralDifferencesWithRepeatedOutputs) {
  using T = TypeParam;
  Random random(11);
  for (Family family : {Family::tf1, Family::keras_after}) {
    for (bool time_major : {false, true}) {
      const Design design{family, 2, 5};
      SCOPED_TRACE(describe(design) + (time_major ? ", time-major" : ""));
      auto example = random_example<T>(design, {3, 6, time_major}, true, random);
      example.repeat_output = true;
      // Row 0 is masked in two consecutive steps, and in the first, where there is no output to repeat.
      for (int now : {0, 3, 4}) {
        const ptrdiff_t place = example.order.first(now);
        example.mask[place] = 0;
        std::fill_n(example.inputs.begin() + place * design.inputs, design.inputs, T{0});
      }
      expect_close(run_gradient(design, example), differences(design, example.template as<Real>()),
                   kTolerance<T>);
    }
  }
}

TYPED_TEST(GradientTest, MatchesCentralDifferencesAtOtherSizes) {
  Random random(2);
  constexpr struct {
    int inputs, units, batch, steps;
  } kShapes[] = {{1, 1, 1, 1}, {9, 8, 1, 3}, {2, 9, 7, 2}, {8, 3, 2, 9}};
  for (const auto& [inputs, units, batch, steps] : kShapes) {
    for (Family family : {Family::tf1, Family::keras_after}) {
      compare<TypeParam>({family, inputs, units}, {batch, steps, false}, false, random);
    }
  }
}

TYPED_TEST(GradientTest, MatchesCentralDifferencesForEveryActivation) {
  Random random(3);
  for (Activation activation : kActivations) {
    for (Family family : {Family::tf1, Family::keras_after}) {
      compare<TypeParam>({family, 2, 5, activation}, {2, 3, false}, true, random);
      compare<TypeParam>({family, 2, 3, Activation::tanh, activation}, {2, 3, false}, true, random);
    }
    compare<TypeParam>({Family::keras_before, 2, 3, activation, Activation::hard_sigmoid}, {2, 3, true}, true,
                       random);
  }
}

TEST(GradientPrecisionTest, IsCloseInFloatAndDouble) {
  Random random(4);
  for (int units : kSizes) {
    for (Family family : {Family::tf1, Family::keras_after, Family::keras_before}) {
      const Design design{family, 1 + random.below(20), units,
                          units % 2 ? Activation::tanh : Activation::gelu};
      SCOPED_TRACE(describe(design));
      const auto example =
          random_example<float>(design, {1 + random.below(13), 5, false}, units % 3 == 0, random);
      expect_close(run_gradient(design, example), run_gradient(design, example.as<double>()), 2e-6);
    }
  }
}

TYPED_TEST(GradientTest, ComputesOnlyTheRequestedGradients) {
  using T = TypeParam;
  Random random(5);
  for (Family family : {Family::tf1, Family::keras_after, Family::keras_before_without_bias}) {
    const Design design{family, 7, 17};
    SCOPED_TRACE(describe(design));
    const auto example = random_example<T>(design, {3, 4, false}, true, random);
    const Variables<T> before = random_variables<T>(design, random);
    const Gradients<T> all = run_gradient(design, example, {}, &before);

    Gradients<T> without = run_gradient(design, example, {.inputs = false}, &before);
    for (T value : without.inputs) EXPECT_TRUE(std::isnan(value));
    without.inputs = all.inputs;
    expect_same_bits(without, all);

    without = run_gradient(design, example, {.weights = false}, &before);
    for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(same_bits(without.variables[i], before[i]));
    without.variables = all.variables;
    expect_same_bits(without, all);
  }
}

TYPED_TEST(GradientTest, AddsToTheExistingGradients) {
  using T = TypeParam;
  Random random(6);
  for (Family family : kFamilies) {
    const Design design{family, 7, 17};
    SCOPED_TRACE(describe(design));
    const auto example = random_example<T>(design, {3, 4, true}, false, random);
    const Variables<T> before = random_variables<T>(design, random);
    const auto alone = run_gradient(design, example), added = run_gradient(design, example, {}, &before);
    for (size_t i = 0; i < before.size(); ++i) {
      auto expected = converted<Real>(before[i]);
      for (size_t j = 0; j < expected.size(); ++j) expected[j] += alone.variables[i][j];
      EXPECT_TRUE(close(added.variables[i], expected, 32 * kEpsilon<T>));
    }
  }
}

TYPED_TEST(GradientTest, NullOutputGradientsMeanZeros) {
  using T = TypeParam;
  Random random(7);
  const Design design{Family::tf1, 3, 17};
  auto example = random_example<T>(design, {3, 5, false}, true, random);
  const auto alone = run_gradient(design, example, {.outputs = false});
  example.d_outputs.assign(example.d_outputs.size(), T{0});
  expect_same_bits(alone, run_gradient(design, example));
}

TYPED_TEST(GradientTest, IsTheSameTimeMajorAndBatchMajor) {
  using T = TypeParam;
  Random random(8);
  for (Family family : {Family::tf1, Family::keras_after}) {
    const Design design{family, 7, 17};
    const int batch = 5, steps = 6;
    const auto example = random_example<T>(design, {batch, steps, false}, true, random);
    auto time_major = example;
    time_major.order.time_major = true;
    time_major.inputs = swapped(example.inputs, batch, steps, design.inputs);
    time_major.d_outputs = swapped(example.d_outputs, batch, steps, design.units);
    time_major.mask = swapped(example.mask, batch, steps, 1);
    const auto expected = run_gradient(design, example);
    auto actual = run_gradient(design, time_major);
    actual.inputs = swapped(actual.inputs, steps, batch, design.inputs);
    // The sums for the weights are in a different order, so their bits may differ.
    EXPECT_TRUE(same_bits(actual.inputs, expected.inputs));
    EXPECT_TRUE(same_bits(actual.state, expected.state));
    expect_close(actual, expected, 64 * kEpsilon<T>);
  }
}

TYPED_TEST(GradientTest, PropagatesNanWithinItsRowOnly) {
  using T = TypeParam;
  Random random(9);
  for (Family family : {Family::tf1, Family::keras_after}) {
    const Design design{family, 3, 17};
    const auto example = random_example<T>(design, {4, 5, false}, false, random);
    auto with_nan = example;
    with_nan.inputs[(1 * 5 + 2) * 3 + 1] = kNan<T>;  // row 1, step 2
    const auto clean = run_gradient(design, example), result = run_gradient(design, with_nan);
    for (int i = 0; i < 4 * 17; ++i) {
      if (i / 17 == 1) {
        EXPECT_TRUE(std::isnan(result.state[i]));
      } else {
        EXPECT_EQ(result.state[i], clean.state[i]);
      }
    }
    for (const auto& variable : result.variables) EXPECT_TRUE(std::isnan(variable[0]));
  }
}

// Infinite inputs saturate the gates and the candidate, so the new state and the gradients stay finite.
TYPED_TEST(GradientTest, IsFiniteForInfiniteInputs) {
  using T = TypeParam;
  Random random(10);
  for (Family family : kFamilies) {
    for (int units : {8, 17}) {
      const Design design{family, 3, units};
      SCOPED_TRACE(describe(design));
      auto example = random_example<T>(design, {2, 3, false}, false, random);
      example.inputs[4] = kInfinity<T>;
      const auto result = run_gradient(design, example);
      for (T value : result.state) EXPECT_TRUE(std::isfinite(value));
      for (T value : result.inputs) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

}  // namespace
}  // namespace gru::test
