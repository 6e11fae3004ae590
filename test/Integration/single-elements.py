# RUN: %python %s %tenonc %t
"""Rows of one element: a softmax is 1, a normalized value 0, and what follows
joins their kernel."""

import numpy as np

from support import arguments, check_network, compile_model

MODEL = """model single[D = 1]:
    dim B
    param w: [D]
    norm: layer_norm[eps = 1e-5]
    entry g(x: [B, D]) -> (p: [B, D], y: [B, D]):
        return softmax(x) * w, norm(x) * 3.0
"""


def main():
    tenonc, scratch, _ = arguments()
    source = scratch / "single.tenon"
    source.write_text(MODEL, encoding="utf-8")
    weights = {
        "w": np.array([2.5], np.float32),
        "norm.weight": np.array([4.0], np.float32),
        "norm.bias": np.array([0.5], np.float32),
    }
    program = compile_model(tenonc, source, scratch / "single").with_weights(weights)
    x = np.array([[-3.0], [0.0], [7.0]], np.float32)
    check_network("softmax", program("p", x=x), np.full((3, 1), 2.5))
    check_network("layer_norm", program("y", x=x), np.full((3, 1), 1.5))


main()
