# RUN: %python %s %tenonc %t
"""Functions and blocks of the standard library that no model of this repository
uses agree with float64 NumPy."""

import math

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
    entry counts(x: [B, N]) -> (some: i64[B], table: [2, 3], whole: i32[2]):
        return count(x > 1, "B N -> B"), cast([[1, 2, 0.5], [n, -4, 1e-3]], float), cast([C, -n], i32)
    entry losses(x: [B, N], t: [B, N]) -> (squared: [], logistic: [], focused: []):
        return mse(x, t), bce_with_logits(x, t), focal(x, t, alpha = 0.3)
    entry boxes(a: [B, 4], b: [B, 4]) -> (y: [B]):
        return giou(a, b)
    entry quotients(x: [B, 1, N]) -> (sigmoidal: [B, 1, N], normal: [B, 1, N], same: [B, 1, N], tangent: [B, 1, N]):
        a, b = quotient("swish"), quotient("gelu")
        c, d = quotient("identity"), quotient("tanh")
        u, v = rational(x, a[0], a[1], "sum_of_abs"), rational(x, b[0], b[1], "abs_of_sum")
        return u, v, rational(x, c[0], c[1], "sum_of_abs"), rational(x, d[0], d[1], "sum_of_abs")

    fn quotient(start: str): return rational_numerator(start)[none], rational_denominator(start)[none]
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


def giou(a, b):
    """Generalized intersection over union of boxes (left, top, right, bottom)."""

    def area(box):
        return np.prod(np.maximum(box[:, 2:] - box[:, :2], 0), axis=1)

    overlap = np.concatenate([np.maximum(a, b)[:, :2], np.minimum(a, b)[:, 2:]], axis=1)
    hull = np.concatenate([np.minimum(a, b)[:, :2], np.maximum(a, b)[:, 2:]], axis=1)
    union = area(a) + area(b) - area(overlap)
    return area(overlap) / union - (area(hull) - union) / area(hull)


for B, N in ((1, 1), (3, 17)):
    x = (9 * rng.standard_normal((B, N))).astype(np.float32)
    t = rng.random((B, N)).astype(np.float32)
    wide, target = x.astype(np.float64), t.astype(np.float64)
    probability = 1 / (1 + np.exp(-wide))
    per = target * np.logaddexp(0, -wide) + (1 - target) * np.logaddexp(0, wide)
    weight = 0.3 * target * (1 - probability) ** 2 + 0.7 * (1 - target) * probability**2
    close("mse", run("losses", "squared", x=x, t=t), ((wide - target) ** 2).mean())
    close("bce_with_logits", run("losses", "logistic", x=x, t=t), per.mean())
    close("focal", run("losses", "focused", x=x, t=t), (weight * per).mean())

table = np.array([[1, 2, 0.5], [4, -4, 1e-3]], np.float32)
assert np.array_equal(run("counts", "table", x=x), table), "a list as a tensor"
assert np.array_equal(run("counts", "whole", x=x), np.array([5, -4], np.int32)), "integers"

corners = rng.random((2, 50, 2)) * 2
a, b = (np.concatenate([c, c + 0.1 + rng.random((50, 2))], axis=1) for c in corners)
a, b = a.astype(np.float32), b.astype(np.float32)
result = run("boxes", "y", a=a, b=b)
close("giou", result, giou(a.astype(np.float64), b.astype(np.float64)))
assert result.min() < -0.1 < 0.1 < result.max(), "boxes apart and across"

# The quotients are near the functions that they are named after, on -3..3.
x = np.linspace(-3, 3, 61, dtype=np.float32).reshape(1, 1, 61)
wide = x.astype(np.float64)
normal = np.array([math.erf(v / math.sqrt(2)) for v in wide.ravel()]).reshape(wide.shape)
for name, truth, bar in (
    ("sigmoidal", wide / (1 + np.exp(-wide)), 2e-5),
    ("normal", wide * 0.5 * (1 + normal), 4e-3),
    ("same", wide, 1e-6),
    ("tangent", np.tanh(wide), 2e-4),
):
    error = np.abs(run("quotients", name, x=x) - truth).max()
    assert error <= bar, (name, error)

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
    assert np.array_equal(run("counts", "some", x=x), (x > 1).sum(1)), "count"
    assert np.array_equal(run("tests", "hot", **inputs), k[..., None] == np.arange(4)), "one_hot"
