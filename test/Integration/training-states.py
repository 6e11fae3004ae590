# RUN: %python %s %tenonc %t
"""States of a model in training: every write counts, in order, in a loop and when a part
is used twice; running statistics are those of NumPy, also of one sample."""

import numpy as np

from support import arguments, compile_model, run_command
from weights_io import read_safetensors

MODEL = """
block counter(x: [B]) -> [B]:
    state n: [] = 0
    if training:
        n := n + 1
        n := n * 2
        for i in 0..3: n += 1
    return x + 0 * n

model states:
    dim B
    param a: [] = 1
    k: counter
    norm: batch_norm
    frozen param half: [2] = 1.0 / 2

    entry f(x: [B]) -> (y: [B]):
        z = norm(norm(x[:, none] * half[none, :]))
        return k(k(x * a)) + z[:, 0]

    train fit(x: [B]):
        minimize mean(f(x) ^ 2, "B ->")
        update "*" with sgd[0.0]
        defaults steps = 2
"""

tenonc, scratch, _ = arguments()
(scratch / "states.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "states.tenon", scratch / "states", options=["--train"])
for count in (1, 5):
    x = np.random.default_rng(count).standard_normal(count).astype(np.float32)
    np.save(scratch / "x.npy", x)
    checkpoint = scratch / "c.safetensors"
    run_command([program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--checkpoint", checkpoint])
    tensors = read_safetensors(checkpoint)
    n, mean, variance = 0, np.zeros(2), np.ones(2)
    for _ in range(2):
        z = x[:, None].astype(np.float64) * 0.5 * np.ones(2)
        for _ in range(2):
            n = (n + 1) * 2 + 3
            mu, v = z.mean(0), z.var(0)
            mean = 0.9 * mean + 0.1 * mu
            variance = 0.9 * variance + 0.1 * v * count / max(count - 1, 1)
            z = (z - mu) / np.sqrt(v + 1e-5)
    assert tensors["k.n"] == n, (tensors["k.n"], n)
    assert np.allclose(tensors["norm.running_mean"], mean, atol=1e-6), (tensors["norm.running_mean"], mean)
    assert np.allclose(tensors["norm.running_var"], variance, rtol=1e-5), (tensors["norm.running_var"], variance)
