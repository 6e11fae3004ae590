#!/usr/bin/python3
"""Fits the coefficients in include/tenon/Support/MathPrograms.h.

Each fit minimizes the largest relative error of an approximation over a range:
Lawson's iteration (least squares whose weights grow where the error is large),
on Chebyshev nodes, in f64. Coefficients are then rounded to f32 one by one,
lowest order first, and the others are fitted again around the rounded ones, so
that rounding costs little.

Run it without arguments. It prints one C++ array per function, with the
relative error of the rounded fit in exact arithmetic. It needs NumPy; the
tests do not run it.
"""

import math

import numpy as np

LN2 = math.log(2.0)
erf = np.vectorize(math.erf)
erfc = np.vectorize(math.erfc)


def nodes(low, high, count=3000):
    """Chebyshev nodes of [low, high], ascending: most errors peak at the ends."""
    k = np.arange(count)[::-1]
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (k + 0.5) / count)


def lawson(columns, target, scale, fixed):
    """Coefficients c with minimal max |scale * (columns @ c - target)|, and that
    maximum. `fixed` maps the numbers of known coefficients to their values."""
    free = [k for k in range(columns.shape[1]) if k not in fixed]
    c = np.zeros(columns.shape[1])
    for k, value in fixed.items():
        c[k] = value
    rest = target - columns @ c
    weight = np.full(len(target), 1.0 / len(target))
    best, best_c = np.inf, c.copy()
    for _ in range(150):
        if free:
            row = np.sqrt(weight) * scale
            a = columns[:, free] * row[:, None]
            norm = np.linalg.norm(a, axis=0)
            c[free] = np.linalg.lstsq(a / norm, rest * row, rcond=None)[0] / norm
        error = np.abs(scale * (columns @ c - target))
        if error.max() < best:
            best, best_c = error.max(), c.copy()
        weight = weight * (error / error.max() + 1e-3)
        weight /= weight.sum()
    return best_c, best


def rounded(columns, target, scale, order):
    """As lawson, with every coefficient an f32; they are rounded in `order`."""
    fixed = {}
    for k in order:
        c, _ = lawson(columns, target, scale, fixed)
        fixed[k] = float(np.float32(c[k]))
    return lawson(columns, target, scale, fixed)


def hex_float(value):
    """An f32 as a C++ literal, without trailing zeros."""
    digits, power = float(value).hex().split("p")
    return digits.rstrip("0").rstrip(".") + "p" + power + "f"


def show(name, coefficients, error):
    """Prints an array of coefficients, lowest order first."""
    print(f"// {name}: relative error {error:.2g}")
    words = ", ".join(hex_float(c) for c in coefficients)
    print(f"inline constexpr float {name}[] = {{{words}}};\n")


def polynomial(name, f, low, high, first, degree, known):
    """f(x) ~ known(x) + sum over k = first..degree of c[k] x^k."""
    x = nodes(low, high)
    columns = x[:, None] ** np.arange(first, degree + 1)
    c, error = rounded(columns, f(x) - known(x), 1 / f(x), range(degree + 1 - first))
    show(name, c, error)


def odd_or_even(name, f, known, high, first, terms):
    """f(x) ~ known(x) + x^first * polynomial of x^2, on 0 < x <= high."""
    x = nodes(1e-4, high)
    columns = x[:, None] ** (first + 2 * np.arange(terms))
    c, error = rounded(columns, f(x) - known(x), 1 / f(x), range(terms))
    show(name, c, error)


def exponent(name, g, low, high, degree, weight):
    """E with exp(a E(a)) ~ exp(g(a)) on [low, high]; `weight` is what an absolute
    error of the exponent costs."""
    a = nodes(low, high)
    columns = a[:, None] ** np.arange(degree + 1)
    c, error = rounded(columns, g(a) / a, a * weight(a), range(degree + 1))
    show(name, c, error)


def erf_weight(a):
    """Relative change of 1 - exp(g) per change of g = log(erfc(a))."""
    return erfc(a) / erf(a)


def gelu_weight(a):
    """1 where a * (1 - Phi(a)) >= 0.01: relative error counts; below, absolute."""
    return np.minimum(1, a * erfc(a / math.sqrt(2)) / 2 / 0.01)


def main():
    wide = LN2 * 1.0002
    half = LN2 / 2 * 1.0002
    polynomial("kExp", np.exp, -wide, wide, 2, 7, lambda x: 1 + x)
    polynomial("kExpHalf", np.exp, -half, half, 2, 6, lambda x: 1 + x)
    polynomial("kExp2", np.exp2, -0.5001, 0.5001, 1, 5, lambda x: 1)
    polynomial("kExpm1", np.expm1, -half, half, 2, 6, lambda x: x)
    polynomial("kLog", np.log1p, math.sqrt(0.5) - 1, math.sqrt(2) - 1, 3, 10,
               lambda x: x - x * x / 2)
    quarter = math.pi / 4 * 1.02
    odd_or_even("kSin", np.sin, lambda x: x, quarter, 3, 3)
    odd_or_even("kCos", np.cos, lambda x: 1 - x * x / 2, quarter, 4, 3)
    exponent("kLogErfc", lambda a: np.log(erfc(a)), 1e-3, 3.95, 8, erf_weight)
    exponent("kLogTail", lambda a: np.log(erfc(a / math.sqrt(2))), 1e-3, 5.6, 8, gelu_weight)


if __name__ == "__main__":
    main()
