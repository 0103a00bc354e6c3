// The complementary error function. The C library's calls its exp, whose tables are larger than all
// activations.
#pragma once

#include <cmath>
#include <iterator>

#include "kernels/exponential.h"
#include "simd/vector.h"

namespace gru {

// log(erfc(x)) + x^2 - log(t) for x >= 0, as a Chebyshev series in 4 t - 2 where t = 2 / (2 + x); from
// tools/fit_erfc.py.
inline constexpr double kErfcSeries[] = {
    -1.3026537197817094,     0.6419697923564902,      0.019476473204185836,   -0.009561514786808632,
    -0.0009465953444820369,  0.00036683949785276145,  4.252332480690777e-05,  -2.0278578112534242e-05,
    -1.6242900046470256e-06, 1.3036558355805232e-06,  1.5626441722066142e-08, -8.523809591492654e-08,
    6.5290544390988515e-09,  5.059343495551469e-09,   -9.91364156493033e-10,  -2.273651222931836e-10,
    9.646791102015527e-11,   2.3940380830391146e-12,  -6.886027526497553e-12, 8.944879273090725e-13,
    3.130921399342958e-13,   -1.1270822361367252e-13, 3.810905255189232e-16,  7.106097613609237e-15,
    -1.5230282014571047e-15, -9.457494571290069e-17,  1.2102371892185684e-16, -2.816663088466364e-17,
};

// erfc(x), within 4e-15 of it times max(1, x^2).
inline double erfc(double x) {
  const double magnitude = std::abs(x);
  const double t = 2 / (2 + magnitude);
  const double y = 4 * t - 2;
  double d = 0, next = 0;
  for (int i = std::size(kErfcSeries) - 1; i > 0; --i) {
    const double before = d;
    d = y * d - next + kErfcSeries[i];
    next = before;
  }
  const double exponent = 0.5 * (kErfcSeries[0] + y * d) - next - magnitude * magnitude;
  const double tail = t * exp<double>(simd::splat(exponent))[0];
  return x < 0 ? 2 - tail : tail;
}

}  // namespace gru
