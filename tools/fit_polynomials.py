#!/usr/bin/env python3
"""Derives ExponentialConstants::rest of cpp/kernels/exponential.cpp; needs nothing but Python.

    python3 tools/fit_polynomials.py

For |r| <= ln(2) / 2 the polynomial q minimises the greatest error of 1 + r + r^2 q(r) relative to exp(r). It
is found by Remez's exchange: solve for an error that is equal and alternating at some points, move the points
to the extrema of the error that results, and again.
"""

import math
import struct
from decimal import Decimal, getcontext

getcontext().prec = 50
HALF_LN2 = Decimal(2).ln() / 2
GRID = 2000


def target(r):
    """(exp(r) - 1 - r) / r^2, by its series, as the formula loses all digits near 0."""
    term, total = Decimal(1) / 2, Decimal(0)
    for k in range(3, 45):
        total += term
        term *= r / k
    return total


def weight(r):
    return r * r / r.exp()


def solve(rows):
    """Gauss's elimination of an augmented matrix."""
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(size):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return [row[size] / row[i] for i, row in enumerate(rows)]


def evaluate(coefficients, r):
    total = Decimal(0)
    for c in reversed(coefficients):
        total = total * r + c
    return total


def chebyshev_points(count):
    return [HALF_LN2 * Decimal(-math.cos(math.pi * (i + 0.5) / count)) for i in range(count)]


def fit(terms):
    """The coefficients, lowest power first, and the greatest relative error."""
    points = chebyshev_points(terms + 1)
    grid = [(r, target(r), weight(r)) for r in chebyshev_points(GRID)]
    for _ in range(12):
        rows = [
            [r**k if k else Decimal(1) for k in range(terms)] + [(-1) ** i / weight(r), target(r)]
            for i, r in enumerate(points)
        ]
        coefficients = solve(rows)[:-1]
        extrema = []
        for r, exact, weigh in grid:
            error = (evaluate(coefficients, r) - exact) * weigh
            if not extrema or (error > 0) != (extrema[-1][1] > 0):
                extrema.append((r, error))
            elif abs(error) > abs(extrema[-1][1]):
                extrema[-1] = (r, error)
        while len(extrema) > terms + 1:
            extrema.pop(0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1)
        points = [r for r, _ in extrema]
    return coefficients, max(abs(error) for _, error in extrema)


def main():
    for name, terms, bits in (("float", 5, 24), ("double", 10, 53)):
        coefficients, error = fit(terms)
        print(f"{name}: greatest relative error {float(error) * 2**bits:.3f} * 2^-{bits}")
        for c in coefficients:
            nearest = struct.unpack("f", struct.pack("f", c))[0] if name == "float" else float(c)
            print(f"  {nearest.hex()}")


main()
