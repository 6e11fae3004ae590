# RUN: %python %s %tenonc %t
"""Functions and blocks of the standard library that no model of this repository
uses agree with float64 NumPy."""

import numpy as np

from support import arguments, compile_model

MODEL = """
model library[C = 5, n = 4]:
    dim B, N
    bn: batch_norm[eps = 1e-3]
    plain: batch_norm[affine = false]
    knee: prelu

    entry norms(x: [B, C, N, 3]) -> (y: [B, C, N, 3], z: [B, C, N, 3]):
        return bn(x), plain(x)
    entry activations(x: [B, N, C]) -> (y: [B, N, C], z: [B, N, C]):
        return knee(x), log_softmax(x)
    entry tests(x: [B, N], k: i32[B, N]) -> (some: bool[B], every: bool[N], hot: [B, N, n]):
        return any(x > 1, "B N -> B"), all(x < 1, "B N -> N"), one_hot(k, n)
"""

tenonc, scratch, _ = arguments()
(scratch / "library.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
C = 5
weights = {
    name: rng.standard_normal(C).astype(np.float32)
    for name in ("bn.weight", "bn.bias", "bn.running_mean", "plain.running_mean", "knee.alpha")
}
for name in ("bn.running_var", "plain.running_var"):
    weights[name] = rng.random(C).astype(np.float32) + np.float32(0.5)
program = compile_model(tenonc, scratch / "library.tenon", scratch / "library")
program = program.with_weights(weights)
p = {name: value.astype(np.float64) for name, value in weights.items()}


def run(entry, output, **inputs):
    return program(output, options=["--entry", entry], **inputs)


def close(what, result, truth):
    assert result.shape == truth.shape, what
    assert np.all(np.abs(result - truth) <= 2e-6 * (1 + np.abs(truth))), what


def normalized(x, name, eps):
    by_channel = (slice(None), None, None)
    mean, var = p[name + ".running_mean"][by_channel], p[name + ".running_var"][by_channel]
    return (x - mean) / np.sqrt(var + eps)


for B, N in ((0, 3), (1, 1), (2, 17), (3, 0)):
    x = rng.standard_normal((B, C, N, 3)).astype(np.float32)
    by_channel = (slice(None), None, None)
    gain, offset = p["bn.weight"][by_channel], p["bn.bias"][by_channel]
    close("batch_norm", run("norms", "y", x=x), normalized(x, "bn", 1e-3) * gain + offset)
    close("batch_norm, plain", run("norms", "z", x=x), normalized(x, "plain", 1e-5))
    x = (3 * rng.standard_normal((B, N, C))).astype(np.float32)
    close("prelu", run("activations", "y", x=x), np.where(x > 0, x, p["knee.alpha"] * x))
    wide = x.astype(np.float64)
    truth = wide - np.log(np.exp(wide).sum(-1, keepdims=True))
    close("log_softmax", run("activations", "z", x=x), truth)
    x = (1 + rng.standard_normal((B, N))).astype(np.float32)
    k = rng.integers(-1, 5, (B, N)).astype(np.int32)
    inputs = {"x": x, "k": k}
    assert np.array_equal(run("tests", "some", **inputs), (x > 1).any(1)), "any"
    assert np.array_equal(run("tests", "every", **inputs), (x < 1).all(0)), "all"
    assert np.array_equal(run("tests", "hot", **inputs), k[..., None] == np.arange(4)), "one_hot"
