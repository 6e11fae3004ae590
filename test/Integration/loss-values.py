# RUN: %python %s %tenonc %t
"""Losses of the library agree with float64 NumPy, and gather takes rows of the axes
that table and ids share: odd, empty and dynamic sizes, targets that do not count."""

import subprocess

import numpy as np

from support import arguments, compile_model

MODEL = """
model losses[C = 5]:
    dim B, N

    entry classes(x: [B, N, C], t: i64[B, N], u: i32[B, N]) -> (plain: [], smooth: [], skipping: [], flat: []):
        return cross_entropy(x, t), cross_entropy(x, t, smoothing = 0.1), cross_entropy(x, u, ignore = 2), cross_entropy(rearrange(x, "B N C -> (B N) C"), rearrange(t, "B N -> (B N)"))
    entry numbers(x: [B, N], t: [B, N]) -> (square: [], binary: [], bent: [], absolute: []):
        return mse(x, t), bce_with_logits(x, t), huber(x, t), huber(x, t, delta = 30.0)
    entry shares(x: [B, N, C], t: [B, N, C]) -> (soft: [], taught: [], warm: []):
        return soft_cross_entropy(x, softmax(t)), kl_divergence(x, t), kl_divergence(x, t, temperature = 4.0)
    entry met(table: [N, C], ids: i32[B]) -> (squares: []):
        return rows_l2(table, ids)
    entry rows(x: [B, N, C, 4], i: i64[B], j: i32[N, B], k: i64[C], y: [C]) -> (
            one: [B, N, 4], two: [B, N, C], turned: [4, C, N, B], merged: [B, N, C * 4], same: [C], within: [B, N]):
        turned = gather(x, j, "B N C [4], N B -> B N C")
        return gather(x, i, "B N [C] D, B -> B N D"), turned, gather(x, cast(j, i64), "B [N] C D, m B -> D C m B"), gather(x, i, "B [N] C D, B -> B C D")[:, none] |> repeat("B 1 C D -> B N (C D)"), gather(y, k, "[C], C -> C"), gather(rearrange(x[:, :, :, 0], "B N C -> (B N) C"), gather(rearrange(j, "N B -> (B N)"), iota(B * N), "[a], b -> b"), "a [C], a -> a") |> rearrange("(B N) -> B N")
"""

tenonc, scratch, _ = arguments()
(scratch / "losses.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
C = 5
program = compile_model(tenonc, scratch / "losses.tenon", scratch / "losses")


def run(entry, output, **inputs):
    return program(output, options=["--entry", entry], **inputs)


def close(what, result, truth):
    assert result.shape == np.shape(truth), (what, result.shape)
    assert np.allclose(result, truth, rtol=4e-6, atol=1e-6, equal_nan=True), (what, result, truth)


def log_softmax(x):
    x = x.astype(np.float64) - x.max(-1, keepdims=True, initial=-np.inf)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def loss(x, t, smoothing=0.0, ignore=-1):
    x, t = x.astype(np.float64).reshape(-1, C), t.reshape(-1)
    x, t = x[t != ignore], t[t != ignore]
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    per = -(1 - smoothing) * logp[np.arange(len(t)), t]
    if smoothing:
        per -= smoothing * logp.mean(-1)
    return per.sum() / max(len(t), 1)


for B, N in ((0, 3), (1, 1), (2, 7), (5, 33)):
    x = (3 * rng.standard_normal((B, N, C))).astype(np.float32)
    t = rng.integers(-1, C, (B, N))
    u = rng.integers(0, C, (B, N)).astype(np.int32)
    inputs = {"x": x, "t": t, "u": u}
    close("plain", run("classes", "plain", **inputs), loss(x, t))
    close("flat", run("classes", "flat", **inputs), loss(x, t))
    close("smooth", run("classes", "smooth", **inputs), loss(x, t, 0.1))
    close("skipping", run("classes", "skipping", **inputs), loss(x, u, ignore=2))
    # A target that does not count may stand beside what is no number, and a class may
    # be impossible.
    if B * N > 1:
        t[0, 0], t[0, 1] = -1, 1
        x[0, 0, 3], x[0, 1, 2] = np.nan, -np.inf
        close("plain", run("classes", "plain", x=x, t=t, u=u), loss(x, t))

    x, t = rng.standard_normal((2, B, N)).astype(np.float32) * 20
    wide, target = x.astype(np.float64), t.astype(np.float64)
    with np.errstate(all="ignore"):
        square = np.mean((wide - target) ** 2) if B else np.nan
        close("square", run("numbers", "square", x=x, t=t), square)
        t = rng.random((B, N)).astype(np.float32)
        binary = np.mean(np.logaddexp(0, wide) - wide * t) if B else np.nan
    close("binary", run("numbers", "binary", x=x, t=t), binary)
    for name, delta in (("bent", 1.0), ("absolute", 30.0)):
        d = np.abs(wide - t)
        per = np.where(d < delta, d**2 / 2, delta * (d - delta / 2))
        close(name, run("numbers", name, x=x, t=t), per.mean() if B else np.nan)

    x, t = (3 * rng.standard_normal((2, B, N, C))).astype(np.float32)
    logq, logp = log_softmax(x), log_softmax(t)
    soft = -(np.exp(logp) * logq).sum(-1).mean() if B else np.nan
    close("soft", run("shares", "soft", x=x, t=t), soft)
    for name, T in (("taught", 1.0), ("warm", 4.0)):
        logq, logp = log_softmax(x / T), log_softmax(t / T)
        kl = T**2 * (np.exp(logp) * (logp - logq)).sum(-1).mean() if B else np.nan
        close(name, run("shares", name, x=x, t=t), kl)
    table, ids = rng.standard_normal((N, C)).astype(np.float32), rng.integers(0, N, B).astype(np.int32)
    squares = (table[np.unique(ids)].astype(np.float64) ** 2).sum()
    close("squares", run("met", "squares", table=table, ids=ids), squares)

    x = rng.standard_normal((B, N, C, 4)).astype(np.float32)
    i, k = rng.integers(0, min(N, C), B), rng.integers(0, C, C)
    j = rng.integers(0, min(N, 4), (N, B)).astype(np.int32)
    y = rng.standard_normal(C).astype(np.float32)
    inputs = {"x": x, "i": i, "j": j, "k": k, "y": y}
    b, n = np.arange(B), np.arange(N)
    truth = {
        "one": x[b, :, i],
        "two": np.take_along_axis(x, j.T.astype(np.int64)[:, :, None, None], 3)[..., 0],
        "turned": x[b[None], j].transpose(3, 2, 0, 1),
        "merged": np.repeat(x[b, i].reshape(B, 1, C * 4), N, 1),
        "same": y[k],
        "within": x[b[:, None], n[None], j.T, 0],
    }
    for output, value in truth.items():
        result = run("rows", output, **inputs)
        assert np.array_equal(result, value), (output, result, value)

# The place of a bad target is that among the ids.
bad = {"x": np.zeros((2, 3, C), "f4"), "t": np.array([[0, 1, 2], [3, 4, 5]]), "u": np.zeros((2, 3), "i4")}
command = [program.path, "run", "--entry", "classes", "--output", f"plain={scratch}/plain.npy"]
for name, value in bad.items():
    np.save(scratch / f"{name}.npy", value)
    command += ["--input", f"{name}={scratch}/{name}.npy"]
done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
assert done.returncode == 1, done.returncode
assert "5 at flat position 5" in done.stderr or "[1, 2]" in done.stderr, done.stderr
