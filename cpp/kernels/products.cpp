// The products are divided into tiles of a few rows by a few panels, whose sums stay in registers.
#include "kernels/products.h"

#include <algorithm>
#include <utility>

namespace gru {
namespace {

using simd::load;
using simd::load_splat;
using simd::madd;
using simd::store;
using simd::Vec;

// Six rows by one panel: 12 sums, 2 vectors of weights and 1 element make 15 of the 16 registers there are.
inline constexpr int kTileRows = 6;
// One row by four panels: 8 sums in flight hide the latency of the multiply-add, and it runs as fast as a
// loop that does nothing but load, from every cache. Tried and slower: six panels (4 % slower from the
// second-level cache, as registers for addresses run out; 4 % faster from the third), one panel of 32 columns
// (a tenth slower from the third), four turns unrolled, and loading from the next block ahead (a third
// slower).
inline constexpr int kRowPanels = 4;
// The depth (the number of multiply-adds of one sum) is cut into pieces, so that the spread elements of a
// tile's rows fit on the stack and in the first-level cache. Pieces of 192 and 256 gave no clear win.
inline constexpr int kSpreadDepth = 128;

// Copies each element of kRows rows into all lanes of a vector; the vectors of one depth lie side by side.
//
// WebAssembly adds 32-bit addresses in an instruction of their own, and engines fold the constant offsets of
// plain loads but not those of broadcasting ones. A tile that broadcasts from its rows therefore has an
// addition for every row and element, and an x86 core of four instructions a cycle gets to 73 % of the
// multiply-add peak; reading spread elements from one pointer it gets to 86 %. Spreading costs two to five
// percent. Tried and slower: the loop over the depth unrolled two and four times, with and without barriers
// between the turns: Binaryen sorts the products by their sums again, which keeps the weights of all turns
// alive, so that registers spill.
template <typename T, int kRows>
inline void spread_rows(Rows<const T> from, int depth, T* to) {
  for (int i = 0; i < kRows; ++i) {
    const T* row = from[i];
    T* out = to + i * simd::kLanes<T>;
    for (int k = 0; k < depth; ++k, out += kRows * simd::kLanes<T>) store(out, load_splat(row + k));
  }
}

// The same for kRows columns, where the depth is the number of rows: each row's cache line is read once.
template <typename T, int kRows>
inline void spread_columns(Rows<const T> from, int depth, T* to) {
  const T* row = from.data;
  for (int k = 0; k < depth; ++k, row += from.stride) {
    for (int i = 0; i < kRows; ++i, to += simd::kLanes<T>) store(to, load_splat(row + i));
  }
}

// to = init + x @ one panel for kRows rows of spread elements.
template <typename T, int kRows>
inline void tile(const T* x, int depth, const T* b, Rows<const T> init, Rows<T> to) {
  constexpr int kLanes = simd::kLanes<T>;
  Vec<T> sums[kRows][2];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < 2; ++j) sums[i][j] = init.data ? load(init[i] + j * kLanes) : Vec<T>{};
  }
  for (int k = 0; k < depth; ++k, b += kPanel<T>, x += kRows * kLanes) {
    const Vec<T> left = load(b), right = load(b + kLanes);
    for (int i = 0; i < kRows; ++i) {
      const Vec<T> element = load(x + i * kLanes);
      sums[i][0] = madd(element, left, sums[i][0]);
      sums[i][1] = madd(element, right, sums[i][1]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < 2; ++j) store(to[i] + j * kLanes, sums[i][j]);
  }
}

// to = init + from @ b for one row and kPanels neighbouring panels, the first of which begins at b.
template <typename T, int kPanels>
inline void row_tile(const T* from, int depth, const T* b, ptrdiff_t panel_stride, const T* init, T* to) {
  constexpr int kLanes = simd::kLanes<T>;
  constexpr int kVectors = 2 * kPanels;
  Vec<T> sums[kVectors];
  for (int j = 0; j < kVectors; ++j) sums[j] = init ? load(init + j * kLanes) : Vec<T>{};
  for (int k = 0; k < depth; ++k, b += kPanel<T>) {
    const Vec<T> x = load_splat(from + k);
    for (int j = 0; j < kVectors; ++j)
      sums[j] = madd(x, load(b + (j / 2) * panel_stride + (j % 2) * kLanes), sums[j]);
  }
  for (int j = 0; j < kVectors; ++j) store(to + j * kLanes, sums[j]);
}

// Divides `count` into parts of at most kMost and calls body(integral_constant of the size, first) for each:
// as few parts as possible, of nearly equal size, because a tile with few sums does not hide the
// multiply-add's latency.
template <int kMost, typename Body>
void each_part(int count, Body body) {
  const int parts = (count + kMost - 1) / kMost;
  if (parts == 0) return;
  // One division for all parts: one for each would take a tenth of the time of a product of 48 units.
  const int least = count / parts, larger = count % parts;
  for (int i = 0, first = 0; i < parts; ++i) {
    const int size = least + (i >= parts - larger);
    [&]<int... kLess>(std::integer_sequence<int, kLess...>) {
      ((size == kLess + 1 ? body(std::integral_constant<int, kLess + 1>{}, first) : void()), ...);
    }
    (std::make_integer_sequence<int, kMost>{});
    first += size;
  }
}

template <typename T>
void multiply_row(const T* from, const Packed<T>& b, const T* init, T* to, Sweep sweep) {
  each_part<kRowPanels>(b.panels(), [&](auto count, int first) {
    const int panel = sweep == Sweep::forwards ? first : b.panels() - first - count;
    const ptrdiff_t column = ptrdiff_t{panel} * kPanel<T>;
    row_tile<T, count>(from, b.rows, b.panel(panel), b.panel_stride, init ? init + column : nullptr,
                       to + column);
  });
}

// Not inlined: engines compile a function at its first call, and a product of a single row should not wait
// for these tiles to be compiled.
template <typename T>
[[gnu::noinline]] void multiply_rows(Rows<const T> from, int count, const Packed<T>& b, Rows<const T> init,
                                     Rows<T> to, Sweep sweep) {
  alignas(16) T x[kTileRows * kSpreadDepth * simd::kLanes<T>];
  for (int k = 0; k == 0 || k < b.rows; k += kSpreadDepth) {
    const Packed<T> part = b.rows_from(k, std::min(kSpreadDepth, b.rows - k));
    const Rows<const T> begin = k ? Rows<const T>(to) : init;
    each_part<kTileRows>(count, [&](auto rows, int first) {
      spread_rows<T, rows>(from.rows_from(first).columns_from(k), part.rows, x);
      for (int i = 0; i < b.panels(); ++i) {
        const int panel = sweep == Sweep::forwards ? i : b.panels() - 1 - i;
        const ptrdiff_t column = ptrdiff_t{panel} * kPanel<T>;
        tile<T, rows>(x, part.rows, part.panel(panel), begin.rows_from(first).columns_from(column),
                      to.rows_from(first).columns_from(column));
      }
    });
  }
}

}  // namespace

