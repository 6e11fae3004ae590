# RUN: %python %s %tenonc %t
"""resize and sample agree with float64 NumPy written from their definitions: growing,
shrinking, odd, single and dynamic sizes; points between, on and outside the elements,
and where coordinates are no numbers."""

import itertools

import numpy as np

from support import arguments, check_positions, compile_model

MODEL = """
model resizing[h = 5, w = 7]:
    dim B, N
    entry images(x: [B, 6, w, 3], k: i64[B, 9], z: [B, 2 * N]) -> (
            plain: [B, h, 4, 3], soft: [B, h, 4, 3], near: [B, h, 4, 3], one: [B, 6, w, h], ids: i64[B, h],
            flat: [B, h, 3], half: [B, N], more: [B, 3 * N], near_half: [N, B], same: [B, 6, w, 3]):
        near_half = resize(rearrange(z, "B a -> a B"), "[a] B", N, method = "nearest")
        plain = resize(x, "B [a b] C", [h, 4])
        soft = resize(x, "B [a b] C", [h, 4], antialias = true)
        near = resize(x, "B [a b] C", [h, 4], method = "nearest")
        return plain, soft, near, resize(x, ".. [C]", h), resize(k, ".. [a]", [h], method = "nearest"), resize(rearrange(x, "B a b C -> B (a b) C"), "B [a] C", h), resize(z, "B [a]", [N], antialias = true), resize(z, "B [a]", [3 * N]), near_half, resize(x, "B [a b] C", [6, w])

"""

SAMPLING = """
model sampling[h = 5, w = 7]:
    dim B, N, H
    entry flat(maps: [B, 2, h, w, 3], at: [B, N, 2, 4, 2]) -> (y: [B, N, 2, 4, 3]):
        return sample(maps, at, "B M [h w] d, B Q M K [2] -> B Q M K d")
    entry grown(maps: [H, 3, w, B], at: [2, B, N]) -> (y: [N, 3, B], swapped: [B, 3 * N]):
        return sample(maps, at, "[H] C [w] B, [2] B N -> N C B"), sample(maps, at, "[H] C [w] B, [2] B N -> B (N C)")
    entry line(maps: [B, w], at: [B, N, 1]) -> (y: [B, N]):
        return sample(maps, at, "B [w], B N [1] -> B N")
    entry solid(maps: [4, h, w, B], at: [N, 3]) -> (y: [B, N]):
        return sample(maps, at, "[4 h w] B, N [3] -> B N")
"""

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(1)


def program(name, text, **defines):
    (scratch / f"{name}.tenon").write_text(text)
    return compile_model(tenonc, scratch / f"{name}.tenon", scratch / name, defines)


def weights(n, size, antialias):
    """Of each element in each of the result's."""
    middle = (np.arange(size)[:, None] + 0.5) * n / size - 0.5
    weight = np.maximum(0, 1 - np.abs(middle - np.arange(n)) / (max(n / size, 1) if antialias else 1))
    return weight / weight.sum(1, keepdims=True)


def resize(x, axis, size, antialias=False):
    return np.moveaxis(np.moveaxis(x, axis, -1) @ weights(x.shape[axis], size, antialias).T, -1, axis)


