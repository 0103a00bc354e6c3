// TensorFlow's block cell: its state and gradients equal those of sequence() and gradient() over one step.
#include "gru/block.h"

#include "model.h"

namespace gru::test {
namespace {

using Values = std::vector<float>;

// The arguments and results of the three functions, in buffers of exact size.
struct Blocks {
  int batch, inputs, units;
  Variables<float> variables;
  Buffer<float> x, h_prev, w_ru, b_ru, w_c, b_c;
  Buffer<float> r, u, c, h, d_h, d_x, d_h_prev, d_c_bar, d_r_bar_u_bar, d_w_ru, d_w_c, d_b_ru, d_b_c;
  Buffer<char> work;

  Blocks(int batch, int inputs, int units, Random& random)
      : batch(batch),
        inputs(inputs),
        units(units),
        variables(random_variables<float>({Family::tf1, inputs, units}, random)),
        x(random.numbers<float>(uint64_t(batch) * inputs, 1)),
        h_prev(random.numbers<float>(uint64_t(batch) * units, 0.9)),
        w_ru(variables[0]),
        b_ru(variables[1]),
        w_c(variables[2]),
        b_c(variables[3]),
        r(uint64_t(batch) * units),
        u(r.size()),
        c(r.size()),
        h(r.size()),
        d_h(random.numbers<float>(r.size())),
        d_x(x.size()),
        d_h_prev(r.size()),
        d_c_bar(r.size()),
        d_r_bar_u_bar(2 * r.size()),
        d_w_ru(w_ru.size()),
        d_w_c(w_c.size()),
        d_b_ru(b_ru.size()),
        d_b_c(b_c.size()),
        work(block_cell_work<float>(batch, inputs, units)) {}

  void run() {
    const BlockCell<float> block{batch,       inputs,     units,       x.data(),  h_prev.data(),
                                 w_ru.data(), w_c.data(), b_ru.data(), b_c.data()};
    const BlockOutputs<float> outputs{r.data(), u.data(), c.data(), h.data()};
    const BlockGradients<float> gradients{d_x.data(), d_h_prev.data(), d_c_bar.data(), d_r_bar_u_bar.data()};
    block_cell<float>(block, outputs, work.data());
    block_cell_gradient<float>(block, outputs, d_h.data(), gradients, work.data());
    block_cell_weights<float>(block, r.data(), gradients,
                              {d_w_ru.data(), d_w_c.data(), d_b_ru.data(), d_b_c.data()}, work.data());
    for (const Buffer<float>* buffer :
         {&r, &u, &c, &h, &d_x, &d_h_prev, &d_c_bar, &d_r_bar_u_bar, &d_w_ru, &d_w_c, &d_b_ru, &d_b_c})
      EXPECT_TRUE(buffer->slack_untouched());
    EXPECT_TRUE(work.slack_untouched());
  }

  // Compares with sequence() and gradient() over one step.
  void compare() {
    const Design design{Family::tf1, inputs, units};
    PackedModel<float> model(design, variables), to(design, zeros());
    const Order order{batch, 1, false};
    Carver counting;
    Saved<float>::carve(model.cell(), order, counting);
    Buffer<char> block(counting.used()), area(sequence_work<float>(model.cell(), order, true));
    Carver carver(block.data());
    const Saved<float> saved = Saved<float>::carve(model.cell(), order, carver);
    Buffer<float> state(h_prev.values());
    sequence<float>(model.cell(), {order, x.data(), state.data(), nullptr, nullptr, false}, &saved,
                    area.data());
    EXPECT_TRUE(same_bits(h.values(), state.values()));

    Buffer<float> d_state(d_h.values()), d_inputs(x.size());
    GradientArguments<float> arguments{.order = order};
    arguments.inputs = x.data();
    arguments.d_state = d_state.data();
    arguments.d_inputs = d_inputs.data();
    Buffer<char> gradient_area(gradient_work<float>(model.cell(), arguments));
    gradient<float>(model.cell(), arguments, saved, to.cell(), gradient_area.data());
    EXPECT_TRUE(close(d_x.values(), d_inputs.values(), 2e-6));
    EXPECT_TRUE(close(d_h_prev.values(), d_state.values(), 2e-6));
    const Variables<float> expected = to.unpacked();
    EXPECT_TRUE(close(d_w_ru.values(), expected[0], 2e-6));
    EXPECT_TRUE(close(d_b_ru.values(), expected[1], 2e-6));
    EXPECT_TRUE(close(d_w_c.values(), expected[2], 2e-6));
    EXPECT_TRUE(close(d_b_c.values(), expected[3], 2e-6));
  }

  Variables<float> zeros() const {
    Variables<float> result = variables;
    for (Values& values : result) std::fill(values.begin(), values.end(), 0.f);
    return result;
  }
};

TEST(BlockTest, MatchesSequenceAndGradientOfOneStep) {
  Random random(4);
  for (int units : {1, 3, 7, 8, 16, 17, 33}) {
    for (int batch : {0, 1, 2, 7}) {
      const int inputs = kSizes[random.below(7)];
      SCOPED_TRACE(std::to_string(units) + " units, " + std::to_string(inputs) + " inputs, batch " +
                   std::to_string(batch));
      Blocks blocks(batch, inputs, units, random);
      blocks.run();
      if (batch) blocks.compare();
    }
  }
}

TEST(BlockTest, GivesZeroWeightGradientsForAnEmptyBatch) {
  Random random(5);
  Blocks blocks(0, 3, 5, random);
  blocks.run();
  for (float value : blocks.d_w_ru.values()) EXPECT_EQ(value, 0);
  for (float value : blocks.d_b_c.values()) EXPECT_EQ(value, 0);
}

TEST(BlockTest, PropagatesNanWithinItsRowOnly) {
  Random random(6);
  Blocks clean(3, 4, 5, random), with_nan(3, 4, 5, random);
  with_nan.x = Buffer<float>(clean.x.values());
  with_nan.h_prev = Buffer<float>(clean.h_prev.values());
  for (Blocks* blocks : {&clean, &with_nan}) {
    blocks->w_ru = Buffer<float>(clean.variables[0]);
    blocks->b_ru = Buffer<float>(clean.variables[1]);
    blocks->w_c = Buffer<float>(clean.variables[2]);
    blocks->b_c = Buffer<float>(clean.variables[3]);
    blocks->d_h = Buffer<float>(Values(15, 0.5f));
  }
  with_nan.x[4] = kNan<float>;
  clean.run();
  with_nan.run();
  for (int i = 0; i < 15; ++i) {
    if (i / 5 == 1) {
      EXPECT_TRUE(std::isnan(with_nan.h[i]) && std::isnan(with_nan.d_h_prev[i]));
    } else {
      EXPECT_EQ(with_nan.h[i], clean.h[i]);
      EXPECT_EQ(with_nan.d_h_prev[i], clean.d_h_prev[i]);
    }
  }
}

}  // namespace
}  // namespace gru::test
