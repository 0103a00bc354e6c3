// The tiles: so many rows by so many panels, all sums in registers, one broadcast element at a time.
#include "kernels/products.h"

#include <algorithm>

namespace gru {
namespace {

using simd::load;
using simd::load_splat;
using simd::madd;
using simd::store;
using simd::Vec;

// Six rows by one panel: 12 sums, 2 vectors of weights and 1 broadcast make 15 of the 16 registers there are.
inline constexpr int kTileRows = 6;
// One row by four panels: 8 sums in flight hide the latency of the multiply-add.
inline constexpr int kRowPanels = 4;

// to = init + from @ b for kRows rows and kPanels neighbouring panels, the first of which begins at b.
template <typename T, int kRows, int kPanels>
inline void tile(Rows<const T> from, int depth, const T* b, ptrdiff_t panel_stride, Rows<const T> init,
                 Rows<T> to) {
  constexpr int kLanes = simd::kLanes<T>;
  constexpr int kVectors = 2 * kPanels;
  Vec<T> sums[kRows][kVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) sums[i][j] = init.data ? load(init[i] + j * kLanes) : Vec<T>{};
  }
  const T* rows[kRows];
  for (int i = 0; i < kRows; ++i) rows[i] = from[i];
  for (int k = 0; k < depth; ++k, b += kPanel<T>) {
    Vec<T> weights[kVectors];
    for (int j = 0; j < kVectors; ++j) weights[j] = load(b + (j / 2) * panel_stride + (j % 2) * kLanes);
    for (int i = 0; i < kRows; ++i) {
      const Vec<T> x = load_splat(rows[i] + k);
      for (int j = 0; j < kVectors; ++j) sums[i][j] = madd(x, weights[j], sums[i][j]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) store(to[i] + j * kLanes, sums[i][j]);
  }
}

// Calls body(integral_constant of the rows, first row) for tiles that cover `count` rows: sixes, and what
// remains in two tiles as even as can be, because a tile of one or two rows runs far below the speed of four.
template <typename Body>
void each_tile(int count, Body body) {
  int row = 0;
  auto run = [&](int rows) {
    switch (rows) {
      case 6:
        body(std::integral_constant<int, 6>{}, row);
        break;
      case 5:
        body(std::integral_constant<int, 5>{}, row);
        break;
      case 4:
        body(std::integral_constant<int, 4>{}, row);
        break;
      case 3:
        body(std::integral_constant<int, 3>{}, row);
        break;
      case 2:
        body(std::integral_constant<int, 2>{}, row);
        break;
      case 1:
        body(std::integral_constant<int, 1>{}, row);
        break;
    }
    row += rows;
  };
  while (count - row >= 2 * kTileRows || count - row == kTileRows) run(kTileRows);
  const int rest = count - row;
  if (rest > kTileRows) run((rest + 1) / 2);
  run(count - row);
}

template <typename T>
void multiply_one_row(Rows<const T> from, const Packed<T>& b, Rows<const T> init, Rows<T> to, Sweep sweep) {
  const int panels = b.panels();
  const int blocks = panels / kRowPanels;
  for (int i = 0; i < blocks; ++i) {
    const int panel = kRowPanels * (sweep == Sweep::forwards ? i : blocks - 1 - i);
    const ptrdiff_t column = ptrdiff_t{panel} * kPanel<T>;
    tile<T, 1, kRowPanels>(from, b.rows, b.panel(panel), b.panel_stride, init.columns_from(column),
                           to.columns_from(column));
  }
  for (int panel = blocks * kRowPanels; panel < panels;) {
    const ptrdiff_t column = ptrdiff_t{panel} * kPanel<T>;
    const Rows<const T> begin = init.columns_from(column);
    if (panels - panel >= 2) {
      tile<T, 1, 2>(from, b.rows, b.panel(panel), b.panel_stride, begin, to.columns_from(column));
      panel += 2;
    } else {
      tile<T, 1, 1>(from, b.rows, b.panel(panel), b.panel_stride, begin, to.columns_from(column));
      panel += 1;
    }
  }
}

}  // namespace

template <typename T>
void multiply(Rows<const T> from, int count, const Packed<T>& b, Rows<const T> init, Rows<T> to,
              Sweep sweep) {
  if (count == 1) return multiply_one_row(from, b, init, to, sweep);
  for (int i = 0; i < b.panels(); ++i) {
    const int panel = sweep == Sweep::forwards ? i : b.panels() - 1 - i;
    const ptrdiff_t column = ptrdiff_t{panel} * kPanel<T>;
    const Rows<const T> begin = init.columns_from(column);
    each_tile(count, [&](auto rows, int first) {
      tile<T, rows, 1>(from.rows_from(first), b.rows, b.panel(panel), b.panel_stride, begin.rows_from(first),
                       to.columns_from(column).rows_from(first));
    });
  }
}

namespace {

// Rows taken at a time: one cache line of each fits the first-level cache beside the other operand's.
inline constexpr int kOuterRows = 256;

// to[0..kRows) of one panel += from^T @ d, over `count` rows.
template <typename T, int kRows>
inline void outer_tile(Rows<const T> from, Rows<const T> d, int count, T* to) {
  constexpr int kLanes = simd::kLanes<T>;
  Vec<T> sums[kRows][2];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < 2; ++j) sums[i][j] = load(to + i * kPanel<T> + j * kLanes);
  }
  const T* x = from.data;
  const T* dy = d.data;
  for (int row = 0; row < count; ++row, x += from.stride, dy += d.stride) {
    const Vec<T> left = load(dy), right = load(dy + kLanes);
    for (int i = 0; i < kRows; ++i) {
      const Vec<T> element = load_splat(x + i);
      sums[i][0] = madd(element, left, sums[i][0]);
      sums[i][1] = madd(element, right, sums[i][1]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < 2; ++j) store(to + i * kPanel<T> + j * kLanes, sums[i][j]);
  }
}

}  // namespace

template <typename T>
void accumulate_outer(Rows<const T> from, Rows<const T> d, int count, const Packed<T>& to) {
  for (int row = 0; row < count; row += kOuterRows) {
    const int rows = std::min(kOuterRows, count - row);
    for (int panel = 0; panel < to.panels(); ++panel) {
      const Rows<const T> columns = d.rows_from(row).columns_from(ptrdiff_t{panel} * kPanel<T>);
      each_tile(to.rows, [&](auto tile_rows, int first) {
        outer_tile<T, tile_rows>(from.rows_from(row).columns_from(first), columns, rows,
                                 to.panel(panel) + ptrdiff_t{first} * kPanel<T>);
      });
    }
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
  template void accumulate_outer<T>(Rows<const T>, Rows<const T>, int, const Packed<T>&);         \
  template void accumulate_columns<T>(Rows<const T>, int, int, T*);
GRU_INSTANTIATE(float)
GRU_INSTANTIATE(double)
#undef GRU_INSTANTIATE

}  // namespace gru
