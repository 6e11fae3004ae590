# RUN: %python %s %tenonc %t
"""Gradients of Kolmogorov-Arnold layers, by coefficients, by what a basis learns and by their
input, agree with differences of a float64 reference: every basis of the library and one's own,
widths below and beyond that from which layers are derived as a whole, one and several rows."""

import shutil
from types import SimpleNamespace

import numpy as np

from gradient_checks import check_gradients
from kan_bases import layer_shapes, layers_of
from kan_reference import layer
from support import INPUTS, arguments
from weights_io import random_weights

tenonc, scratch, _ = arguments()


def forward(p, x):
    z = x * p["scale"]
    return sum(layer(p, part, z, basis, base) for part, _, basis, base in layers_of(p))


for number, (batch, rows, I, O) in enumerate([(1, 1, 16, 1), (3, 1, 17, 5), (1, 17, 15, 4), (2, 98, 33, 19)]):
    weights = random_weights(layer_shapes(I, O) | {"scale": (I,)}, seed=number)
    system = SimpleNamespace(
        source=INPUTS / "kan_scaled.tenon", blocks=(), sizes={"I": I, "O": O}, weights=weights, forward=forward
    )
    folder = scratch / f"{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("kan.tenon", "kan_scaled.tenon"):
        shutil.copy(INPUTS / name, folder)
    x = np.random.default_rng(number).standard_normal((batch, rows, I)).astype(np.float32)
    check_gradients(tenonc, folder, system, {"x": x}, ["[B, N, {I}]".format(I=I), "[B, N, {O}]".format(O=O)], dims="B, N")
