# RUN: %python %s %tenonc %t
"""Casts of floats to integers round toward zero; values beyond the integers become
the largest or smallest one, NaN becomes 0. Compiled code and the f64 interpreter
agree, in vectors and in what is left over."""

import subprocess

import numpy as np

from support import arguments, compile_model, levels

tenonc, scratch, _ = arguments()
# bad-input: F09
source = scratch / "casts.tenon"
source.write_text(
    """
model casts:
    dim N
    entry cut(x: [N]) -> (narrow: i32[N], wide: i64[N], truth: bool[N]):
        return cast(x, i32), cast(x, i64), cast(x, bool)
    entry convert(x: [N], k: i32[N], b: bool[N]) -> (k: [N], b: i64[N], wide: i64[N], size: [], half: i64[], rest: [2]):
        return x * float(9) ^ -0.5 + float(k), int(b), int(x), float(N), int(float(N) / 2) * int(true), float(int(-2.7)) + zeros([int(2.9)])
"""
)
program = compile_model(tenonc, source, scratch / "casts")
inf, nan = np.inf, np.nan
edges = [nan, inf, -inf, 0.0, -0.0, 0.9, -0.9, 1.5, -1.5, 1e-40, 1e30, -1e30, 2.0**24 + 2]
edges += [2.0**31, 2147483520.0, -(2.0**31), -2147483904.0, 2.0**32, 3e9, -3e9]
edges += [2.0**63, 9223371487098961920.0, -(2.0**63), -9223373136366403584.0, 2.0**62, 1e19]


def cut(values, dtype):
    """Toward zero, in exact integers."""
    bounds = np.iinfo(dtype)
    whole = [0 if np.isnan(v) else v for v in values.tolist()]
    whole = [bounds.max if v == inf else bounds.min if v == -inf else int(v) for v in whole]
    return np.array([min(max(v, bounds.min), bounds.max) for v in whole], dtype)


for count in (len(edges), 5, 1):
    x = np.array(edges[:count], np.float32)
    expected = {"narrow": cut(x, np.int32), "wide": cut(x, np.int64), "truth": x != 0}
    for level in levels():
        for name, value in expected.items():
            y = program(name, options=["--level", level], x=x)
            assert np.array_equal(y, value), (level, name, x[y != value], y[y != value])
    np.save(scratch / "x.npy", x)
    verify = [tenonc, "verify", source, "--input", f"x={scratch}/x.npy"]
    assert subprocess.run(verify, stdout=subprocess.DEVNULL).returncode == 0, "reference"

for count in (0, 1, 21):
    x = (100 * np.random.default_rng(count).standard_normal(count)).astype(np.float32)
    k, b = (x * 7).astype(np.int32), x > 0
    expected = {
        "k": (x / np.float32(3) + k).astype(np.float32), "b": b.astype(np.int64), "wide": cut(x, np.int64),
        "size": np.float32(count), "half": np.int64(count // 2), "rest": np.full(2, -2, np.float32),
    }  # fmt: skip
    for name, value in expected.items():
        y = program(name, options=["--entry", "convert"], x=x, k=k, b=b)
        assert y.shape == np.shape(value) and y.dtype == value.dtype, (name, y)
        assert np.allclose(y, value, rtol=1e-6), (name, y, value)
