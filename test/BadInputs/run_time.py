# RUN: %python %s %tenonc %t
"""Rows R of the table of bad inputs: what a compiled program is given. What the
command line alone decides is tested with a model made by hand
(test/Unit/Runtime/run_inputs_test.py); here the kernels are compiled."""

import numpy as np

from rows import entry, levels, main

TABLE = entry(
    "return p(ids), sum(q(ids % 5) * x, \"B N D -> B D\")",
    "ids: i64[B, N], x: [B, N, 4]", "y: [B, N, 4], z: [B, 4]", "dim B, N <= 6",
    "p: embedding[10, 4]\nq: embedding[4, 4]",
)  # fmt: skip


def table(rng):
    return {"p.weight": rng.standard_normal((10, 4), "f4"), "q.weight": rng.standard_normal((4, 4), "f4")}


def row_R01_R02_R03_R04_R05(r):
    program = r.compile(entry("return x + z", "x: [B, 4], z: [B, 4]"))
    x = np.ones((2, 4), "f4")
    for wrong, words in (
        ({"x": x}, ["input 'z' is missing"]), ({"x": x, "z": x, "zz": x}, ["input 'zz' is unknown"]),
        ({"x": x, "z": x.astype("f8")}, ["input 'z' has dtype f64; expected f32"]),
        ({"x": x, "z": x.astype("i4")}, ["input 'z' has dtype i32; expected f32"]),
        ({"x": x, "z": x[0]}, ["input 'z' has shape [4]; expected [B, 4]"]),
        ({"x": x, "z": x.T.copy()}, ["input 'z' has shape [4, 2]; expected [B, 4]"]),
        ({"x": x, "z": x[:1]}, ["size 'B' is 2", "and 1"]),
    ):  # fmt: skip
        r.refuse_run(program, wrong, ["y"], *words)


def row_R06_R07_R08_R09(r):
    text = entry(
        'return attention(q, q, q, causal = true), sum(x, "B N D -> B D"), softmax(x), mean(x, "B N D -> B D"), p(x)',
        "q: [B, 2, N, 4], x: [B, N, 8]",
        "y: [B, 2, N, 4], s: [B, 8], p0: [B, N, 8], m: [B, 8], w: [B, N, 3]", "dim B, N <= 17",
        "p: linear[3]",
    )  # fmt: skip
    program = r.compile(text)
    rng = np.random.default_rng(6)
    weights = {"p.weight": rng.standard_normal((3, 8), "f4"), "p.bias": rng.standard_normal(3, "f4")}
    for level in levels():
        for b, n in (0, 3), (2, 0), (0, 0), (1, 1), (3, 1), (2, 17):
            q, x = rng.standard_normal((b, 2, n, 4), "f4"), rng.standard_normal((b, n, 8), "f4")
            options = ["--level", level]
            y, s, p, m, w = r.values(program, {"q": q, "x": x}, ["y", "s", "p0", "m", "w"], weights, options)
            what = f"B = {b}, N = {n}, {level}"
            scores = np.einsum("bhid,bhjd->bhij", q, q).astype("f8") / 2
            scores[..., np.triu(np.ones((n, n), bool), 1)] = -np.inf
            e = np.exp(scores - (scores.max(-1, keepdims=True) if n else 0))
            truth = np.einsum("bhij,bhjd->bhid", e / e.sum(-1, keepdims=True), q) if n else q
            r.check(np.allclose(y, truth, atol=1e-5) and y.shape == q.shape, f"attention, {what}")
            r.check(np.allclose(s, x.sum(1), atol=1e-5) and s.shape == (b, 8), f"sum, {what}")
            e = np.exp(x - x.max(-1, keepdims=True))
            r.check(np.allclose(p, e / e.sum(-1, keepdims=True), atol=1e-6), f"softmax, {what}")
            means = x.mean(1) if n else np.full((b, 8), np.nan)
            r.check(np.allclose(m, means, atol=1e-5, equal_nan=True), f"mean, {what}: {m}")
            r.check(np.allclose(w, x @ weights["p.weight"].T + weights["p.bias"], atol=1e-5), f"linear, {what}")
            if n == 1:
                r.same(f"attention to one token, {what}", y, q)
    q, x = np.zeros((1, 2, 18, 4), "f4"), np.zeros((1, 18, 8), "f4")
    r.refuse_run(program, {"q": q, "x": x}, ["y"], "size 'N' is 18", "0..17", weights=weights)


