# RUN: %python %s %tenonc %t
"""Kolmogorov-Arnold layers agree with float64 NumPy: library bases and a basis
of the user's own, both forms of the rational function, odd sizes, batch 0 to 197,
every code level; sums of one and of several chunks."""

import numpy as np

from kan_bases import layer_shapes, layers_of
from kan_reference import layer
from support import INPUTS, arguments, check_network, compile_model, levels
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()


def shapes(I, O, groups):
    quotients = {"quotients.weight_numerator": (1, 6), "quotients.weight_denominator": (groups, 4)}
    return quotients | layer_shapes(I, O)


def rational(p, x, groups, form):
    a, b = p["quotients.weight_numerator"][0], p["quotients.weight_denominator"]
    z = x.reshape(len(x), groups, x.shape[1] // groups)
    terms = [b[:, k, None] * z ** (k + 1) for k in range(4)]
    bottom = sum(map(np.abs, terms)) if form == "sum_of_abs" else np.abs(sum(terms))
    return (sum(a[k] * z**k for k in range(6)) / (1 + bottom)).reshape(x.shape)


for number, (I, O, groups, form) in enumerate(
    [
        (5, 3, 1, "sum_of_abs"),
        (6, 17, 3, "abs_of_sum"),
        (34, 1, 2, "sum_of_abs"),
        (197, 33, 1, "sum_of_abs"),
        (400, 150, 2, "sum_of_abs"),
    ]
):
    sizes = {"I": I, "O": O, "groups": groups}
    program = compile_model(
        tenonc, INPUTS / "kan.tenon", scratch / f"kan{number}", sizes | {"form": form}
    )
    weights = random_weights(shapes(**sizes))
    program, p = program.with_weights(weights), widened(weights)
    for batch in (0, 1, 3, 197):
        x = np.random.default_rng(batch).standard_normal((batch, I)).astype(np.float32)
        wide = x.astype(np.float64)
        for level in levels():
            options = ["--level", level]
            what = f"{sizes}, {form}, batch {batch}, {level}"
            for part, output, basis, base in layers_of(p):
                y = program(output, options=options, x=x)
                check_network(f"{part}, {what}", y, layer(p, part, wide, basis, base))
            y = program("r", options=options, x=x)
            check_network(f"rational, {what}", y, rational(p, wide, groups, form))
