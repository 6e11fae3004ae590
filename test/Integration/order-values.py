# RUN: %python %s %tenonc %t
"""cumsum, sort, argsort and unique agree with NumPy at every level of the machine: odd,
empty and dynamic sizes along any axis, NaN, infinities, signed zeros, ties.

bad-input: F13"""

import numpy as np

from support import arguments, compile_model, levels

MODEL = """
model order[C = 3]:
    dim B, N

    entry sums(x: [B, N, C], k: i32[B, N], j: i64[N, B]) -> (
            along: [B, N, C], last: [B, N, C], first: [B, N, C], ints: i32[B, N], longs: i64[N, B],
            shifted: [C, N, B], places: i64[B, N]):
        along = cumsum(x, axis = 1)
        real = rearrange(x, "B N C -> C N B")
        return along, cumsum(x), cumsum(x, axis = 0), cumsum(k), cumsum(j, axis = 0), 2 * cumsum(real, axis = 1) + 1, cumsum(cast(k > 0, i64))

    entry sorts(x: [B, N, C], k: i32[B, N], j: i64[N, B]) -> (
            up: [B, N, C], down: [B, N, C], tiny: [B, N, C], order: i64[B, N, C], falling: i64[B, N, C],
            ints: i32[B, N], longs: i64[N, B], places: i64[N, B], whole: [C * B * N], sign: i64[C, N, B]):
        turned = rearrange(x, "B N C -> C N B")
        return sort(x, axis = 1), sort(x, axis = 1, descending = true), sort(x), argsort(x, axis = 1), argsort(x, axis = 1, descending = true), sort(k), sort(j, axis = 0, descending = true), argsort(j, axis = 0), sort(rearrange(x, "B N C -> (C B N)")), 3 - argsort(turned, axis = 1)

    entry once(k: i64[B, N]) -> (ids: i64[B * N], valid: bool[B * N]):
        ids, valid = unique(rearrange(k, "B N -> (B N)"))
        return ids, valid
"""

tenonc, scratch, _ = arguments()
(scratch / "order.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
C = 3
program = compile_model(tenonc, scratch / "order.tenon", scratch / "order")


def run(entry, output, level, **inputs):
    return program(output, options=["--entry", entry, "--level", level], **inputs)


def equal(what, result, truth):
    assert result.shape == truth.shape, f"{what}: shape {result.shape}, expected {truth.shape}"
    assert result.dtype == truth.dtype, f"{what}: {result.dtype}, expected {truth.dtype}"
    assert np.array_equal(result, truth, equal_nan=truth.dtype.kind == "f"), (what, result, truth)


def close(what, result, truth, scale):
    assert result.shape == truth.shape, f"{what}: shape {result.shape}, expected {truth.shape}"
    finite = np.isfinite(truth)
    assert np.array_equal(result[~finite], truth[~finite], equal_nan=True), what
    assert np.all(np.abs(result - truth)[finite] <= 2.0**-24 * scale[finite]), what


def special(*shape):
    choices = [-np.inf, -1, -0.0, 0, 1, 2, np.inf, np.nan]
    return rng.choice(choices, shape, p=[0.2, 0.1, 0.1, 0.1, 0.15, 0.15, 0.1, 0.1]).astype(np.float32)


def falling(x, axis):
    """The places in falling order: NaN first, then by value, then by place."""
    value = np.where(np.isnan(x), np.inf, x.astype(np.float64))
    places = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    places = np.broadcast_to(places, x.shape)
    return np.lexsort((places, -value, ~np.isnan(x)), axis=axis).astype(np.int64)


for level in levels():
    for B, N in ((0, 3), (2, 0), (1, 1), (3, 2), (2, 7), (5, 33), (1, 1000)):
        x = rng.standard_normal((B, N, C)).astype(np.float32)
        k = rng.integers(-(2**31), 2**31, (B, N)).astype(np.int32)
        j = rng.integers(-3, 3, (N, B))
        inputs = {"x": x, "k": k, "j": j}
        wide = x.astype(np.float64)
        turned = wide.transpose(2, 1, 0)
        for output, axis in (("along", 1), ("last", 2), ("first", 0)):
            scale = (N + B + C) * np.abs(wide).cumsum(axis)
            close(output, run("sums", output, level, **inputs), wide.cumsum(axis), scale)
        scale = 2 * (N + B + C) * np.abs(turned).cumsum(1) + 4
        close("shifted", run("sums", "shifted", level, **inputs), 2 * turned.cumsum(1) + 1, scale)
        equal("ints", run("sums", "ints", level, **inputs), k.cumsum(1, dtype=np.int32))
        equal("longs", run("sums", "longs", level, **inputs), j.cumsum(0))
        equal("places", run("sums", "places", level, **inputs), (k > 0).cumsum(1))

        x = special(B, N, C)
        inputs["x"] = x
        with np.errstate(invalid="ignore"):
            equal("along", run("sums", "along", level, **inputs), x.cumsum(1))
        down = np.take_along_axis(x, falling(x, 1), 1)
        turned = x.transpose(2, 1, 0)
        truth = {
            "up": np.sort(x, 1), "down": down, "tiny": np.sort(x, 2),
            "order": np.argsort(x, 1, kind="stable"), "falling": falling(x, 1),
            "ints": np.sort(k, 1), "longs": np.sort(j, 0)[::-1], "places": np.argsort(j, 0, kind="stable"),
            "whole": np.sort(x.transpose(2, 0, 1).ravel()), "sign": 3 - np.argsort(turned, 1, kind="stable"),
        }  # fmt: skip
        for output, value in truth.items():
            equal(output, run("sorts", output, level, **inputs), value)

        k = rng.integers(-4, 9, (B, N))
        ids, first = np.sort(k.ravel()), np.zeros(B * N, bool)
        first[np.unique(ids, return_index=True)[1]] = True
        equal("ids", run("once", "ids", level, k=k), ids)
        equal("valid", run("once", "valid", level, k=k), first)
