# RUN: %python %s %tenonc %t
"""max_pool and avg_pool agree with float64 NumPy over 1 to 3 sizes: windows side by
side, apart and overlapping, padded, along dynamic sizes, with NaN and infinities."""

import numpy as np

from support import arguments, compile_model

MODEL = """
model pools[C = 3]:
    dim B, N
    require N >= 4

    entry image(x: [B, C, 11, 7]) -> (
            tiles: [B, C, 3, 2], stem: [B, C, 6, 4], near: [B, C, 9, 7], apart: [B, C, 3, 3], mixed: [B, C, 4, 5],
            whole: [B, C, 1, 1], same: [B, C, 11, 7]):
        return max_pool(x, 3), max_pool(x, 3, stride = 2, pad = 1), max_pool(x, [3, 1], stride = 1), max_pool(x, [1, 2], stride = [4, 3], pad = [0, 1]), max_pool(x, [2, 3], stride = [3, 1]), max_pool(x, [11, 7]), max_pool(x, 1)
    entry means(x: [B, C, 11, 7]) -> (
            tiles: [B, C, 3, 2], stem: [B, C, 6, 4], near: [B, C, 9, 7], apart: [B, C, 3, 3], mixed: [B, C, 4, 5],
            whole: [B, C, 1, 1], same: [B, C, 11, 7]):
        return avg_pool(x, 3), avg_pool(x, 3, stride = 2, pad = 1), avg_pool(x, [3, 1], stride = 1), avg_pool(x, [1, 2], stride = [4, 3], pad = [0, 1]), avg_pool(x, [2, 3], stride = [3, 1]), avg_pool(x, [11, 7]), avg_pool(x, 1)
    entry line(x: [B, C, N], y: [B, C, 2 * N]) -> (
            slides: [B, C, N - 3], means: [B, C, N - 1], pairs: [B, C, N], halves: [B, C, N], stem: [B, C, N]):
        return max_pool(x, 4, stride = 1), avg_pool(x, 4, stride = 1, pad = 1), max_pool(y, 2), avg_pool(y, 2), max_pool(y, 3, stride = 2, pad = 1)
    entry cube(x: [B, C, 4, N, 5]) -> (most: [B, C, 2, N, 2], mean: [B, C, 2, N, 2]):
        return max_pool(x, [2, 3, 2], stride = [2, 1, 2], pad = [0, 1, 0]), avg_pool(x, [2, 3, 2], stride = [2, 1, 2], pad = [0, 1, 0])
"""

SQUARES = {  # name: window, stride, pad
    "tiles": ((3, 3), (3, 3), (0, 0)),
    "stem": ((3, 3), (2, 2), (1, 1)),
    "near": ((3, 1), (1, 1), (0, 0)),
    "apart": ((1, 2), (4, 3), (0, 1)),
    "mixed": ((2, 3), (3, 1), (0, 0)),
    "whole": ((11, 7), (11, 7), (0, 0)),
    "same": ((1, 1), (1, 1), (0, 0)),
}

tenonc, scratch, _ = arguments()
(scratch / "pools.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
program = compile_model(tenonc, scratch / "pools.tenon", scratch / "pools")


def windows(x, window, stride, pad, value):
    spatial = tuple(range(2, x.ndim))
    wide = np.pad(x, [(0, 0), (0, 0)] + [(p, p) for p in pad], constant_values=value)
    every = np.lib.stride_tricks.sliding_window_view(wide, window, spatial)
    places = (slice(None), slice(None), *(slice(None, None, s) for s in stride))
    every = every[places]
    return every.reshape(*every.shape[: x.ndim], int(np.prod(window)))


def run(entry, output, truth, **inputs):
    result = program(output, options=["--entry", entry], **inputs)
    assert result.shape == truth.shape, f"{output}: shape {result.shape}, expected {truth.shape}"
    return result


def check_max(entry, output, values, window, stride, pad, **inputs):
    truth = windows(values, window, stride, pad, -np.inf).max(-1)
    result = run(entry, output, truth, **inputs)
    assert np.array_equal(result, truth, equal_nan=True), (output, result, truth)


def check_mean(entry, output, values, window, stride, pad, **inputs):
    parts = windows(values.astype(np.float64), window, stride, pad, 0)
    result = run(entry, output, parts.mean(-1), **inputs)
    bound = 2.0**-22 * np.abs(parts).mean(-1) * (1 + np.log2(parts.shape[-1]))
    assert np.all(np.abs(result - parts.mean(-1)) <= bound), (output, result, parts.mean(-1))


def special(*shape):
    choices = [-np.inf, -1, 0, 1, 2, np.inf, np.nan]
    return rng.choice(choices, shape, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.02, 0.03]).astype(np.float32)


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


for B, N in ((0, 4), (1, 4), (2, 5), (3, 37)):
    for output, (window, stride, pad) in SQUARES.items():
        x = special(B, 3, 11, 7)
        check_max("image", output, x, window, stride, pad, x=x)
        x = normal(B, 3, 11, 7)
        check_mean("means", output, x, window, stride, pad, x=x)

    x, y = special(B, 3, N), special(B, 3, 2 * N)
    check_max("line", "slides", x, (4,), (1,), (0,), x=x, y=y)
    check_max("line", "pairs", y, (2,), (2,), (0,), x=x, y=y)
    check_max("line", "stem", y, (3,), (2,), (1,), x=x, y=y)
    x, y = normal(B, 3, N), normal(B, 3, 2 * N)
    check_mean("line", "means", x, (4,), (1,), (1,), x=x, y=y)
    check_mean("line", "halves", y, (2,), (2,), (0,), x=x, y=y)

    x = special(B, 3, 4, N, 5)
    check_max("cube", "most", x, (2, 3, 2), (2, 1, 2), (0, 1, 0), x=x)
    x = normal(B, 3, 4, N, 5)
    check_mean("cube", "mean", x, (2, 3, 2), (2, 1, 2), (0, 1, 0), x=x)
