// The error bounds of kernels/exponential.h, checked for every float. Takes a few minutes.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/exponential.h"
#include "simd/vector.h"
#include "ulps.h"

namespace gru::test {
namespace {

constexpr uint32_t kChunks = 256;
constexpr uint64_t kChunkSize = (uint64_t{1} << 32) / kChunks;
constexpr int kLanes = simd::kLanes<float>;

struct Worst {
  double ulps = 0.5;
  float at = 0;
};

// A reference in double is exact enough: its error is a billionth of a float's ULP.
template <typename Function, typename Reference>
Worst worst_of_chunk(uint32_t chunk, Function function, Reference reference) {
  Worst worst;
  for (uint64_t first = chunk * kChunkSize; first < (chunk + 1) * kChunkSize; first += kLanes) {
    float x[kLanes], y[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      const uint32_t bits = static_cast<uint32_t>(first + lane);
      std::memcpy(&x[lane], &bits, sizeof bits);
    }
    simd::store(y, function(simd::load(x)));
    for (int lane = 0; lane < kLanes; ++lane) {
      const double exact = reference(static_cast<double>(x[lane]));
      if (y[lane] == static_cast<float>(exact)) continue;  // correctly rounded, as most results are
      const double ulps = ulps_apart(y[lane], exact);
      if (ulps > worst.ulps) worst = {ulps, x[lane]};
    }
  }
  return worst;
}

// Checks the chunks from `first_chunk`; the upper half of all bit patterns are the negative numbers.
template <typename Function, typename Reference>
void check(const char* name, double bound, uint32_t first_chunk, Function function, Reference reference) {
  std::atomic<uint32_t> next = first_chunk;
  std::mutex mutex;
  Worst worst;
  const auto work = [&] {
    for (uint32_t chunk; (chunk = next++) < kChunks;) {
      const Worst worst_in_chunk = worst_of_chunk(chunk, function, reference);
      const std::lock_guard lock(mutex);
      if (worst_in_chunk.ulps > worst.ulps) worst = worst_in_chunk;
      if (chunk % 32 == 31) {
        std::printf("%s: %u of %u, worst %.4f ULP at %a\n", name, chunk + 1, kChunks, worst.ulps, worst.at);
        std::fflush(stdout);
      }
    }
  };
  std::vector<std::thread> threads(std::max(1u, std::thread::hardware_concurrency()));
  for (std::thread& thread : threads) thread = std::thread(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(worst.ulps, bound) << name << " at " << worst.at;
}

TEST(EveryFloat, Sigmoid) {
  check("sigmoid", kSigmoidUlp<float>, 0, sigmoid<float>, [](double x) {
    const double e = std::exp(-std::fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
  });
}

TEST(EveryFloat, Tanh) {
  check("tanh", kTanhUlp<float>, 0, gru::tanh<float>, [](double x) { return std::tanh(x); });
}

TEST(EveryFloat, Exp) {
  check("exp", kExpUlp<float>, 0, gru::exp<float>, [](double x) { return std::exp(x); });
}

TEST(EveryFloat, Expm1OfNegative) {
  check("expm1_of_negative", kExpm1Ulp<float>, kChunks / 2, expm1_of_negative<float>,
        [](double x) { return std::expm1(x); });
}

}  // namespace
}  // namespace gru::test