def row_R09_position_table(r):
    text = entry("return x + pos[:N]", "x: [B, N, 4]", "y: [B, N, 4]", "dim B, N <= 7", "param pos: [7, 4]")
    program = r.compile(text)
    weights = {"pos": np.arange(28, dtype="f4").reshape(7, 4)}
    for n in 1, 7:
        x = np.ones((2, n, 4), "f4")
        r.same(f"N = {n}", r.values(program, {"x": x}, ["y"], weights), x + weights["pos"][:n])
    r.refuse_run(program, {"x": np.ones((2, 8, 4), "f4")}, ["y"], "size 'N' is 8", "0..7", weights=weights)
    r.refuse(text.replace("N <= 7", "N <= 8"), "at most 7")
    r.refuse(text.replace("N <= 7", "N"), "at most 7")


def row_R11_R12_R13(r):
    program = r.compile(TABLE)
    rng = np.random.default_rng(11)
    weights = table(rng)
    good = rng.integers(0, 4, (2, 6))
    x = rng.standard_normal((2, 6, 4), "f4")
    for level in levels():
        for threads in 1, 3:
            options = ["--level", level, "--threads", str(threads)]
            y, z = r.values(program, {"ids": good, "x": x}, ["y", "z"], weights, options)
            r.same("rows", y, weights["p.weight"][good])
            r.check(np.allclose(z, (weights["q.weight"][good % 5] * x).sum(1), atol=1e-5), "sum of rows")
            for value in 10, -1, 2**31, -(2**63), 2**63 - 1:
                ids = good.copy()
                ids[1, 2] = value
                words = f"input 'ids' holds {value} at index [1, 2]; expected 0..9"
                r.refuse_run(program, {"ids": ids, "x": x}, ["y"], words, "'p'", weights=weights, options=options)
            # An id that the model computes: 9 % 5 is past the second table.
            ids = good.copy()
            ids[1, 0] = 9
            r.refuse_run(program, {"ids": ids, "x": x}, ["z"], "holds 4 at flat position 6; expected 0..3",
                         weights=weights, options=options)  # fmt: skip


def row_R15_R16(r):
    text = entry(
        'return softmax(x), normalize(x, "B D -> B 1", eps = 1e-5), x @ w, cumulative(x)',
        "x: [B, 4], w: [4, 3]", "p: [B, 4], n: [B, 4], y: [B, 3], c: [B, 4]",
    ).replace("cumulative(x)", "relu(x)")  # fmt: skip
    program = r.compile(text)
    x, w = np.ones((7, 4), "f4"), np.ones((4, 3), "f4")
    x[1, 2], x[3, 0], x[5, 1] = np.nan, np.inf, -0.0
    x[6] = [1e-42, 3e38, -1e-45, 0]
    w[2, 1] = np.nan
    with np.errstate(all="ignore"):
        e = np.exp((x - x.max(-1, keepdims=True)).astype("f8"))
        centred = x.astype("f8") - x.astype("f8").mean(-1, keepdims=True)
        truths = {"p": e / e.sum(-1, keepdims=True), "y": x.astype("f8") @ w, "c": np.maximum(x, 0),
                  "n": centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)}  # fmt: skip
    for level in levels():
        for name, truth in truths.items():
            y = r.values(program, {"x": x, "w": w}, [name], options=["--level", level])
            r.check((np.isnan(y) == np.isnan(truth)).all() or name == "n", f"{name}, {level}: NaN in {y}")
            clean = [0, 2, 4, 5]
            r.check(np.allclose(y[clean], truth[clean], atol=1e-6, equal_nan=True), f"{name}, {level}: {y}")
            if name == "n":
                r.check(np.isnan(y[[1, 3]]).all() and not np.isnan(y[clean]).any(), f"n, {level}: {y}")


