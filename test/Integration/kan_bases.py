"""The bases of Inputs/kan.tenon in NumPy, by the part of the model that uses each."""

from functools import partial

import numpy as np

from common_math import gelu
from kan_reference import cubic_spline, fourier, silu


def chebyshev(x):
    return np.cos(np.arange(6) * np.arccos(np.tanh(x))[..., None])


def rbf(x):
    width = 3.5 / 5
    return np.exp(-(((x[..., None] + 1.5) / width - np.arange(6)) ** 2))


def hats(x):
    bell = np.exp(-(x**2) / 2)
    return np.stack([(1 - x**2) * bell, x * bell], axis=-1)


LAYERS = {  # part: output, basis, number of terms, base function
    "waves": ("w", partial(fourier, count=4), 8, silu),
    "polynomials": ("p", chebyshev, 6, gelu),
    "bells": ("b", rbf, 6, silu),
    "splines": ("s", partial(cubic_spline, grid=7, low=-2.0, high=1.5), 10, silu),
    "own": ("o", hats, 2, silu),
    "centered": ("l", None, 16, silu),  # the centers are a parameter
}


def layer_shapes(I, O):
    result = {}
    for part, (_, _, terms, _) in LAYERS.items():
        result |= {f"{part}.coef": (O, I, terms), f"{part}.weight": (O, I)}
    return result | {"centered.phi.center": (16,)}


def bells_around(center):
    return lambda x: np.exp(-((x[..., None] - center) ** 2))


def layers_of(p):
    """By part: output, basis, base function."""
    for part, (output, basis, _, base) in LAYERS.items():
        yield part, output, basis or bells_around(p["centered.phi.center"]), base
