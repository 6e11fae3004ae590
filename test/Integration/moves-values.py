# RUN: %python %s %tenonc %t
"""What moves, finds and counts elements agrees with NumPy: odd and empty sizes, NaN,
infinities, ties."""

import functools

import numpy as np

from support import arguments, check_equal, compile_model, few_values

MODEL = """
model moves[C = 5]:
    dim B, N
    require N >= 2

    entry move(x: [B, C], z: [B, N], k: i64[B, C], b: bool[B, C]) -> (
            padded: [B, C + 3], wide: [B, N + 2], bools: [B + 1, C], rolled: [B, C], back: [B, C], turned: [B, N],
            around: [N, B], flipped: [B, C], mirror: [B, N], ids: i64[B, C]):
        around = roll(rearrange(z, "B N -> N B"), 2, axis = 0)
        return pad(x, [1, 2]), pad(z, 1, value = inf), cast(pad(b, [0, 1], axis = 0), f32), roll(x, 7), roll(x, -2, axis = 1), roll(z, -1), around, flip(x), flip(z, axis = -1), flip(k)

    entry find(x: [B, C, N], k: i32[B, C]) -> (
            first: i64[B, N], low: i64[B, C], whole: i64[B], ids: i64[B], few: i64[C], true_ones: i64[B, 1, N],
            all_ones: [C]):
        return argmax(x, "B C N -> B N"), argmin(x, "B C N -> B C"), argmax(rearrange(x, "B C N -> B (C N)"), "B A -> B"), argmax(k, "B C -> B"), argmin(rearrange(x[:, :, 0], "B C -> C B"), "C B -> C"), count(x > 0, "B C N -> B 1 N"), count(x, "B C N -> C")
"""

tenonc, scratch, _ = arguments()
(scratch / "moves.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
C = 5
program = compile_model(tenonc, scratch / "moves.tenon", scratch / "moves")


check = functools.partial(check_equal, program)
special = functools.partial(few_values, rng)


for B, N in ((0, 3), (1, 2), (3, 17), (2, 130), (41, 301)):
    x, z = special(B, C), special(B, N)
    k, b = rng.integers(-3, 3, (B, C)), rng.random((B, C)) < 0.5
    inputs = {"x": x, "z": z, "k": k, "b": b}
    truth = {
        "padded": np.pad(x, ((0, 0), (1, 2))),
        "wide": np.pad(z, ((0, 0), (1, 1)), constant_values=np.inf),
        "bools": np.pad(b.astype(np.float32), ((0, 1), (0, 0))),
        "rolled": np.roll(x, 7, 1), "back": np.roll(x, -2, 1), "turned": np.roll(z, -1, 1),
        "around": np.roll(z.T, 2, 0), "flipped": x[:, ::-1], "mirror": z[:, ::-1], "ids": k[:, ::-1],
    }  # fmt: skip
    for output, value in truth.items():
        check("move", output, value, **inputs)

    x, k = special(B, C, N), rng.integers(-3, 3, (B, C)).astype(np.int32)
    truth = {
        "first": x.argmax(1), "low": x.argmin(2), "whole": x.reshape(B, C * N).argmax(1), "ids": k.argmax(1),
        "true_ones": (x > 0).sum(1, keepdims=True), "all_ones": np.full(C, B * N, np.float32),
    }  # fmt: skip
    if B:
        truth["few"] = x[:, :, 0].argmin(0)
    for output, value in truth.items():
        check("find", output, value, x=x, k=k)
