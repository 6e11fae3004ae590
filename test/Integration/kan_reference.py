"""Kolmogorov-Arnold layers: y_o = sum_ik c_oik phi_k(x_i) + sum_i w_oi base(x_i).

A basis maps x [..] to its terms [.., K].
"""

import numpy as np


def fourier(x, count):
    """Cosines, then sines, of the multiples 1 to `count`."""
    angle = x[..., None] * np.arange(1, count + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=-1)


def cubic_spline(x, grid, low=-1.0, high=1.0):
    """Cox and de Boor's recursion over the knots low + j * distance."""
    distance = (high - low) / grid
    knots = low + distance * np.arange(-3, grid + 4)
    z = x[..., None]
    terms = ((knots[:-1] <= z) & (z < knots[1:])).astype(x.dtype)
    for order in (1, 2, 3):
        width = order * distance
        rising = (z - knots[: -order - 1]) / width
        falling = (knots[order + 1 :] - z) / width
        terms = rising * terms[..., :-1] + falling * terms[..., 1:]
    return terms


def silu(x):
    return x / (1 + np.exp(-x))


def layer(p, part, x, basis, base=silu):
    """One layer whose parameters are named PART.coef and PART.weight."""
    spread = np.einsum("...ik,oik->...o", basis(x), p[f"{part}.coef"], optimize=True)
    return spread + base(x) @ p[f"{part}.weight"].T
