// The table of functions that JavaScript can call. Pointers are passed as integers; a call allocates nothing
// and creates no objects. Each function exists for float and for double, with the suffixes _f32 and _f64.
// Sizes are returned in bytes, as doubles, so that the caller can see that a size exceeds the heap. The
// callers check all arguments.
#include <emscripten/bind.h>
#include <emscripten/em_js.h>

#include <cstdlib>
#include <cstring>

#include "gru/calls.h"
#include "kernels/activations.h"
#include "kernels/affine.h"
#include "kernels/external.h"
#include "kernels/gather.h"
#include "kernels/optimizers.h"
#include "kernels/softmax.h"

// JavaScript sets the function `run_activation` of the module. It computes the value if `dy` is 0; otherwise
// it replaces dy by the gradient.
EM_JS(void, run_activation,
      (int kind, int width, int count, int columns, const void* x, int x_stride, void* y, int y_stride,
       void* dy, int dy_stride),
      { Module["run_activation"](kind, width, count, columns, x, x_stride, y, y_stride, dy, dy_stride); });

namespace {

using namespace gru;
using Address = uintptr_t;

// Alignment of heap blocks in bytes, and the number of readable bytes that must follow each.
int alignment() { return Carver::kAlignment; }

// Null if there is not enough memory.
Address allocate(uint32_t bytes) {
  constexpr size_t kLine = Carver::kAlignment;
  if (bytes > SIZE_MAX - kLine) return 0;
  return reinterpret_cast<Address>(std::aligned_alloc(kLine, (bytes + kLine - 1) / kLine * kLine));
}
void release(Address block) { std::free(reinterpret_cast<void*>(block)); }

// The name of this binary, from the table of binaries.
Address binary_name() { return reinterpret_cast<Address>(GRU_BINARY_NAME); }
// The address of kActivationNames.
Address activation_names() { return reinterpret_cast<Address>(kActivationNames); }
int first_external() { return kFirstExternal; }
// The fields of the argument blocks: kCallFields.
Address call_fields() { return reinterpret_cast<Address>(kCallFields); }

template <typename T>
struct Bound {
  static T* at(Address address) { return reinterpret_cast<T*>(address); }
  static const Cell<T>& cell(Address address) { return *reinterpret_cast<const Cell<T>*>(address); }
  static uint8_t* bytes(Address address) { return reinterpret_cast<uint8_t*>(address); }
  static Packed<T> kernel(Address data, int rows, int columns) {
    return Packed<T>::whole(at(data), rows, padded<T>(columns));
  }

  // Packing
  static int padded_columns(int columns) { return padded<T>(columns); }
  // The number of elements, rounded up to whole vectors, that kernels read and write for `count`.
  static int whole_vectors(int count) {
    return (count + simd::kLanes<T> - 1) / simd::kLanes<T> * simd::kLanes<T>;
  }
  static double packed_elements(int rows, int groups, int columns) {
    return static_cast<double>(gru::packed_elements<T>(rows, groups * padded<T>(columns)));
  }
  static void pack(Address dense, int rows, int groups, int columns, Address packed) {
    gru::pack<T>({at(dense), groups * columns}, rows, groups, columns, at(packed));
  }
  static void unpack(Address packed, int rows, int groups, int columns, Address dense) {
    gru::unpack<T>(at(packed), rows, groups, columns, {at(dense), groups * columns});
  }

  // Functions of JavaScript
  static void external_value(Activation kind, Rows<const T> x, Rows<T> y, int count, int columns) {
    run_activation(static_cast<int>(kind), sizeof(T), count, columns, x.data, x.stride, y.data, y.stride,
                   nullptr, 0);
  }
  static void external_gradient(Activation kind, Rows<const T> x, Rows<const T> y, Rows<T> d, int count,
                                int columns) {
    run_activation(static_cast<int>(kind), sizeof(T), count, columns, x.data, x.stride,
                   const_cast<T*>(y.data), y.stride, d.data, d.stride);
  }
  static void use_external() {
    External<T>::value = external_value;
    External<T>::gradient = external_gradient;
  }

  // The cell
  static int cell_bytes() { return sizeof(Cell<T>); }
  static void make_tf1_cell(Address to, int inputs, int units, int activation, Address gates_kernel,
                            Address gates_bias, Address candidate_kernel, Address candidate_bias) {
    auto* made = new (at(to)) Cell<T>(tf1_cell<T>(inputs, units, at(gates_kernel), at(gates_bias),
                                                  at(candidate_kernel), at(candidate_bias)));
    made->activation = static_cast<Activation>(activation);
  }
  static void make_keras_cell(Address to, int inputs, int units, bool reset_after, int gate_activation,
                              int activation, Address kernel, Address recurrent_kernel, Address bias) {
    auto* made = new (at(to))
        Cell<T>(keras_cell<T>(inputs, units, reset_after, at(kernel), at(recurrent_kernel), at(bias)));
    made->gate_activation = static_cast<Activation>(gate_activation);
    made->activation = static_cast<Activation>(activation);
  }
  static double step_work(Address address, int batch) {
    return static_cast<double>(gru::step_work<T>(cell(address), batch));
  }
  static void step(Address address, int batch, Address inputs, Address state, Address next, Address work) {
    run_step<T>(cell(address), batch, at(inputs), at(state), at(next), bytes(work));
  }

