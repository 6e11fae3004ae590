# RUN: %python %s %tenonc %t
"""Products whose right-hand side is computed agree with float64 NumPy: layers over
pairs that are split, weights of each sample in both orders, sums over few rows that
are read where they lie; odd and empty sizes, every code level."""

import numpy as np

from support import INPUTS, arguments, check_network, compile_model, levels
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()


def run(p, q, k, w, v):
    r = np.broadcast_to(q[:, None], k.shape)
    z = np.concatenate([r, k, r - k, r * k], axis=-1)
    a = np.broadcast_to(q[:, None], (len(q), *q.shape))
    c = np.broadcast_to(q[None], a.shape)
    both = np.concatenate([a, c, a - c, a * c], axis=-1)
    return {
        "related": both @ p["both.weight"].T + p["both.bias"],
        "pairs": z @ p["lay.weight"].T + p["lay.bias"],
        "scaled": np.einsum("bti,boi->bto", k, q[:, None] * p["mix"]),
        "io": np.einsum("bti,bio->bto", k, np.exp(q[:, :, None]) + p["table"]),
        "pooled": np.einsum("rt,btn->brn", w, v),
        "one": np.einsum("bt,btn->bn", k[:, :, 0], v),
    }


for number, (I, O, N, R) in enumerate(
    [(5, 3, 16, 2), (8, 17, 33, 1), (19, 16, 64, 4), (33, 80, 128, 3), (2, 7, 1, 5)]
):
    sizes = {"I": I, "O": O, "N": N, "R": R}
    program = compile_model(
        tenonc, INPUTS / "weights-of-rows.tenon", scratch / f"rows{number}", sizes
    )
    weights = random_weights(
        {"lay.weight": (O, 4 * I), "lay.bias": (O,), "both.weight": (O, 4 * I),
         "both.bias": (O,), "mix": (O, I), "table": (I, O)}
    )
    program, p = program.with_weights(weights), widened(weights)
    for B, T in [(0, 3), (1, 1), (3, 0), (2, 17), (1, 197)]:
        rng = np.random.default_rng(B + T)
        shapes = {"q": (B, I), "k": (B, T, I), "w": (R, T), "v": (B, T, N)}
        inputs = {
            name: rng.standard_normal(shape).astype(np.float32)
            for name, shape in shapes.items()
        }
        expected = run(p, **{n: x.astype(np.float64) for n, x in inputs.items()})
        for level in levels():
            for output, wide in expected.items():
                y = program(output, options=["--level", level], **inputs)
                what = f"{output}, {sizes}, B = {B}, T = {T}, {level}"
                check_network(what, y, wide)
