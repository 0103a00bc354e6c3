// Divides a block of memory into pieces. Without a block it only counts their bytes, so that one function
// defines both the size of a work area and its layout.
#pragma once

#include <cstdint>

#include "kernels/packed.h"

namespace gru {

class Carver {
 public:
  // Bytes. Pieces begin on a cache line and are followed by one: kernels read whole vectors and may read past
  // the last row.
  static constexpr uint64_t kAlignment = 64;

  explicit Carver(void* block = nullptr) : base_(static_cast<char*>(block)) {}

  template <typename T>
  T* take(uint64_t count) {
    T* piece = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment + kAlignment;
    return piece;
  }
  template <typename T>
  Rows<T> take_rows(uint64_t count, int width) {
    return {take<T>(count * width), width};
  }
  // Bytes of all pieces; 64 bits wide, so that a size beyond the address space is still right.
  uint64_t used() const { return used_; }

 private:
  char* base_;
  uint64_t used_ = 0;
};

}  // namespace gru
