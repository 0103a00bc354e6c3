// The packed form of a matrix, in which every weight is stored. Only this file and packed.cpp know its
// layout.
//
// The columns are cut into panels of kPanel (two vectors); a panel holds its rows one after the other, so
// that a product reads it from front to back; where all panels would begin at the same offset in a page, an
// unused cache line is put between them. A matrix may consist of several groups of columns side by side
// (the gates of a recurrent cell): each group is padded with zeros to whole panels, so that kernels need no
// code for a last, narrower panel. Rows are not padded: a row is at the same offset in every panel, so a
// range of rows is a packed matrix too, without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "simd/vector.h"

namespace gru {

template <typename T>
inline constexpr int kPanel = 2 * simd::kLanes<T>;

// The number of columns a group takes up when packed.
template <typename T>
inline int padded(int columns) {
  return (columns + kPanel<T> - 1) / kPanel<T> * kPanel<T>;
}

// Elements from a panel to the next, and of a whole matrix (`columns` with its padding). Panels are read side
// by side, and those that begin at the same place of a page compete for the same few lines of the first-level
// cache: 128 rows of one panel are 4096 bytes, and one row times four such panels ran at 46 GB/s from the
// second-level cache, with a line between them at 50.
template <typename T>
inline ptrdiff_t panel_elements(int rows) {
  constexpr int kPage = 2048 / sizeof(T), kLine = 64 / sizeof(T);
  const ptrdiff_t elements = ptrdiff_t{rows} * kPanel<T>;
  return elements + (elements % kPage == 0 ? kLine : 0);
}
template <typename T>
inline uint64_t packed_elements(int rows, int columns) {
  return uint64_t(panel_elements<T>(rows)) * (columns / kPanel<T>);
}

// Rows of numbers, `stride` elements from one to the next; a stride of zero is one row repeated. Rows of
// null are null; functions that accept null say what it means.
template <typename T>
struct Rows {
  T* data = nullptr;
  ptrdiff_t stride = 0;

  T* operator[](ptrdiff_t row) const { return data ? data + row * stride : data; }
  Rows columns_from(ptrdiff_t column) const { return {data ? data + column : data, stride}; }
  Rows rows_from(ptrdiff_t row) const { return {data ? data + row * stride : data, stride}; }
  // Writable rows can be passed where rows are only read.
  operator Rows<const T>() const requires(!std::is_const_v<T>) { return {data, stride}; }
};

// A view of a packed matrix, or of a range of its rows or panels.
template <typename T>
struct Packed {
  T* data = nullptr;
  ptrdiff_t panel_stride = 0;  // elements from a panel to the next
  int rows = 0;
  int columns = 0;  // padding included: a multiple of kPanel

  static Packed whole(T* data, int rows, int columns) {
    return {data, panel_elements<T>(rows), rows, columns};
  }
  Packed rows_from(int first, int count) const {
    return {data + first * kPanel<T>, panel_stride, count, columns};
  }
  Packed columns_from(int first, int count) const {
    return {data + first / kPanel<T> * panel_stride, panel_stride, rows, count};
  }
  T* panel(int index) const { return data + index * panel_stride; }
  int panels() const { return columns / kPanel<T>; }
};

// From rows of groups * columns to the packed form, and back. `packed` has packed_elements(rows, groups *
// padded(columns)); the unused lines between panels are not written, and no product reads them.
template <typename T>
void pack(Rows<const T> dense, int rows, int groups, int columns, T* packed);
template <typename T>
void unpack(const T* packed, int rows, int groups, int columns, Rows<T> dense);

// The packed form of the transpose of a packed matrix: as many rows as `from` has columns, padding included
// (those rows are zero), and `from.rows` columns, padded. `to` has room for
// packed_elements(from.columns, padded(from.rows)).
template <typename T>
Packed<T> pack_transposed(const Packed<T>& from, T* to);

}  // namespace gru
