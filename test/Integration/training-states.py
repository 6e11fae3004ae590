# RUN: %python %s %tenonc %t
"""States of a model in training: every write counts, in order, in a loop and when a part
is used twice; running statistics are those of NumPy, also of one sample. An optimizer may
keep a bool."""

import json

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

# Parts of a step follow one another; draws differ from part to part, and a signal between
# two parts leaves the states of the step before.
(scratch / "parts.tenon").write_text("""
model parts:
    dim B
    param a: [] = 1
    k: counter
    norm: batch_norm

    entry f(x: [B]) -> (y: [B]):
        return k(x * a) + norm(x[:, none] * full([1], 1.0))[:, 0]

    train fit(x: [B]):
        minimize mean(f(x) + 0 * random_uniform(B), "B ->")
        metric draw = mean(random_uniform(B), "B ->")
        update "*" with sgd[0.0]
        defaults steps = 3, accumulate = 2

block counter(x: [B]) -> [B]:
    state n: [] = 0
    if training: n := n + sum(x * 0 + 1, "B ->")
    return x + 0 * n
""")
program = compile_model(tenonc, scratch / "parts.tenon", scratch / "parts", options=["--train"])
x = np.random.default_rng(7).standard_normal(5).astype(np.float32)
np.save(scratch / "x.npy", x)
log = scratch / "log.jsonl"
command = [program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--checkpoint", checkpoint, "--log", log]
run_command(command)
tensors, mean = read_safetensors(checkpoint), 0.0
for _ in range(3):
    for part in x[:3], x[3:]:
        mean = 0.9 * mean + 0.1 * part.astype(np.float64).mean()
assert tensors["k.n"] == 15, tensors["k.n"]
assert np.allclose(tensors["norm.running_mean"], mean, atol=1e-6), (tensors["norm.running_mean"], mean)
together = {json.loads(line)["draw"] for line in log.read_text().splitlines()}
run_command([*command, "--accumulate", 5])
apart = {json.loads(line)["draw"] for line in log.read_text().splitlines()}
assert len(together) == len(apart) == 3 and not together & apart, (together, apart)

(scratch / "bool.tenon").write_text("""
optimizer late(w, g):
    state begun: bool[] = false
    state rests: bool[] = true
    w := w - where(begun, 1.0, 0.0) - where(rests, 10.0, 0.0)
    begun := true

model steps:
    dim B
    param a: [3] = 0

    entry f(x: [B]) -> (y: [B]):
        return x * sum(a, "N ->")

    train fit(x: [B]):
        minimize mean(f(x), "B ->")
        update "*" with late
        metric large = 3_000_000_001 + iota(1)[0]
        defaults steps = 4
""")
program = compile_model(tenonc, scratch / "bool.tenon", scratch / "bool", options=["--train"])
command = [program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--log", scratch / "log", "--checkpoint", checkpoint]
run_command(command)
assert read_safetensors(checkpoint)["a"].tolist() == [-43.0] * 3, read_safetensors(checkpoint)
assert '"large":3000000001,' in (scratch / "log").read_text(), (scratch / "log").read_text()