  // Sequences
  static double sequence_work(Address address, int batch, int steps, bool training) {
    return static_cast<double>(gru::sequence_work<T>(cell(address), {batch, steps, false}, training));
  }
  static double saved_bytes(Address address, int batch, int steps) {
    return static_cast<double>(gru::saved_bytes<T>(cell(address), batch, steps));
  }
  static double gradient_work(Address address, int batch, int steps, bool d_inputs) {
    GradientArguments<T> arguments{.order = {batch, steps, false}};
    T some{};
    if (d_inputs) arguments.d_inputs = &some;
    return static_cast<double>(gru::gradient_work<T>(cell(address), arguments));
  }
  static void sequence(Address call) { run_call<SequenceCall<T>>(call); }
  static void gradient(Address call) { run_call<GradientCall<T>>(call); }

  // TensorFlow's block cell
  static double block_cell_work(int batch, int inputs, int units) {
    return static_cast<double>(gru::block_cell_work<T>(batch, inputs, units));
  }
  static void block_cell(Address call) { run_call<BlockCellCall<T>>(call); }
  static void block_cell_gradient(Address call) { run_call<BlockCellGradientCall<T>>(call); }
  static void block_cell_weights(Address call) { run_call<BlockCellWeightsCall<T>>(call); }

  // Other layers
  static void affine(Address from, int count, Address kernel_data, int rows, int columns, Address bias,
                     Address to) {
    gru::affine<T>(at(from), count, kernel(kernel_data, rows, columns), at(bias), columns, at(to));
  }
  static double affine_gradient_work(int count, int rows, int columns) {
    return static_cast<double>(gru::affine_gradient_work<T>(count, kernel(0, rows, columns)));
  }
  static void affine_gradient(Address from, Address d_to, int count, Address kernel_data, int rows,
                              int columns, Address d_from, Address d_kernel, Address d_bias, Address work) {
    gru::affine_gradient<T>({at(from), at(d_to), at(d_from), at(d_kernel), at(d_bias)}, count,
                            kernel(kernel_data, rows, columns), columns, bytes(work));
  }
  static void gather(Address table, int width, Address ids, int count, Address to) {
    gru::gather<T>(at(table), width, reinterpret_cast<const int32_t*>(ids), count, at(to));
  }
  static void scatter_add(Address rows, int width, Address ids, int count, Address table) {
    gru::scatter_add<T>(at(rows), width, reinterpret_cast<const int32_t*>(ids), count, at(table));
  }
  static void activate(int kind, Address x, Address y, int count) {
    gru::activate<T>(static_cast<Activation>(kind), at(x), at(y), count);
  }
  static void activate_gradient(int kind, Address x, Address y, Address dy, Address dx, int count) {
    gru::activate_gradient<T>(static_cast<Activation>(kind), at(x), at(y), at(dy), at(dx), count);
  }
  static void softmax(Address from, int count, int width, Address to, Address log_sums) {
    gru::softmax<T>(at(from), count, width, at(to), at(log_sums));
  }

  // Optimizers
  static void descend(Address variable, Address velocity, Address gradient, int count, T rate, T momentum,
                      bool nesterov) {
    gru::descend<T>(at(variable), at(velocity), at(gradient), count, rate, momentum, nesterov);
  }
  static void adam(Address variable, Address first, Address second, Address gradient, int count, T rate,
                   T beta_1, T beta_2, T epsilon) {
    gru::adam<T>(at(variable), at(first), at(second), at(gradient), count, rate, beta_1, beta_2, epsilon);
  }
  static void rmsprop(Address variable, Address second, Address velocity, Address gradient, int count, T rate,
                      T rho, T momentum, T epsilon) {
    gru::rmsprop<T>(at(variable), at(second), at(velocity), at(gradient), count, rate, rho, momentum,
                    epsilon);
  }

 private:
  // The arguments of a call, from the block that JavaScript has written.
  template <typename Call>
  static void run_call(Address call) {
    run<T>(*reinterpret_cast<const Call*>(call));
  }
};

// The functions of both types.
#define GRU_KERNELS(bind)                                                                                    \
  bind(padded_columns) bind(whole_vectors) bind(packed_elements) bind(pack) bind(unpack) bind(cell_bytes)    \
      bind(make_tf1_cell) bind(make_keras_cell) bind(step_work) bind(step) bind(sequence_work)               \
          bind(saved_bytes) bind(sequence) bind(gradient_work) bind(gradient) bind(affine)                   \
              bind(affine_gradient_work) bind(affine_gradient) bind(gather) bind(scatter_add) bind(activate) \
                  bind(activate_gradient) bind(softmax) bind(descend) bind(adam) bind(rmsprop)
#define GRU_BIND_FLOAT(name) emscripten::function(#name "_f32", &Bound<float>::name);
#define GRU_BIND_DOUBLE(name) emscripten::function(#name "_f64", &Bound<double>::name);

// Binding a function takes as long as compiling it, so the functions of double are bound at their first use.
void bind_float64() { GRU_KERNELS(GRU_BIND_DOUBLE) }

}  // namespace

EMSCRIPTEN_BINDINGS(gru) {
  emscripten::function("allocate", &allocate);
  emscripten::function("release", &release);
  emscripten::function("binary_name", &binary_name);
  emscripten::function("alignment", &alignment);
  emscripten::function("call_fields", &call_fields);
  emscripten::function("first_external", &first_external);
  emscripten::function("activation_names", &activation_names);
  Bound<float>::use_external();
  Bound<double>::use_external();

  GRU_KERNELS(GRU_BIND_FLOAT)
  emscripten::function("bind_float64", &bind_float64);

  // TensorFlow's operation is defined for float32 only.
  emscripten::function("block_cell_work_f32", &Bound<float>::block_cell_work);
  emscripten::function("block_cell_f32", &Bound<float>::block_cell);
  emscripten::function("block_cell_gradient_f32", &Bound<float>::block_cell_gradient);
  emscripten::function("block_cell_weights_f32", &Bound<float>::block_cell_weights);
}
