// The affine map and its gradient, over the packed products.
#include "kernels/affine.h"

#include "kernels/elementwise.h"

namespace gru {
namespace {

template <typename T>
struct Work {
  Rows<T> d_to;
  T *transposed, *outer;

  static Work carve(int count, const Packed<T>& kernel, Carver& carver) {
    Work work;
    work.d_to = carver.take_rows<T>(count, kernel.columns);
    work.transposed = carver.take<T>(packed_elements<T>(kernel.columns, padded<T>(kernel.rows)));
    work.outer = carver.take<T>(outer_work<T>(count, kernel.columns));
    return work;
  }
};

}  // namespace

template <typename T>
void affine(const T* from, int count, const Packed<T>& kernel, const T* bias, int columns, T* to) {
  const Rows<T> rows{to, kernel.columns};
  multiply<T>({from, kernel.rows}, count, kernel, {bias, 0}, rows);
  if (columns != kernel.columns) copy_rows<T>(rows, {to, columns}, count, columns);
}

template <typename T>
uint64_t affine_gradient_work(int count, const Packed<T>& kernel) {
  Carver carver;
  Work<T>::carve(count, kernel, carver);
  return carver.used();
}

template <typename T>
void affine_gradient(const AffineGradient<T>& arguments, int count, const Packed<T>& kernel, int columns,
                     void* work_area) {
  Carver carver(work_area);
  const Work<T> work = Work<T>::carve(count, kernel, carver);
  copy_rows_padded<T>({arguments.d_to, columns}, work.d_to, count, columns);
  if (arguments.d_kernel) {
    accumulate_outer<T>({arguments.from, kernel.rows}, work.d_to, count,
                        Packed<T>::whole(arguments.d_kernel, kernel.rows, kernel.columns), work.outer);
  }
  if (arguments.d_bias) accumulate_columns<T>(work.d_to, count, kernel.columns, arguments.d_bias);
  if (!arguments.d_from) return;
  const Packed<T> transposed = pack_transposed(kernel, work.transposed);
  const Rows<T> d_from{arguments.d_from, transposed.columns};
  multiply<T>(work.d_to, count, transposed, {}, d_from);
  if (kernel.rows != transposed.columns)
    copy_rows<T>(d_from, {arguments.d_from, kernel.rows}, count, kernel.rows);
}

#define GRU_INSTANTIATE(T)                                                     \
  template void affine<T>(const T*, int, const Packed<T>&, const T*, int, T*); \
  template uint64_t affine_gradient_work<T>(int, const Packed<T>&);            \
  template void affine_gradient<T>(const AffineGradient<T>&, int, const Packed<T>&, int, void*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