template <typename T>
void multiply(Rows<const T> from, int count, const Packed<T>& b, Rows<const T> init, Rows<T> to,
              Sweep sweep) {
  if (count == 1) {
    multiply_row<T>(from[0], b, init[0], to[0], sweep);
  } else {
    multiply_rows<T>(from, count, b, init, to, sweep);
  }
}

template <typename T>
uint64_t outer_work(int64_t count, int columns) {
  return packed_elements<T>(static_cast<int>(std::min<int64_t>(count, kSpreadDepth)), columns);
}

// The columns of `from` are the rows of a product with `d`, which is packed for it.
template <typename T>
void accumulate_outer(Rows<const T> from, Rows<const T> d, int count, const Packed<T>& to, T* work) {
  alignas(16) T x[kTileRows * kSpreadDepth * simd::kLanes<T>];
  for (int row = 0; row < count; row += kSpreadDepth) {
    const int depth = std::min(kSpreadDepth, count - row);
    pack<T>(d.rows_from(row), depth, 1, to.columns, work);
    const auto part = Packed<T>::whole(work, depth, to.columns);
    each_part<kTileRows>(to.rows, [&](auto rows, int first) {
      spread_columns<T, rows>(from.rows_from(row).columns_from(first), depth, x);
      for (int panel = 0; panel < to.panels(); ++panel) {
        const Rows<T> sums{to.panel(panel) + ptrdiff_t{first} * kPanel<T>, kPanel<T>};
        tile<T, rows>(x, depth, part.panel(panel), sums, sums);
      }
    });
  }
}

template <typename T>
void accumulate_columns(Rows<const T> d, int count, int columns, T* to) {
  constexpr int kLanes = simd::kLanes<T>;
  for (int row = 0; row < count; ++row) {
    const T* from = d[row];
    for (int j = 0; j < columns; j += kLanes) store(to + j, load(to + j) + load(from + j));
  }
}

#define GRU_INSTANTIATE(T)                                                                        \
  template void multiply<T>(Rows<const T>, int, const Packed<T>&, Rows<const T>, Rows<T>, Sweep); \
  template uint64_t outer_work<T>(int64_t, int);                                                  \
  template void accumulate_outer<T>(Rows<const T>, Rows<const T>, int, const Packed<T>&, T*);     \
  template void accumulate_columns<T>(Rows<const T>, int, int, T*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
