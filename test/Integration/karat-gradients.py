# RUN: %python %s %tenonc %t
"""Gradients of KArAt by all of its parameters agree with differences of the float64
reference: Fourier series, with an operator per layer and with one for all, quotients, and
projections on the simplex."""

from gradient_checks import check_gradients
from support import arguments
from systems import Karat

SYSTEMS = [
    Karat(scaled=True, depth=1, soft=1, project="row"),
    Karat(universal=True, soft=2, G=1),
    Karat(edges="quotients", image=10, patch=5, soft=2, depth=1, project="sums"),
]

tenonc, scratch, _ = arguments()
for number, system in enumerate(SYSTEMS):
    system.weights = system.random_weights()
    sizes = system.sizes
    types = ["[B, {channels}, {image}, {image}]".format(**sizes), "[B, {classes}]".format(**sizes)]
    check_gradients(tenonc, scratch / f"{number}", system, system.inputs(3), types, drop=0.0)
