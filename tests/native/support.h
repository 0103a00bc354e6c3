// Used by all native tests: seeded random numbers, buffers of exact size, and comparisons.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/packed.h"

namespace gru::test {

// A heap block of exactly `count` elements plus the 64 bytes of slack that kernels may read after them, so
// that the address sanitizer reports any access beyond. The whole block is filled with NaN, so that a result
// that depends on uninitialized memory is NaN.
template <typename T>
class Buffer {
 public:
  explicit Buffer(uint64_t count = 0)
      : count_(count), bytes_(count * sizeof(T) + kSlack), block_(new char[bytes_]) {
    std::memset(block_.get(), 0xff, bytes_);
  }
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) {
    std::copy(values.begin(), values.end(), data());
  }

  T* data() { return reinterpret_cast<T*>(block_.get()); }
  const T* data() const { return reinterpret_cast<const T*>(block_.get()); }
  uint64_t size() const { return count_; }
  T& operator[](uint64_t i) { return data()[i]; }
  const T& operator[](uint64_t i) const { return data()[i]; }
  std::vector<T> values() const { return {data(), data() + count_}; }
  Rows<T> rows(ptrdiff_t stride) { return {data(), stride}; }
  // Whether nothing has written to the slack.
  bool slack_untouched() const {
    const char* slack = block_.get() + bytes_ - kSlack;
    for (int i = 0; i < kSlack; ++i) {
      if (slack[i] != '\xff') return false;
    }
    return true;
  }

 private:
  static constexpr int kSlack = 64;
  uint64_t count_, bytes_;
  std::unique_ptr<char[]> block_;
};

// Seeded random numbers, the same on every machine. Their mean is not zero by default.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  double number(double scale = 0.5, double center = 0.07) {
    return center + scale * (static_cast<double>(engine_()) * 0x1p-31 - 1);
  }
  template <typename T>
  std::vector<T> numbers(uint64_t count, double scale = 0.5, double center = 0.07) {
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(number(scale, center));
    return values;
  }
  int below(int limit) { return static_cast<int>(engine_() % static_cast<uint32_t>(limit)); }

 private:
  std::mt19937 engine_;
};

template <typename To, typename From>
std::vector<To> converted(const std::vector<From>& values) {
  return {values.begin(), values.end()};
}

// Compares bits, so a NaN equals a NaN with the same bits.
template <typename T>
::testing::AssertionResult same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size())
    return ::testing::AssertionFailure() << a.size() << " and " << b.size() << " elements";
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) {
      return ::testing::AssertionFailure() << "element " << i << ": " << a[i] << " and " << b[i];
    }
  }
  return ::testing::AssertionSuccess();
}

// Each difference is at most tolerance * max(1, the greatest expected magnitude).
template <typename T, typename U>
::testing::AssertionResult close(const std::vector<T>& actual, const std::vector<U>& expected,
                                 double tolerance) {
  if (actual.size() != expected.size()) {
    return ::testing::AssertionFailure() << actual.size() << " and " << expected.size() << " elements";
  }
  long double scale = 1;
  for (const U& value : expected) scale = std::max(scale, std::fabs(static_cast<long double>(value)));
  for (size_t i = 0; i < actual.size(); ++i) {
    const long double difference =
        static_cast<long double>(actual[i]) - static_cast<long double>(expected[i]);
    if (!(std::fabs(difference) <= tolerance * scale)) {
      return ::testing::AssertionFailure()
             << "element " << i << ": " << actual[i] << ", expected " << static_cast<double>(expected[i]);
    }
  }
  return ::testing::AssertionSuccess();
}

// The greatest error allowed for one step of a cell.
template <typename T>
inline constexpr double kStepTolerance = std::is_same_v<T, float> ? 1e-6 : 1e-14;

template <typename T>
inline constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

template <typename T>
inline constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
template <typename T>
inline constexpr T kInfinity = std::numeric_limits<T>::infinity();

// Sizes below, equal to, between and above the widths of vectors, panels and tiles, and sizes of real models.
inline constexpr int kSizes[] = {1, 3, 7, 8, 16, 17, 60, 76, 128, 154};
inline constexpr int kRowCounts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 32};

// An uninitialized packed matrix; the unused lines between its panels, which nothing writes, are zero.
template <typename T>
Buffer<T> packed_room(int rows, int columns) {
  Buffer<T> result(packed_elements<T>(rows, columns));
  const ptrdiff_t stride = panel_elements<T>(rows), panel = ptrdiff_t{rows} * kPanel<T>;
  for (T* end = result.data(); end < result.data() + result.size(); end += stride)
    std::fill(end + panel, end + stride, T{0});
  return result;
}

// Packs a row-major matrix [rows, groups * columns].
template <typename T>
Buffer<T> packed(const std::vector<T>& dense, int rows, int groups, int columns) {
  Buffer<T> result = packed_room<T>(rows, groups * padded<T>(columns));
  pack<T>(Buffer<T>(dense).rows(groups * columns), rows, groups, columns, result.data());
  return result;
}

using Numbers = ::testing::Types<float, double>;

}  // namespace gru::test