def row_R17(r):
    text = entry("return attention(q, q, q, key_mask = m)", "q: [B, 1, N, 4], m: bool[B, N]", "y: [B, 1, N, 4]", "dim B, N")
    program = r.compile(text)
    q = np.random.default_rng(17).standard_normal((1, 1, 5, 4), "f4")
    none, every = np.zeros((1, 5), bool), np.ones((1, 5), bool)
    for level in levels():
        r.same("none", r.values(program, {"q": q, "m": none}, ["y"], options=["--level", level]), q * 0)
        y = r.values(program, {"q": q, "m": every}, ["y"], options=["--level", level])
        e = np.exp(np.einsum("bhid,bhjd->bhij", q, q).astype("f8") / 2)
        truth = np.einsum("bhij,bhjd->bhid", e / e.sum(-1, keepdims=True), q)
        r.check(np.allclose(y, truth, atol=1e-5), "every")
    for dtype, word in ("i8", "dtype i64; expected bool"), ("u1", "dtype is '|u1'"):
        r.refuse_run(program, {"q": q, "m": every.astype(dtype)}, ["y"], word)


def row_R19_F21(r):
    """More than 2^31 elements, most of them zeros that the file does not store."""
    text = entry('return sum(cast(b, f32), "N ->"), b[N - 2:]', "b: bool[N]", "s: [], last: bool[2]",
                 "dim N\n    require N >= 2")  # fmt: skip
    program = r.compile(text)
    count = 2**31 + 77
    with open(r.folder / "b.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|b1", "fortran_order": False, "shape": (count,)})
        start = file.tell()
        for place in 5, 2**31 + 5, count - 1:
            file.seek(start + place)
            file.write(b"\1")
    s, last = r.values(program, {"b": "b.npy"}, ["s", "last"])
    r.same("sum", s, np.float32(3))
    r.same("end", last, np.array([False, True]))
    (r.folder / "b.npy").unlink()


def row_R19_products(r):
    """2^32 elements that are never stored: offsets of rows beyond 2^31."""
    text = entry('return sum(x[:, none] * z[none, :], "A B ->")', "x: [A], z: [B]", "s: []", "dim A, B")
    program = r.compile(text)
    x, z = np.zeros(65537, "f4"), np.zeros(65537, "f4")
    x[[0, -1]], z[[0, -1]] = [1, 2], [3, 5]
    r.same("sum", r.values(program, {"x": x, "z": z}, ["s"]), np.float32(24))


def row_R20(r):
    text = entry("return repeat(x, \"B -> B D E\", D = 1048576, E = 1048576)", "x: [B]", "y: [B, 1048576, 1048576]")
    program = r.compile(text)
    for rows in 1, 3:
        wanted = str(rows << 42)
        r.refuse_run(program, {"x": np.ones(rows, "f4")}, ["y"], wanted, "available", code=3)
    r.refuse_run(program, {"x": np.ones(1 << 22, "f4")}, ["y"], "64 bits", code=1)
    small = r.compile(entry("a = softmax(repeat(x, \"B -> B D E\", D = 1048576, E = 1048576))\nreturn sum(a, \"B D E -> B\")", "x: [B]", "y: [B]"))
    r.values(small, {"x": np.ones(0, "f4")}, ["y"])


def row_R22(r):
    program = r.compile(entry("return x + z", "x: [B, 4], z: [B, 4]"))
    x = r.folder / "x.npy"
    np.save(x, np.ones((2, 4), "f4"))
    r.same("one file twice", r.values(program, {"x": x, "z": x}, ["y"]), np.full((2, 4), 2, "f4"))
    np.save(r.folder / "out-y.npy", np.ones((2, 4), "f4"))
    r.refuse_run(program, {"x": "out-y.npy", "z": x}, ["y"], "is also input 'x'", code=2)


main(globals())
