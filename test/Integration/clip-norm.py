# RUN: %python %s %tenonc %t
"""Limits of the gradient's norm: none that is infinite, one that depends on the step, and one that is
not above 0, held to NumPy."""

import json

import numpy as np

from support import arguments, run_command

tenonc, scratch, _ = arguments()
LIMITS = {"inf": [np.inf] * 4, "where(step < 3, 0.5, inf)": [0.5, 0.5, np.inf, np.inf],
          "0.25 * step": [0.25, 0.5, 0.75, 1.0], "1.0 - step": [0, 0, 0, 0]}  # fmt: skip
rng = np.random.default_rng(1)
x, t = rng.standard_normal((6, 4)).astype(np.float32), rng.standard_normal((6, 3)).astype(np.float32)
np.save(scratch / "x.npy", x)
np.save(scratch / "t.npy", t)

for number, (limit, values) in enumerate(LIMITS.items()):
    model = scratch / f"clip{number}.tenon"
    model.write_text(
        f"""
model clip{number}:
    dim B
    l: linear[3, bias = false, init = constant(0.0)]
    entry forward(x: [B, 4]) -> (y: [B, 3]): return l(x)
    train fit(x: [B, 4], t: [B, 3]):
        minimize mse(forward(x), t)
        update "*" with sgd[0.5]
        clip_norm {limit}
"""
    )
    program, log = scratch / f"clip{number}", scratch / f"log{number}.jsonl"
    run_command([tenonc, model, "--train", "-o", program])
    run_command([program, "train", "--input", f"x={scratch}/x.npy", "--input", f"t={scratch}/t.npy",
                 "--batch", 6, "--steps", 4, "--log", log])  # fmt: skip
    w = np.zeros((3, 4))
    for line, most in zip(log.read_text().splitlines(), values):
        entry = json.loads(line)
        difference = x.astype(np.float64) @ w.T - t
        gradient = 2 * difference.T @ x / t.size
        norm = np.linalg.norm(gradient)
        assert np.isclose(entry["loss"], np.mean(difference**2), rtol=1e-5), (limit, entry)
        assert np.isclose(entry["gradient_norm"], norm, rtol=1e-5), (limit, entry)
        w -= 0.5 * gradient * min(1, max(most, 0) / norm)
