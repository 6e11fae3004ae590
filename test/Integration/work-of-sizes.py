# RUN: %python %s %tenonc %t
"""What only parameters and sizes of the run decide is computed in each run, not when
parameters are loaded."""

import numpy as np

from support import arguments, compile_model

MODEL = """
model sizes:
    dim B
    param w: [3]

    entry f(x: [B, 3]) -> (y: [B, 3], t: [3], n: []):
        s = full([3], 1.0) * float(B)
        return x @ (s[:, none] * w[none, :]), s * w, sum(cast(iota(B), f32), "B ->")
"""

tenonc, scratch, _ = arguments()
(scratch / "sizes.tenon").write_text(MODEL)
w = np.array([1, 2, -3], np.float32)
program = compile_model(tenonc, scratch / "sizes.tenon", scratch / "sizes").with_weights({"w": w})
for B in (0, 1, 5, 33):
    x = np.arange(3 * B, dtype=np.float32).reshape(B, 3)
    truth = {"y": x.sum(1, keepdims=True) * B * w, "t": B * w, "n": np.float32(B * (B - 1) / 2)}
    for name, value in truth.items():
        found = program(name, x=x)
        assert np.array_equal(found, value), f"{name}, B = {B}: {found}, expected {value}"
