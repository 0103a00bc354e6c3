// A cell with random weights, and a direct evaluation of its equations in long double, which gives the
// expected values for the tests of cpp/gru.
#pragma once

#include <string>

#include "gru/gradient.h"
#include "support.h"

namespace gru::test {

using Real = long double;

inline Real clip(Real x, Real lowest, Real highest) { return std::min(std::max(x, lowest), highest); }

inline Real activation_of(Activation kind, Real x) {
  switch (kind) {
    case Activation::linear:
      return x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::relu:
      return std::max(x, Real{0});
    case Activation::hard_sigmoid:
      return clip(x * 0.2L + 0.5L, 0, 1);
    case Activation::hard_sigmoid_v3:
      return clip(x / 6 + 0.5L, 0, 1);
    case Activation::softsign:
      return x / (1 + std::fabs(x));
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::selu:
      return 1.0507009873554804934193349852946L *
             (x > 0 ? x : 1.6732632423543772848170429916717L * std::expm1(x));
    case Activation::softplus:
      return std::log1p(std::exp(x));
    case Activation::gelu:
      return x / 2 * std::erfc(-x / std::sqrt(2.0L));
    case Activation::gelu_tanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0L)) * (x + 0.044715L * x * x * x)));
    case Activation::exponential:
      return std::exp(x);
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::relu6:
      return clip(x, 0, 6);
    case Activation::leaky_relu:
      return x > 0 ? x : x * 0.2L;
  }
  return std::numeric_limits<Real>::quiet_NaN();
}

inline constexpr Activation kActivations[] = {Activation::linear,
                                              Activation::tanh,
                                              Activation::sigmoid,
                                              Activation::relu,
                                              Activation::hard_sigmoid,
                                              Activation::softsign,
                                              Activation::hard_sigmoid_v3,
                                              Activation::elu,
                                              Activation::selu,
                                              Activation::softplus,
                                              Activation::gelu,
                                              Activation::gelu_tanh,
                                              Activation::exponential,
                                              Activation::silu,
                                              Activation::relu6,
                                              Activation::leaky_relu};

enum class Family { tf1, keras_after, keras_after_without_bias, keras_before, keras_before_without_bias };

inline constexpr Family kFamilies[] = {Family::tf1, Family::keras_after, Family::keras_after_without_bias,
                                       Family::keras_before, Family::keras_before_without_bias};

struct Design {
  Family family = Family::tf1;
  int inputs = 0;
  int units = 0;
  Activation activation = Activation::tanh;
  Activation gate_activation = Activation::sigmoid;

  bool reset_after() const {
    return family == Family::keras_after || family == Family::keras_after_without_bias;
  }
  bool biased() const {
    return family != Family::keras_after_without_bias && family != Family::keras_before_without_bias;
  }
};

inline std::string describe(const Design& design) {
  return "family " + std::to_string(static_cast<int>(design.family)) + ", " + std::to_string(design.inputs) +
         " inputs, " + std::to_string(design.units) + " units, activation " +
         std::to_string(static_cast<int>(design.activation)) + ", gate activation " +
         std::to_string(static_cast<int>(design.gate_activation));
}

struct VariableShape {
  int rows, groups, columns;

  uint64_t size() const { return uint64_t(rows) * groups * columns; }
};

inline std::vector<VariableShape> variable_shapes(const Design& design) {
  const int inputs = design.inputs, units = design.units;
  if (design.family == Family::tf1) {
    return {{inputs + units, 2, units}, {1, 2, units}, {inputs + units, 1, units}, {1, 1, units}};
  }
  std::vector<VariableShape> shapes{{inputs, 3, units}, {units, 3, units}};
  if (design.biased()) shapes.push_back({1, design.reset_after() ? 6 : 3, units});
  return shapes;
}

// One array for each variable, row-major as in TensorFlow and Keras.
template <typename T>
using Variables = std::vector<std::vector<T>>;

