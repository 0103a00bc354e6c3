// Matrix products over packed matrices.
//
// Every element of a result is one chain of multiply-adds, in the order of the rows of the packed matrix,
// that begins with the element of `init`. How many rows or panels are worked on at a time does not change
// that chain: one row gives the same bits alone as among others, and a product cut in two (the second
// beginning with what the first gave) gives the same bits as the product in one.
#pragma once

#include "kernels/packed.h"

namespace gru {

// The order in which panels are visited; it changes no result. Matrices larger than a cache, read again and
// again, are best read in alternating directions: what was read last is still in the cache.
enum class Sweep { forwards, backwards };

// to[i] = init[i] + from[i] @ b, for `count` rows. `from` rows have b.rows elements; `init` and `to` rows
// have b.columns and may be the same. A null `init` means zeros.
template <typename T>
void multiply(Rows<const T> from, int count, const Packed<T>& b, Rows<const T> init, Rows<T> to,
              Sweep sweep = Sweep::forwards);

// to += from^T @ d over `count` rows: the gradient of b in from @ b, in b's packed form. `from` rows have
// to.rows elements, `d` rows to.columns. `work` has room for outer_work(count, columns) elements, where
// `columns` are to.columns or more.
template <typename T>
uint64_t outer_work(int64_t count, int columns);
template <typename T>
void accumulate_outer(Rows<const T> from, Rows<const T> d, int count, const Packed<T>& to, T* work);

// to[j] += the sum of column j of `d` over `count` rows; `columns` is a multiple of simd::kLanes<T>.
template <typename T>
void accumulate_columns(Rows<const T> d, int count, int columns, T* to);

}  // namespace gru
