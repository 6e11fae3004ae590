# RUN: %python %s %tenonc %t
"""topk, nms and triangular of the library agree with NumPy: odd and empty sizes, NaN,
infinities, ties."""

import functools

import numpy as np

from support import arguments, check_equal, compile_model, few_values

MODEL = """
model finds[n = 4, C = 5]:
    dim B, N, A
    require N >= 2
    param t: [n * (n + 1) / 2] = 0

    entry low(x: [B, 3]) -> (low: [n, n], rows: [B, 2, 2]):
        return triangular(t, n), triangular(x, 2)

    entry best(x: [B, C, N], z: [N]) -> (
            values: [B, N, 3], places: i64[B, N, 3], all: [B, C, 2], where: i64[B, C, 2], one: [1], at: i64[1]):
        values, places = topk(rearrange(x, "B C N -> B N C"), 3)
        every, found = topk(x, 2)
        one, at = topk(z, 1)
        return values, places, every, found, one, at

    entry many(x: [B, N, 20]) -> (values: [B, N, 9], places: i64[B, N, 9], ids: i64[N, 20, B]):
        values, places = topk(x, 9)
        return values, places, topk(rearrange(x, "B N c -> N B c"), 20)[1] |> rearrange("N B k -> N k B")

    entry boxes(x: [A, N, 7, 4], score: [A, N, 7]) -> (half: bool[A, N, 7], tight: bool[A, N, 7], first: bool[7]):
        return nms(x, score), nms(x, score, iou = 0.01), nms(x[0, 0], score[0, 0], iou = 0.3)
"""

tenonc, scratch, _ = arguments()
(scratch / "finds.tenon").write_text(MODEL)
rng = np.random.default_rng(1)
C, n = 5, 4
t = np.arange(1, 11, dtype=np.float32)
t[3] = np.nan
program = compile_model(tenonc, scratch / "finds.tenon", scratch / "finds").with_weights({"t": t})


check = functools.partial(check_equal, program)
special = functools.partial(few_values, rng)


def best(x, k):
    """The k largest of the last axis: NaN before all, then by value, then by place."""
    key = np.where(np.isnan(x), np.inf, x.astype(np.float64))
    places = np.lexsort((np.broadcast_to(np.arange(x.shape[-1]), x.shape), -key, ~np.isnan(x)), axis=-1)[..., :k]
    return np.take_along_axis(x, places, -1), places.astype(np.int64)


def stays(boxes, score, iou):
    """Of one list of boxes: from the highest score on, those that no better one takes away."""
    order = sorted(range(len(score)), key=lambda i: (not np.isnan(score[i]), -score[i], i))
    kept = np.zeros(len(score), bool)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for i in order:
        low, high = np.maximum(boxes[i, :2], boxes[:, :2]), np.minimum(boxes[i, 2:], boxes[:, 2:])
        shared = np.maximum(high - low, 0).prod(1)
        kept[i] = not (kept & (shared > iou * (area[i] + area - shared))).any()
    return kept


def triangle(t, n):
    result = np.zeros((*t.shape[:-1], n, n), np.float32)
    result[..., *np.tril_indices(n)] = t
    return result


for B, N in ((0, 3), (1, 2), (3, 17), (2, 130)):
    x = special(B, 3)
    check("low", "low", triangle(t, n), x=x)
    check("low", "rows", triangle(x, 2), x=x)

    x = special(B, C, N)
    z = special(N)
    values, places = best(x.transpose(0, 2, 1), 3)
    every, where = best(x, 2)
    one, at = best(z, 1)
    truth = {"values": values, "places": places, "all": every, "where": where, "one": one, "at": at}
    for output, value in truth.items():
        check("best", output, value, x=x, z=z)

    x = special(B, N, 20)
    values, places = best(x, 9)
    every = best(x, 20)[1].transpose(1, 2, 0)
    for output, value in {"values": values, "places": places, "ids": every}.items():
        check("many", output, value, x=x)

    # Corners on a grid, so that overlaps are exact; scores have ties.
    corner = rng.integers(0, 6, (max(B, 1), N, 7, 2))
    x = np.concatenate([corner, corner + rng.integers(0, 5, corner.shape)], -1).astype(np.float32)
    score = rng.choice([0.1, 0.5, 0.9, -np.inf, np.inf], (max(B, 1), N, 7)).astype(np.float32)
    score[0, 0, 2] = np.nan
    wide = x.astype(np.float64)
    for output, iou in (("half", 0.5), ("tight", 0.01)):
        truth = np.array([[stays(b, s, iou) for b, s in zip(*row)] for row in zip(wide, score)])
        check("boxes", output, truth, x=x, score=score)
    check("boxes", "first", stays(wide[0, 0], score[0, 0], 0.3), x=x, score=score)