template <typename T>
Variables<T> random_variables(const Design& design, Random& random) {
  // The scale keeps the cell's sums near 1 in magnitude at every size.
  const double scale = 1.2 / std::sqrt(design.inputs + design.units);
  Variables<T> variables;
  for (const VariableShape& shape : variable_shapes(design)) {
    variables.push_back(random.numbers<T>(shape.size(), shape.rows > 1 ? scale : 0.5, 0.07 * scale));
  }
  return variables;
}

// The packed variables (or their packed gradients) and a cell that refers to them.
template <typename T>
class PackedModel {
 public:
  PackedModel(const Design& design, const Variables<T>& variables) : design_(design), cell_() {
    const std::vector<VariableShape> shapes = variable_shapes(design);
    std::vector<T*> at;
    for (size_t i = 0; i < shapes.size(); ++i) {
      buffers_.push_back(packed(variables[i], shapes[i].rows, shapes[i].groups, shapes[i].columns));
      at.push_back(buffers_.back().data());
    }
    if (design.family == Family::tf1) {
      cell_ = tf1_cell<T>(design.inputs, design.units, at[0], at[1], at[2], at[3]);
    } else {
      cell_ = keras_cell<T>(design.inputs, design.units, design.reset_after(), at[0], at[1],
                            design.biased() ? at[2] : nullptr);
    }
    cell_.activation = design.activation;
    cell_.gate_activation = design.gate_activation;
  }

  const Cell<T>& cell() const { return cell_; }
  Variables<T> unpacked() const {
    const std::vector<VariableShape> shapes = variable_shapes(design_);
    Variables<T> variables;
    for (size_t i = 0; i < shapes.size(); ++i) {
      std::vector<T> dense(shapes[i].size());
      unpack<T>(buffers_[i].data(), shapes[i].rows, shapes[i].groups, shapes[i].columns,
                {dense.data(), shapes[i].groups * shapes[i].columns});
      variables.push_back(dense);
    }
    return variables;
  }

 private:
  Design design_;
  std::vector<Buffer<T>> buffers_;
  Cell<T> cell_;
};

// The equations of the cell. Sums are long double for every element type.
template <typename T>
class Reference {
 public:
  Reference(const Design& design, const Variables<T>& variables) : design_(design), variables_(variables) {}

  // One step of one row: x is [inputs]; h is [units], in: the state, out: the new state.
  template <typename X>
  void step(const X* x, std::vector<Real>& h) const {
    const int units = design_.units;
    const bool tf1 = design_.family == Family::tf1;
    std::vector<Real> r(units), u(units), c(units), product_of_reset(units);
    for (int j = 0; j < units; ++j) {
      r[j] = gate(x, h, tf1 ? 0 : 1, j);
      u[j] = gate(x, h, tf1 ? 1 : 0, j);
    }
    for (int j = 0; j < units; ++j) {
      Real sum = from_input(x, 2, j);
      if (design_.reset_after()) {
        sum += r[j] * from_state(h, nullptr, 2, j);
      } else {
        sum += from_state(h, &r, 2, j);
      }
      c[j] = activation_of(design_.activation, sum);
    }
    for (int j = 0; j < units; ++j) h[j] = u[j] * h[j] + (1 - u[j]) * c[j];
  }

  // Outputs are in the order of the inputs; `state` is [batch, units], in: initial state, out: final state.
  template <typename X>
  std::vector<Real> sequence(const Order& order, const std::vector<X>& inputs,
                             const std::vector<uint8_t>& mask, bool repeat_output,
                             std::vector<Real>& state) const {
    const int units = design_.units;
    std::vector<Real> outputs(order.rows() * units);
    for (int row = 0; row < order.batch; ++row) {
      std::vector<Real> h(state.begin() + ptrdiff_t{row} * units, state.begin() + ptrdiff_t{row + 1} * units);
      std::vector<Real> output(units);
      for (int now = 0; now < order.steps; ++now) {
        const ptrdiff_t place =
            order.time_major ? ptrdiff_t{now} * order.batch + row : ptrdiff_t{row} * order.steps + now;
        const bool counts = mask.empty() || mask[place];
        if (counts) step(inputs.data() + place * design_.inputs, h);
        if (counts) {
          output = h;
        } else if (!repeat_output) {
          output.assign(units, 0);
        }
        std::copy(output.begin(), output.end(), outputs.begin() + place * units);
      }
      std::copy(h.begin(), h.end(), state.begin() + ptrdiff_t{row} * units);
    }
    return outputs;
  }

