# RUN: %python %s %tenonc %t
"""What entries compute from parameters alone is computed at load, equal work once:
tables that begin alike and go on apart stay apart."""

import numpy as np

from common_math import softmax
from support import arguments, compile_model

MODEL = """
model tables:
    dim B
    param w0: [3, 5]
    param w1: [2, 5]
    param w2: [2, 5]

    entry first(x: [B, 5]) -> (y: [B, 5, 5]):
        return x[:, none, :] * softmax(concat([w0, w1], axis = 0))[none, :, :]
    entry second(x: [B, 5]) -> (y: [B, 5, 5]):
        return x[:, none, :] * softmax(concat([w0, w2], axis = 0))[none, :, :]
    entry third(x: [B, 5]) -> (y: [B, 5, 5]):
        a = concat([w0, w1], axis = 0)
        return x[:, none, :] * (exp(a) * softmax(concat([w0, w2], axis = 0)) + softmax(a))[none, :, :]
"""

tenonc, scratch, _ = arguments()
(scratch / "tables.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
shapes = {"w0": (3, 5), "w1": (2, 5), "w2": (2, 5)}
weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
program = compile_model(tenonc, scratch / "tables.tenon", scratch / "tables").with_weights(weights)
a = np.concatenate([weights["w0"], weights["w1"]]).astype(np.float64)
b = np.concatenate([weights["w0"], weights["w2"]]).astype(np.float64)
tables = {"first": softmax(a), "second": softmax(b), "third": np.exp(a) * softmax(b) + softmax(a)}
for batch in (0, 1, 3):
    x = rng.standard_normal((batch, 5)).astype(np.float32)
    for entry, table in tables.items():
        result = program("y", options=["--entry", entry], x=x)
        assert np.allclose(result, x[:, None, :] * table, rtol=1e-5, atol=1e-6), entry
