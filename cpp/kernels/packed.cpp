// Packing, unpacking, and packing the transpose.
#include "kernels/packed.h"

#include <algorithm>
#include <cstring>

namespace gru {
namespace {

// Calls visit(dense offset, packed offset, count) for every run of columns that is contiguous in both forms.
template <typename T, typename Visit>
void each_run(int rows, ptrdiff_t stride, int groups, int columns, Visit visit) {
  constexpr int kWidth = kPanel<T>;
  const int group_panels = padded<T>(columns) / kWidth;
  for (int group = 0; group < groups; ++group) {
    for (int panel = 0; panel < group_panels; ++panel) {
      const int first = panel * kWidth;
      const int count = std::min(kWidth, columns - first);
      const ptrdiff_t packed = (ptrdiff_t{group} * group_panels + panel) * panel_elements<T>(rows);
      for (int row = 0; row < rows; ++row) {
        visit(row * stride + ptrdiff_t{group} * columns + first, packed + ptrdiff_t{row} * kWidth, count);
      }
    }
  }
}

}  // namespace

template <typename T>
void pack(Rows<const T> dense, int rows, int groups, int columns, T* packed) {
  each_run<T>(rows, dense.stride, groups, columns, [&](ptrdiff_t from, ptrdiff_t to, int count) {
    if (count == kPanel<T>) {
      std::memcpy(packed + to, dense.data + from, kPanel<T> * sizeof(T));
    } else {
      std::copy_n(dense.data + from, count, packed + to);
      std::fill(packed + to + count, packed + to + kPanel<T>, T{0});
    }
  });
}

template <typename T>
void unpack(const T* packed, int rows, int groups, int columns, Rows<T> dense) {
  each_run<T>(rows, dense.stride, groups, columns, [&](ptrdiff_t to, ptrdiff_t from, int count) {
    if (count == kPanel<T>) {
      std::memcpy(dense.data + to, packed + from, kPanel<T> * sizeof(T));
    } else {
      std::copy_n(packed + from, count, dense.data + to);
    }
  });
}

template <typename T>
Packed<T> pack_transposed(const Packed<T>& from, T* to) {
  constexpr int kWidth = kPanel<T>;
  const Packed<T> result = Packed<T>::whole(to, from.columns, padded<T>(from.rows));
  for (int panel = 0; panel < result.panels(); ++panel) {
    const int first = panel * kWidth;
    const int count = std::min(kWidth, from.rows - first);
    T* out = result.panel(panel);
    for (int source = 0; source < from.panels(); ++source) {
      const T* in = from.panel(source) + ptrdiff_t{first} * kWidth;
      for (int row = 0; row < kWidth; ++row, out += kWidth) {
        for (int column = 0; column < count; ++column) out[column] = in[column * kWidth + row];
        std::fill(out + count, out + kWidth, T{0});
      }
    }
  }
  return result;
}

#define GRU_INSTANTIATE(T)                                   \
  template void pack<T>(Rows<const T>, int, int, int, T*);   \
  template void unpack<T>(const T*, int, int, int, Rows<T>); \
  template Packed<T> pack_transposed<T>(const Packed<T>&, T*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
