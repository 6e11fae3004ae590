# RUN: %python %s %tenonc %t
"""Attention with windows, with other score functions than softmax, and written by hand
agrees with float64 NumPy: masks of every kind, grouped heads, hidden rows, odd and empty sizes,
every code level."""

import numpy as np

from support import arguments, check_network, compile_model, levels, run_command

tenonc, scratch, _ = arguments()

KINDS = {  # output: arguments, window, causal, masks, weights of the scores
    "window": ("window = 3", 3, False, "", "softmax"),
    "sliding": ("window = 4, causal = true", 4, True, "", "softmax"),
    "masked_sliding": ("window = 7, mask = mask, causal = true", 7, True, "m", "softmax"),
    "causal_keys": ("causal = true, key_mask = keys", None, True, "k", "softmax"),
    "window_keys": ("window = 4, key_mask = keys, mask = mask", 4, False, "km", "softmax"),
    "documents": ("mask = same", None, False, "d", "softmax"),
    "causal_documents": ("mask = same, causal = true", None, True, "d", "softmax"),
    "masked_window": ("window = 5, mask = mask, bias = bias", 5, False, "mb", "softmax"),
    "sigmoids": ("score = sigmoid", None, False, "", "sigmoid"),
    "linear": ("score = identity, causal = true, key_mask = keys", None, True, "k", "identity"),
    "temperate": ("score = temperate, mask = mask", None, False, "m", "temperate"),
    "squares": ("score = squares, window = 2, bias = bias, scale = 0.5", 2, False, "b", "squares"),
}
outputs = ", ".join(f"{name}: [B, 6, N, 5]" for name in KINDS)
outputs += ", by_hand: [B, N, 2, 5], hidden: [B, 2, N, 5]"
calls = ", ".join(f"attention(q, k, v, {text})" for text, *_ in KINDS.values())
calls += ", by_hand(q[:, :2], k, v, mask, bias[:2]), hidden(q[:, :2], k, v, keys)"
source = scratch / "kinds.tenon"
source.write_text(
    f"""
## Softmax of scores that a hyperbolic tangent keeps below 2.
fn temperate(s: [.., M]) -> [.., M] = softmax(2 * tanh(s / 2))
fn by_hand(q: [B, h, N, d], k: [B, h, M, d], v: [B, h, M, e], mask: bool[N, M], bias: [h, N, M]):
    s = where(mask, einsum(k, q, "B h M d, B h N d -> B h N M") / 3 + bias, -1e9)
    return einsum(v, softmax(s), "B h M e, B h N M -> B N h e")
## A row whose scores are all hidden is NaN: softmax says so.
fn hidden(q: [B, h, N, d], k: [B, h, M, d], v: [B, h, M, e], keys: bool[B, M]):
    s = where(keys[:, none, none], einsum(q, k, "B h N d, B h M d -> B h N M"), -inf)
    return einsum(softmax(s), v, "B h N M, B h M e -> B h N e")
fn squares(s: [..]) -> [..] = relu(s) ^ 2

model kinds:
    dim B, N, M
    entry run(q: [B, 6, N, 8], k: [B, 2, M, 8], v: [B, 2, M, 5], mask: bool[N, M], bias: [6, N, M],
              keys: bool[B, M], place: i32[B, N], key_place: i32[B, M]) -> ({outputs}):
        same = place[:, none, :, none] == key_place[:, none, none, :]
        return {calls}
"""
)
program = compile_model(tenonc, source, scratch / "kinds")


def softmax(s):
    with np.errstate(invalid="ignore"):
        e = np.exp(s - np.max(s, axis=-1, keepdims=True, initial=-np.inf))
        return e / np.sum(e, axis=-1, keepdims=True)


WEIGHTS = {
    "softmax": softmax,
    "sigmoid": lambda s: 1 / (1 + np.exp(-s)),
    "identity": lambda s: s,
    "temperate": lambda s: softmax(2 * np.tanh(s / 2)),
    "squares": lambda s: np.maximum(s, 0) ** 2,
}


def expected(kind, q, k, v, mask, bias, keys, place, key_place):
    text, window, causal, masks, weights = KINDS[kind]
    k, v = np.repeat(k, 3, axis=1), np.repeat(v, 3, axis=1)
    s = np.einsum("bhnd,bhmd->bhnm", q, k) * (0.5 if "scale" in text else 8**-0.5)
    N, M = s.shape[2:]
    distance = np.arange(N)[:, None] + M - N - np.arange(M)
    visible = np.ones(s.shape, bool)
    if window:
        visible &= distance < window
        visible &= causal | (distance > -window)
    if causal:
        visible &= distance >= 0
    if "m" in masks:
        visible &= mask
    if "d" in masks:
        visible &= (place[:, :, None] == key_place[:, None])[:, None]
    if "k" in masks:
        visible &= keys[:, None, None]
    if "b" in masks:
        s = s + bias
    # tanh takes hidden scores back among the others; its function sees them at -2.
    p = WEIGHTS[weights](np.where(visible, s, -np.inf))
    return np.einsum("bhnm,bhme->bhne", np.where(visible, p, 0), v)