def nearest(x, axis, size):
    n = x.shape[axis]
    return np.take(x, [(2 * i + 1) * n // (2 * size) for i in range(size)], axis)


def sample(maps, at):
    """maps [sizes.., D], at [P, len(sizes)]: one corner after the other."""
    sizes, total = at.shape[1], np.zeros((len(at), maps.shape[-1]))
    for p, point in enumerate(at):
        if not np.isfinite(point).all():
            continue
        for corner in itertools.product((0, 1), repeat=sizes):
            place = np.floor(point).astype(int) + corner
            if ((place >= 0) & (place < maps.shape[:-1])).all():
                total[p] += maps[tuple(place)] * np.prod(1 - np.abs(point - place))
    return total


def close(run, entry, output, truth, **inputs):
    result = run(output, options=["--entry", entry], **inputs)
    check_positions(f"{entry} {output}", result, truth)
    worst = np.abs(result - truth).max(initial=0)
    assert worst <= 2e-6, (entry, output, worst)


def points(shape, sizes):
    """Coordinates from beyond one end to beyond the other, some of them whole."""
    at = rng.uniform(-1.5, np.array(sizes) + 0.5, (*shape, len(sizes)))
    whole = rng.random(at.shape) < 0.3
    return np.where(whole, np.round(at), at).astype(np.float32)


for h, w in ((5, 7), (1, 1), (13, 6)):
    run = program(f"resizing{h}", MODEL.replace("resizing", f"resizing{h}"), h=h, w=w)
    for B, N in ((1, 1), (2, 5), (0, 3), (3, 70)):
        x = rng.standard_normal((B, 6, w, 3)).astype(np.float32)
        z = rng.standard_normal((B, 2 * N)).astype(np.float32)
        k = rng.integers(0, 99, (B, 9))
        wide = x.astype(np.float64)
        truth = {
            "plain": resize(resize(wide, 1, h), 2, 4),
            "soft": resize(resize(wide, 1, h, True), 2, 4, True),
            "near": nearest(nearest(wide, 1, h), 2, 4),
            "one": resize(wide, 3, h), "ids": nearest(k, 1, h),
            "flat": resize(wide.reshape(B, 6 * w, 3), 1, h),
            "half": resize(z.astype(np.float64), 1, N, True), "more": resize(z.astype(np.float64), 1, 3 * N),
            "near_half": nearest(z.T, 0, N), "same": wide,
        }  # fmt: skip
        for output, value in truth.items():
            close(run, "images", output, value, x=x, k=k, z=z)

    run = program(f"sampling{h}", SAMPLING.replace("sampling", f"sampling{h}"), h=h, w=w)
    for B, N, H in ((1, 1, 1), (2, 5, 4), (3, 33, 9), (2, 0, 3)):
        maps = rng.standard_normal((B, 2, h, w, 3)).astype(np.float32)
        at = points((B, N, 2, 4), (h, w))
        if N > 4:
            at[0, 1, 0, 2] = np.nan, 1
            at[1, 3, 1, 0] = np.inf, -np.inf
            at[1, 2, 1, 1] = 1e30, 1
        truth = np.zeros((B, N, 2, 4, 3))
        for b, m in np.ndindex(B, 2):
            truth[b, :, m] = sample(maps[b, m].astype(np.float64), at[b, :, m].reshape(-1, 2)).reshape(N, 4, 3)
        close(run, "flat", "y", truth, maps=maps, at=at)

        maps = rng.standard_normal((H, 3, w, B)).astype(np.float32)
        at = points((B, N), (H, w))
        truth = np.stack([sample(maps[..., b].transpose(0, 2, 1).astype(np.float64), at[b]) for b in range(B)])
        at = np.ascontiguousarray(at.transpose(2, 0, 1))
        close(run, "grown", "y", truth.transpose(1, 2, 0), maps=maps, at=at)
        close(run, "grown", "swapped", truth.reshape(B, 3 * N), maps=maps, at=at)

        maps, at = rng.standard_normal((B, w)).astype(np.float32), points((B, N), (w,))
        truth = np.stack([sample(maps[b, :, None].astype(np.float64), at[b])[:, 0] for b in range(B)])
        close(run, "line", "y", truth, maps=maps, at=at)

        maps, at = rng.standard_normal((4, h, w, B)).astype(np.float32), points((N,), (4, h, w))
        close(run, "solid", "y", sample(maps.astype(np.float64), at).T, maps=maps, at=at)

# What no point touches has no say.
maps, at = np.full((1, 7), np.nan, np.float32), np.array([[[-3.0], [2.5], [9.0]]], np.float32)
run = program("untouched", SAMPLING, h=5, w=7)
y = run("y", options=["--entry", "line"], maps=maps, at=at)
assert np.array_equal(y, [[0, np.nan, 0]], equal_nan=True), y
