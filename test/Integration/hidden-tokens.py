# RUN: %python %s %tenonc %t
"""Where hidden tokens are left out and where they must not be: what comes between
attention and the mask, masks that are not the key mask, and masks that come late."""

import numpy as np

from support import arguments, compile_model
from common_math import attend, linear

HEAD = """
model hidden[D = 3]:
    dim B, N
    require N >= 1
    h: linear[D]

    entry forward(x: [B, N, D], mask: bool[B, N]) -> (y: [B, D]):
        s = split_heads(h(x), 1)
        a = attention(s, s, s, key_mask = mask) |> merge_heads
        m = cast(mask, f32)[:, :, none]
"""
# What follows, and what NumPy makes of the attention's result.
CASES = {
    "product": ('return sum(a * m, "B N D -> B D")', lambda a, m: (a * m).sum(1)),
    "choice": (
        'return sum(where(mask[:, :, none], a, 0.0), "B N D -> B D")',
        lambda a, m: (a * m).sum(1),
    ),
    # Zeros would give 0 / 0, and log 0.
    "unit": (
        'return sum(a / sqrt(sum(a * a, "B N D -> B N 1")) * m, "B N D -> B D")',
        lambda a, m: (a / np.sqrt((a * a).sum(-1, keepdims=True)) * m).sum(1),
    ),
    "logarithm": (
        'return sum(log(abs(a)) * m, "B N D -> B D")',
        lambda a, m: (np.log(np.abs(a)) * m).sum(1),
    ),
    # Of the first token every sentence's counts.
    "part of the mask": (
        'c = concat([ones([B, 1]), cast(mask[:, 1:], f32)], axis = 1)\n'
        '        return sum(a * c[:, :, none], "B N D -> B D")',
        lambda a, m: (a * np.concatenate([np.ones_like(m[:, :1]), m[:, 1:]], axis=1)).sum(1),
    ),
    "all": ('return sum(a, "B N D -> B D")', lambda a, m: a.sum(1)),
    "largest": ('return max(a * m, "B N D -> B D")', lambda a, m: (a * m).max(1)),
}
LATE = """
model late[D = 3]:
    dim B, N
    h: linear[D]

    entry forward(x: [B, N, D], ids: i32[B, N]) -> (y: [B, D]):
        t = h(x)
        mask = ids > 0
        s = split_heads(t, 1)
        a = attention(s, s, s, key_mask = mask) |> merge_heads
        return sum(a * cast(mask, f32)[:, :, none], "B N D -> B D")
"""

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(1)
weights = {"h.weight": rng.standard_normal((3, 3)), "h.bias": rng.standard_normal(3)}
weights = {name: value.astype(np.float32) for name, value in weights.items()}
wide = {name: value.astype(np.float64) for name, value in weights.items()}


def attended(x, mask):
    s = linear(wide, "h", x.astype(np.float64))
    return attend(s, s, s, 1, mask)


def check(name, text, pooled, inputs_of):
    source = scratch / f"{name.replace(' ', '_')}.tenon"
    source.write_text(text)
    program = compile_model(tenonc, source, source.with_suffix("")).with_weights(weights)
    for batch, tokens in ((1, 1), (3, 7), (2, 40)):
        x = rng.standard_normal((batch, tokens, 3)).astype(np.float32)
        # Fully hidden sentences attend to nothing: zeros, whose logarithm is no test.
        mask = rng.random((batch, tokens)) < 0.5
        mask[:, -1] = True
        truth = pooled(attended(x, mask), mask[:, :, None].astype(np.float64))
        result = program("y", **inputs_of(x, mask))
        assert np.allclose(result, truth, rtol=1e-4, atol=1e-5), f"{name}, {batch}, {tokens}"


for name, (text, pooled) in CASES.items():
    check(name, f"{HEAD}        {text}\n", pooled, lambda x, mask: {"x": x, "mask": mask})
check(
    "late", LATE, CASES["product"][1],
    lambda x, mask: {"x": x, "ids": mask.astype(np.int32)},
)  # fmt: skip
