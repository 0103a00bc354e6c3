#!/usr/bin/env python3
"""Derives kErfcSeries of cpp/kernels/error_function.h; needs nothing but Python.

    python3 tools/fit_erfc.py

erfc(x) exp(x^2) / t with t = 2 / (2 + x) is smooth and without zeros over all x >= 0; the Chebyshev coefficients of its
logarithm in 4 t - 2 fall quickly.
"""

import math
from decimal import Decimal, getcontext

getcontext().prec = 60
NODES = 96
TERMS = 28


def pi():
    """Machin's formula."""

    def arctan_inverse(n):
        total, power, k = Decimal(0), Decimal(1) / n, 0
        while abs(power) > Decimal("1e-58"):
            total += (-1) ** k * power / (2 * k + 1)
            power /= n * n
            k += 1
        return total

    return 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


PI = pi()


def scaled_erfc(x):
    """erfc(x) exp(x^2): by the series of erf where that keeps enough digits, else by the continued fraction."""
    if x < 4:
        term, total, n = x, Decimal(0), 0
        while abs(term) > Decimal("1e-58"):
            total += term
            n += 1
            term *= 2 * x * x / (2 * n + 1)
        return (x * x).exp() - 2 / PI.sqrt() * total
    fraction = x
    for k in range(600, 0, -1):
        fraction = x + Decimal(k) / 2 / fraction
    return 1 / (PI.sqrt() * fraction)


def cosine(x):
    total, term, n = Decimal(0), Decimal(1), 0
    while abs(term) > Decimal("1e-58"):
        total += term
        n += 2
        term *= -x * x / (n * (n - 1))
    return total


angles = [PI * (2 * j + 1) / (2 * NODES) for j in range(NODES)]
values = []
for angle in angles:
    t = (cosine(angle) + 1) / 2
    values.append((scaled_erfc(2 / t - 2) / t).ln())
for k in range(TERMS):
    c = sum(v * cosine(k * a) for v, a in zip(values, angles)) * 2 / NODES
    print(f"    {float(c)!r},")