def written_by_hand(q, k, v, mask, bias, keys, **_):
    s = np.einsum("bhnd,bhmd->bhnm", q[:, :2], k)
    by_hand = softmax(np.where(mask, s / 3 + bias[:2], -1e9))
    hidden = softmax(np.where(keys[:, None, None], s, -np.inf))
    return {
        "by_hand": np.einsum("bhnm,bhme->bnhe", by_hand, v),
        "hidden": np.einsum("bhnm,bhme->bhne", hidden, v),
    }


for B, N, M in [(1, 1, 1), (2, 17, 17), (1, 3, 19), (2, 19, 3), (1, 40, 67), (0, 3, 3), (2, 3, 0),
                (1, 197, 197), (2, 60, 230)]:  # fmt: skip
    rng = np.random.default_rng(N + M)
    q, k, v = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in [(B, 6, N, 8), (B, 2, M, 8), (B, 2, M, 5)]
    )
    inputs = {"q": q, "k": k, "v": v, "mask": rng.random((N, M)) < 0.6,
              "bias": rng.standard_normal((6, N, M)).astype(np.float32),
              "place": np.sort(rng.integers(0, 1 + N // 20, (B, N), np.int32)),
              "key_place": np.sort(rng.integers(0, 1 + N // 20, (B, M), np.int32)),
              "keys": (rng.random((B, M)) < 0.7) & (np.arange(B) != 1)[:, None]}  # fmt: skip
    wide = {n: x.astype(np.float64) if x.dtype == np.float32 else x for n, x in inputs.items()}
    for level in levels():
        for kind in KINDS:
            y = program(kind, options=["--level", level], **inputs)
            check_network(f"{kind}, {B}, {N}, {M}, {level}", y, expected(kind, **wide))
        for output, truth in written_by_hand(**wide).items():
            y = program(output, options=["--level", level], **inputs)
            check_network(f"{output}, {B}, {N}, {M}, {level}", y, truth)

# What a key mask hides has no say, whatever the score function; a limit or a window may be the
# largest integer.
source = scratch / "ends.tenon"
source.write_text(
    """
model ends:
    dim B, N
    entry run(q: [B, 2, N, 8], keys: bool[B, N], limit: i64[B, N]) -> (
            sigmoids: [B, 2, N, 8], linear: [B, 2, N, 8], far: [B, 2, N, 8], limited: [B, 2, N, 8]):
        sees = iota(N)[none, none, :] <= limit[:, :, none]
        a = attention(q, q, q, key_mask = keys, score = sigmoid)
        b = attention(q, q, q, key_mask = keys, score = identity)
        c = attention(q, q, q, window = 9223372036854775807)
        return a, b, c, attention(q, q, q, mask = sees[:, none, :, :])
"""
)
ends = compile_model(tenonc, source, scratch / "ends")
rng = np.random.default_rng(3)
q = rng.standard_normal((1, 2, 40, 8)).astype(np.float32)
largest = np.iinfo(np.int64).max
limit = np.array([[largest, largest - 1, -largest - 1, -largest, -1, 0, 39, 40] * 5])
keys = np.arange(40)[None] != 15
wide = q.astype(np.float64)
s = wide @ wide.swapaxes(-1, -2) / 8**0.5
sees = np.arange(40) <= limit[0][:, None]
everything = {"q": q, "keys": keys, "limit": limit}
check_network("far", ends("far", **everything), softmax(s) @ wide)
p = np.where(sees.any(1)[:, None], softmax(np.where(sees, s, -np.inf)), 0)
check_network("limited", ends("limited", **everything), p @ wide)
broken = everything | {"q": np.where(keys[0][:, None], q, np.float32(np.nan))}
for output, weights in {"sigmoids": WEIGHTS["sigmoid"](s), "linear": s}.items():
    y = ends(output, **broken)
    truth = np.where(keys[:, None, None], weights, 0) @ wide
    check_network(f"hidden NaN, {output}", y[:, :, keys[0]], truth[:, :, keys[0]])
text = run_command([tenonc, scratch / "kinds.tenon", "--emit=tenon"])
assert text.count("strict") == 2, "what is written by hand is attention, too"