 private:
  template <typename X>
  Real gate(const X* x, const std::vector<Real>& h, int group, int j) const {
    return activation_of(design_.gate_activation, from_input(x, group, j) + from_state(h, nullptr, group, j));
  }

  // Column j of one group of the product of the input, plus bias. There are three groups; the last is the
  // candidate.
  template <typename X>
  Real from_input(const X* x, int group, int j) const {
    Real sum = bias(0, group, j);
    for (int i = 0; i < design_.inputs; ++i) sum += Real{x[i]} * weight(false, i, group, j);
    return sum;
  }

  // The same for the product of the state; h is first multiplied elementwise by `factor` if that is not null.
  Real from_state(const std::vector<Real>& h, const std::vector<Real>* factor, int group, int j) const {
    Real sum = design_.reset_after() ? bias(3, group, j) : 0;
    for (int i = 0; i < design_.units; ++i) {
      sum += (factor ? (*factor)[i] * h[i] : h[i]) * weight(true, i, group, j);
    }
    return sum;
  }

  Real weight(bool of_state, int i, int group, int j) const {
    const int units = design_.units;
    if (design_.family != Family::tf1) return variables_[of_state ? 1 : 0][(i * 3 + group) * units + j];
    const int row = of_state ? design_.inputs + i : i;
    return group == 2 ? variables_[2][row * units + j] : variables_[0][(row * 2 + group) * units + j];
  }

  Real bias(int first, int group, int j) const {
    const int units = design_.units;
    if (!design_.biased()) return 0;
    if (design_.family != Family::tf1) return variables_[2][(first + group) * units + j];
    return group == 2 ? variables_[3][j] : variables_[1][group * units + j];
  }

  Design design_;
  const Variables<T>& variables_;
};

// The results of sequence().
template <typename T>
struct Result {
  std::vector<T> outputs, state;
};

// The values that sequence() saves for the backward pass, and the memory block that contains them.
template <typename T>
struct SavedBlock {
  SavedBlock(const Cell<T>& cell, const Order& order) {
    Carver count;
    Saved<T>::carve(cell, order, count);
    block = Buffer<char>(count.used());
    Carver carver(block.data());
    saved = Saved<T>::carve(cell, order, carver);
  }

  Buffer<char> block;
  Saved<T> saved;
};

template <typename T>
Result<T> run_sequence(const Cell<T>& cell, const Order& order, const std::vector<T>& inputs,
                       const std::vector<T>& state, const std::vector<uint8_t>& mask = {},
                       bool repeat_output = false, bool with_outputs = true,
                       SavedBlock<T>* saved_block = nullptr) {
  Buffer<T> x(inputs), h(state), outputs(with_outputs ? order.rows() * cell.units : 0);
  Buffer<uint8_t> counts(mask);
  Buffer<char> work(sequence_work(cell, order, saved_block != nullptr));
  sequence<T>(cell,
              {order, x.data(), h.data(), with_outputs ? outputs.data() : nullptr,
               mask.empty() ? nullptr : counts.data(), repeat_output},
              saved_block ? &saved_block->saved : nullptr, work.data());
  EXPECT_TRUE(h.slack_untouched() && outputs.slack_untouched() && work.slack_untouched());
  return {outputs.values(), h.values()};
}

// Transposes the first two axes: [first, second, width] to [second, first, width].
template <typename T>
std::vector<T> swapped(const std::vector<T>& values, int first, int second, int width) {
  std::vector<T> result(values.size());
  for (int i = 0; i < first; ++i) {
    for (int j = 0; j < second; ++j) {
      std::copy_n(values.begin() + (ptrdiff_t{i} * second + j) * width, width,
                  result.begin() + (ptrdiff_t{j} * first + i) * width);
    }
  }
  return result;
}

}  // namespace gru::test
