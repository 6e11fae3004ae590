# RUN: %python %s %tenonc %t
"""Rows F of the table of bad inputs: what arithmetic does at its edges, on every
level that the machine has and, where order or mode could matter, for several
numbers of threads."""

import numpy as np

from rows import entry, levels, main

INF, NAN = np.float32(np.inf), np.float32(np.nan)
SIZES = [1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129]


def each(r, text, weights=None):
    """Compiles a text; yields a function that runs it, once per level."""
    program = r.compile(text)
    for level in levels():

        def run(output, threads=1, options=(), **inputs):
            options = ["--level", level, "--threads", str(threads), *options]
            return r.values(program, inputs, [output], weights, options)

        yield level, run


def functions(r, texts, x, expected, inputs="x: [N]", **others):
    """Runs elementwise functions of x; `expected` has one array for each."""
    results = ", ".join(f"y{i}: [N]" for i in range(len(texts)))
    text = entry("return " + ", ".join(texts), inputs, results, "dim N")
    for level, run in each(r, text):
        for i, (name, truth) in enumerate(zip(texts, expected)):
            y = run(f"y{i}", x=x, **others)
            r.same(f"{name}, {level}", y, np.asarray(truth, y.dtype), 4e-7)
            zeros = (y == 0) & (np.asarray(truth) == 0)
            signs = np.signbit(y) == np.signbit(truth)
            r.check(np.all(signs[zeros]), f"{name}, {level}: the sign of zero in {y} for {x}")


def f32(*values):
    return np.array(values, np.float32)


def row_F01(r):
    text = entry(
        "return softmax(x), attention(q, q, q, key_mask = m), attention(q, q, q, mask = m[:, none, none, :])",
        "x: [N, 3], q: [B, 2, T, 4], m: bool[B, T]",
        "p: [N, 3], y: [B, 2, T, 4], z: [B, 2, T, 4]", "dim N, B, T",
    )  # fmt: skip
    x = f32([-INF, -INF, -INF], [1, 2, 3])
    q = np.random.default_rng(1).standard_normal((3, 2, 5, 4), dtype="f4")
    m = np.array([[0] * 5, [1] * 5, [1, 1, 0, 0, 0]], bool)
    for level, run in each(r, text):
        p = run("p", x=x, q=q, m=m)
        r.check(np.isnan(p[0]).all() and np.isfinite(p[1]).all(), f"softmax, {level}: {p}")
        for output in "y", "z":
            y = run(output, x=x, q=q, m=m)
            r.check(np.all(y[0] == 0), f"{output}, {level}: a hidden row is {y[0]}")
            r.check(np.isfinite(y).all() and y[1].any(), f"{output}, {level}: {y}")


def row_F02(r):
    rows = f32([1, INF, 0], [1e4, -1e4, 0], [3e38, -3e38, 3e38], [-3e38, -3e38, -3e38])
    text = entry("return softmax(x)", "x: [N, 3]", "p: [N, 3]", "dim N")
    wide = rows[1:].astype(np.float64)
    e = np.exp(wide - wide.max(-1, keepdims=True))
    for level, run in each(r, text):
        p = run("p", x=rows)
        r.check(np.isnan(p[0]).all(), f"+inf, {level}: {p[0]}")
        r.same(f"logits, {level}", p[1:], (e / e.sum(-1, keepdims=True)).astype("f4"), 1e-6)


def row_F03(r):
    """Targets are probabilities; those of 0 leave finite losses finite."""
    text = entry(
        'return logsumexp(x, "N C -> N"), -sum(t * log_softmax(x), "N C -> N")',
        "x: [N, 3], t: [N, 3]", "y: [N], loss: [N]", "dim N",
    )  # fmt: skip
    x, t = f32([1e4, -1e4, 0], [0, -1e4, 1e4], [5, 5, 5]), f32([0, 1, 0], [1, 0, 0], [0, 0, 1])
    wide = x.astype(np.float64)
    top = wide.max(-1)
    total = top + np.log(np.exp(wide - top[:, None]).sum(-1))
    for level, run in each(r, text):
        r.same(f"logsumexp, {level}", run("y", x=x, t=t), total.astype("f4"), 1e-6)
        truth = total - (wide * t).sum(-1)
        r.same(f"loss, {level}", run("loss", x=x, t=t), truth.astype("f4"), 1e-6)


def row_F04(r):
    x = f32(0, -0.0, -1, 1, INF, -INF, NAN)
    with np.errstate(all="ignore"):
        roots = np.sqrt(x)
        expected = [np.log(x), roots, 1 / roots, 1 / x, x / x, 0 / x]
    functions(r, ["log(x)", "sqrt(x)", "rsqrt(x)", "1 / x", "x / x", "0 / x"], x, expected)


def row_F05(r):
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((1, 6), "f4"), rng.standard_normal((2, 4), "f4")
    b[0] = 1, -1, -1, 1
    x = np.concatenate([np.linspace(-4, 4, 999, dtype="f4"), f32(0, 1, -1, 1e4, -1e4, 1e-40, NAN)])
    x = np.repeat(x, 4).reshape(-1, 4)
    head = "param a: [1, 6]\nparam b: [2, 4]"
    body = 'z = rearrange(x, "N (g c) -> N g c", g = 2)\n' + "".join(
        f'{name} = rational(z, a, b, "{form}") |> rearrange("N g c -> N (g c)")\n'
        for name, form in (("s", "sum_of_abs"), ("t", "abs_of_sum"))
    )
    text = entry(body + "return s, t", "x: [N, 4]", "s: [N, 4], t: [N, 4]", "dim N", head)
    wide = x.astype(np.float64).reshape(-1, 2, 2)
    p = sum(float(c) * wide**k for k, c in enumerate(a[0]))
    terms = [b.astype(np.float64)[:, k, None] * wide ** (k + 1) for k in range(4)]
    truth = {"s": p / (1 + sum(map(np.abs, terms))), "t": p / (1 + np.abs(sum(terms)))}
    size = sum(np.abs(float(c) * wide**k) for k, c in enumerate(a[0]))
    for level, run in each(r, text, {"a": a, "b": b}):
        for output, wanted in truth.items():
            y = run(output, x=x)
            wanted = wanted.reshape(x.shape)
            r.check((np.isnan(y) == np.isnan(wanted)).all(), f"{output}, {level}: NaN elsewhere")
            # Where the sum in Q cancels, its error is that of its largest term.
            bound = (size + np.abs(p) * sum(map(np.abs, terms))).reshape(x.shape)
            near = np.abs(y - wanted) <= 4e-6 * (1 + bound)
            r.check(np.all(near | np.isnan(wanted)), f"{output}, {level}: values")


def row_F06(r):
    """x ^ 0.5 is sqrt(x), also at -0.0 and -inf."""
    x = f32(0, -0.0, -2, 2, INF, -INF, NAN, 1)
    with np.errstate(all="ignore"):
        functions(
            r, ["x ^ 0", "x ^ 3", "x ^ -1", "x ^ 0.5", "2.5 ^ x", "0.5 ^ x", "1.0 ^ x"], x,
            [x**0, x**3, 1 / x, np.sqrt(x), np.float32(2.5) ** x, np.float32(0.5) ** x, np.ones_like(x)],
        )  # fmt: skip


def row_F07(r):
    for dtype, code in ("i32", "i4"), ("i64", "i8"):
        k = np.array([np.iinfo(code).min, np.iinfo(code).max, -1, 7], code)
        text = entry("return k + 1, k - 1, -k, k * k, maximum(k, -k)", f"k: {dtype}[N]",
                     ", ".join(f"y{i}: {dtype}[N]" for i in range(5)), "dim N")  # fmt: skip
        for level, run in each(r, text):
            with np.errstate(over="ignore"):
                for i, truth in enumerate([k + 1, k - 1, -k, k * k, np.abs(k)]):
                    r.same(f"{dtype}, {i}, {level}", run(f"y{i}", k=k), truth)


def row_F12(r):
    x, z = f32(NAN, 1, NAN, -2, INF, -INF), f32(1, NAN, NAN, 3, NAN, -1)
    with np.errstate(all="ignore"):
        functions(
            r, ["maximum(x, z)", "maximum(z, x)", "minimum(x, z)", "minimum(z, x)", "relu(x)",
                "clamp(x, -1, 1)", "maximum(x, 0)", "minimum(0, x)"], x,
            [np.maximum(x, z), np.maximum(z, x), np.minimum(x, z), np.minimum(z, x),
             np.maximum(x, 0), np.clip(x, -1, 1), np.maximum(x, 0), np.minimum(x, 0)],
            "x: [N], z: [N]", z=z,
        )  # fmt: skip
    text = entry('return max(x, "N C -> N"), min(x, "N C -> N"), max(x, "N C -> C")', "x: [N, C]",
                 "a: [N], b: [N], c: [C]", "dim N, C")  # fmt: skip
    runs = list(each(r, text))
    for width in 1, 5, 16, 37:
        x = np.random.default_rng(width).standard_normal((7, width), "f4")
        x[2, width // 2], x[4, -1], x[5, 0] = NAN, NAN, NAN
        for level, run in runs:
            r.same(f"max, {width}, {level}", run("a", x=x), x.max(1))
            r.same(f"min, {width}, {level}", run("b", x=x), x.min(1))
            r.same(f"max of columns, {width}, {level}", run("c", x=x), x.max(0))


def row_F14(r):
    """max and min of zeros of different sign may give either; all else is IEEE's."""
    x, z = f32(-0.0, 0.0, -0.0, 0.0), f32(0.0, -0.0, -0.0, 0.0)
    functions(
        r, ["x + z", "x * z", "-x", "abs(x)", "sign(x)", "sqrt(x)", "round(x)"], x,
        [x + z, x * z, -x, np.abs(x), x, x, x], "x: [N], z: [N]", z=z,
    )  # fmt: skip
    text = entry("return maximum(x, z), minimum(x, z), relu(x)", "x: [N], z: [N]",
                 "a: [N], b: [N], c: [N]", "dim N")  # fmt: skip
    for level, run in each(r, text):
        a, b = run("a", x=x, z=z), run("b", x=x, z=z)
        r.check(np.all(a == 0) and np.all(b == 0), f"{level}: {a}, {b}")
        r.check(list(np.signbit(a[2:])) == list(np.signbit(b[2:])) == [True, False], "equal zeros")
        r.check(np.all(run("c", x=x, z=z) == 0), "relu")


def row_F15(r):
    x = f32(0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, -0.49999997, 8388609.0, -0.0, -0.25)
    functions(r, ["round(x)", "floor(x)", "ceil(x)"], x, [np.rint(x), np.floor(x), np.ceil(x)])
    k, j = np.array([7, -7, 7, -7, 6, -6]), np.array([3, 3, -3, -3, 3, 3])
    text = entry("return k // j, k % j", "k: i64[N], j: i64[N]", "q: i64[N], m: i64[N]", "dim N")
    for level, run in each(r, text):
        r.same(f"//, {level}", run("q", k=k, j=j), k // j)
        r.same(f"%, {level}", run("m", k=k, j=j), k % j)


def row_F16(r):
    """The largest of nothing is -inf, the smallest inf."""
    names = ["sum", "prod", "mean", "max", "min"]
    body = "return " + ", ".join(f'{name}(x, "N C -> N")' for name in names)
    text = entry(body, "x: [N, C]", ", ".join(f"y{i}: [N]" for i in range(5)), "dim N, C")
    for level, run in each(r, text):
        for i, value in enumerate([0, 1, NAN, -INF, INF]):
            y = run(f"y{i}", x=np.zeros((3, 0), "f4"))
            r.same(f"{names[i]}, {level}", y, np.full(3, value, "f4"))
            r.check(run(f"y{i}", x=np.zeros((0, 4), "f4")).shape == (0,), f"{names[i]} of no rows")


def row_F17(r):
    text = entry(
        'return normalize(x, "N C -> N 1", eps = 0), normalize(x, "N C -> N 1", eps = 1e-5), var(x, "N C -> N")',
        "x: [N, C]", "a: [N, C], b: [N, C], v: [N]", "dim N, C",
    )  # fmt: skip
    rng = np.random.default_rng(3)
    runs = list(each(r, text))
    for width in 1, 5, 64, 1003:
        x = (1000 + 0.1 * rng.standard_normal((4, width))).astype("f4")
        x[0], x[1] = 3, 1e6
        wide = x.astype(np.float64)
        centred = wide - wide.mean(1, keepdims=True)
        variance = (centred**2).mean(1)
        for level, run in runs:
            plain, guarded = run("a", x=x), run("b", x=x)
            r.check(np.isnan(plain[:2]).all(), f"eps 0, {width}, {level}: {plain[:2]}")
            r.check(np.all(guarded[:2] == 0), f"constant rows, {width}, {level}: {guarded[:2]}")
            if width > 1:
                for y, eps in (plain[2:], 0), (guarded[2:], 1e-5):
                    truth = centred[2:] / np.sqrt(variance[2:] + eps)[:, None]
                    error = np.abs(y - truth).max()
                    r.check(error < 2e-3, f"1000 +- 0.1, {width}, {level}: error {error}")
                v = run("v", x=x)
                r.same(f"variance, {width}, {level}", v[2:], variance[2:].astype("f4"), 2e-3)


def row_F18(r):
    body = 'return x @ w, sum(x, "M K -> M"), sum(x, "M K -> K"), softmax(x)'
    text = entry(body, "x: [M, K], w: [K, N]", "y: [M, N], a: [M], b: [K], p: [M, K]", "dim M, N, K")
    rng = np.random.default_rng(18)
    shapes = {(m, 7, 33) for m in SIZES} | {(7, n, 33) for n in SIZES} | {(5, 33, k) for k in SIZES}
    for level, run in each(r, text):
        for m, n, k in sorted(shapes | {(s, s, s) for s in SIZES}):
            x, w = rng.standard_normal((m, k), "f4"), rng.standard_normal((k, n), "f4")
            wide = x.astype(np.float64)
            e = np.exp(wide - wide.max(1, keepdims=True))
            truth = {"y": wide @ w.astype(np.float64), "a": wide.sum(1), "b": wide.sum(0),
                     "p": e / e.sum(1, keepdims=True)}  # fmt: skip
            for output, wanted in truth.items():
                error = np.abs(run(output, x=x, w=w) - wanted)
                # Of products: 8 roundings of all that is added up, for each element.
                most = 2.0**-21 * (np.abs(wide) @ np.abs(w)) if output == "y" else 2e-5
                what = f"{output} at {m} x {n} x {k}, {level}: error {error.max(initial=0)}"
                r.check((error <= most).all(), what)


def row_F18_conv(r):
    rng = np.random.default_rng(19)
    for size in SIZES:
        kernel = min(size, 3)
        text = entry("return conv(x, w, pad = 1)", f"x: [B, 3, {size}], w: [5, 3, {kernel}]",
                     f"y: [B, 5, {size + 3 - kernel}]")  # fmt: skip
        x, w = rng.standard_normal((2, 3, size), "f4"), rng.standard_normal((5, 3, kernel), "f4")
        padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, 2)
        truth = np.einsum("bcnk,ock->bon", windows, w.astype(np.float64))
        for level, run in each(r, text):
            error = np.abs(run("y", x=x, w=w) - truth).max()
            r.check(error <= 1e-5, f"convolution of {size}, {level}: error {error}")


def row_F19(r):
    text = entry(
        'return p(x), var(x, "N C -> C"), normalize(x, "N C -> 1 C", eps = 1e-5)', "x: [N, 4]",
        "y: [N, 4], v: [4], z: [N, 4]", "dim N", "p: batch_norm[]",
    )  # fmt: skip
    weights = {f"p.{name}": np.full(4, value, "f4") for name, value in
               (("weight", 2), ("bias", 1), ("running_mean", 3), ("running_var", 0))}  # fmt: skip
    x = f32([1, 2, 3, 4])
    for level, run in each(r, text, weights):
        truth = (x.astype(np.float64) - 3) / np.sqrt(1e-5) * 2 + 1
        r.same(f"batch_norm, {level}", run("y", x=x), truth.astype("f4"), 1e-5)
        r.same(f"variance, {level}", run("v", x=x), np.zeros(4, "f4"))
        r.same(f"normalize, {level}", run("z", x=x), np.zeros((1, 4), "f4"))


def row_F20(r):
    text = entry("return x @ w, relu(x @ w + b)", "x: [M, K], w: [K, N], b: [N]", "y: [M, N], z: [M, N]", "dim M, N, K")
    for level, run in each(r, text):
        for m, n, k in (5, 7, 0), (0, 7, 3), (5, 0, 3), (1, 1, 0), (65, 33, 0), (0, 0, 0):
            inputs = {"x": np.ones((m, k), "f4"), "w": np.ones((k, n), "f4"), "b": np.full(n, 2, "f4")}
            r.same(f"{m} x {n} x {k}, {level}", run("y", **inputs), np.full((m, n), k, "f4"))
            r.same(f"{m} x {n} x {k} + b, {level}", run("z", **inputs), np.full((m, n), k + 2, "f4"))


def row_F22(r):
    text = entry('return einsum(x, z, "N, N ->"), sum(x, "N ->"), mean(x, "N ->")', "x: [N], z: [N]",
                 "d: [], s: [], m: []", "dim N")  # fmt: skip
    rng = np.random.default_rng(22)
    x, z = rng.random(10**7, "f4"), rng.random(10**7, "f4")
    wide = x.astype(np.float64)
    for level, run in each(r, text):
        r.same(f"dot product, {level}", run("d", x=x, z=z), np.float32(wide @ z), 1e-6)
        r.same(f"sum, {level}", run("s", x=x, z=z), np.float32(wide.sum()), 1e-6)
        same = np.full(10**7, 0.1, "f4")
        r.same(f"mean, {level}", run("m", x=same, z=z), np.float32(0.1), 1e-6)


def row_F22_axes(r):
    """Sums over two axes that are no single one, and over rows of many columns."""
    text = entry('return sum(x[:, none] * z[none, :], "A B ->"), sum(x[:, none] * z[none, :], "A B -> B")',
                 "x: [A], z: [B]", "s: [], c: [B]", "dim A, B")  # fmt: skip
    rng = np.random.default_rng(23)
    for level, run in each(r, text):
        for shape in (3, 5), (257, 4097), (4100, 9000), (100_000, 3):
            x, z = (rng.random(n, "f4") for n in shape)
            wide = x.astype(np.float64).sum()
            r.same(f"{shape}, {level}", run("s", x=x, z=z), np.float32(wide * z.astype("f8").sum()), 1e-6)
            r.same(f"columns of {shape}, {level}", run("c", x=x, z=z), (wide * z).astype("f4"), 4e-6)


def row_F22_long(r):
    text = entry('return mean(cast(b, f32) + 0.1, "N ->")', "b: bool[N]", "m: []", "dim N")
    for level, run in each(r, text):
        m = run("m", b=np.zeros(10**8, bool))
        r.same(f"mean of 10^8 equal values, {level}", m, np.float32(0.1), 1e-6)


def row_F27_F28(r):
    text = entry("return x * 0.5, x @ w", "x: [N, 8], w: [8, 8]", "y: [N, 8], z: [N, 8]", "dim N")
    x = np.full((999, 8), 2e-40, "f4")
    half = np.eye(8, dtype="f4") / 2
    for level, run in each(r, text):
        for threads in 1, 2, 5:
            for output in "y", "z":
                y = run(output, threads, x=x, w=half)
                r.same(f"{output}, {threads} threads, {level}", y, x * np.float32(0.5))


def row_F29(r):
    x = f32(1, NAN, INF, -INF, 0)
    text = entry("return x != x, x == x, abs(x) < inf, x < inf or x > 0", "x: [N]",
                 ", ".join(f"y{i}: bool[N]" for i in range(4)), "dim N")  # fmt: skip
    with np.errstate(invalid="ignore"):
        truths = [x != x, x == x, np.abs(x) < INF, (x < INF) | (x > 0)]
    for level, run in each(r, text):
        for i, truth in enumerate(truths):
            r.same(f"{i}, {level}", run(f"y{i}", x=x), truth)


def row_F30(r):
    """Products of tensors multiply and add with one rounding; what is written as
    x * z + c rounds twice."""
    x, z = f32(1 + 2**-12), f32(1 + 2**-12)
    text = entry('return x * z - c, einsum(stack([c, x]), stack([-one, z]), "K N, K N -> N")',
                 "x: [N], z: [N], c: [N], one: [N]", "y: [N], d: [N]", "dim N")  # fmt: skip
    c = f32(1 + 2**-11)
    exact = np.float32(x.astype(np.float64) * z - c)
    for level, run in each(r, text):
        inputs = {"x": x, "z": z, "c": c, "one": f32(1)}
        r.same(f"elementwise, {level}", run("y", **inputs), x * z - c)
        r.same(f"product, {level}", run("d", **inputs), exact)
    r.check(exact != x * z - c, "the example does not tell the two apart")


def row_F34(r):
    """Positions up to 2^22 turn by their angle as f32; from there on NaN says so."""
    text = entry("return rope(x, p)", "x: [N, 4], p: i64[N]", "y: [N, 4]", "dim N")
    p = np.array([0, 1, 5, 1000, 4095, 2**22 + 1, 2**24 + 1, 2**40])
    x = f32([1, 2, 3, 4])[0:1] * np.ones((len(p), 4), "f4") + f32(0, 1, 2, 3)
    angle = p[:, None] * np.array([1, 0.01])
    c, s = np.cos(angle), np.sin(angle)
    a, b = x[:, :2].astype(np.float64), x[:, 2:].astype(np.float64)
    truth = np.concatenate([a * c - b * s, b * c + a * s], -1)
    for level, run in each(r, text):
        y = run("y", x=x, p=p)
        r.same(f"position 0, {level}", y[0], x[0])
        error = np.abs(y[:5] - truth[:5]).max()
        r.check(error < 2e-4, f"rope, {level}: error {error}")
        r.check(np.isnan(y[5:, 0]).all(), f"far positions, {level}: {y[5:]}")


def row_F36(r):
    text = entry("return attention(q, q, q, key_mask = m)", "q: [B, 2, T, 4], m: bool[B, T]",
                 "y: [B, 2, T, 4]", "dim B, T")  # fmt: skip
    q = np.random.default_rng(36).standard_normal((4, 2, 9, 4), "f4")
    lengths = np.array([9, 0, 3, 9])
    m = np.arange(9) < lengths[:, None]
    q[1], q[2, :, 3:] = NAN, NAN
    for level, run in each(r, text):
        y = run("y", q=q, m=m)
        r.check(np.all(y[1] == 0), f"no tokens, {level}: {y[1]}")
        for row in 0, 2, 3:
            kept = slice(0, lengths[row])
            alone = run("y", q=q[row : row + 1], m=m[row : row + 1])
            r.check(np.isfinite(y[row, :, kept]).all(), f"row {row}, {level}")
            r.same(f"row {row} alone, {level}", y[row, :, kept], alone[0, :, kept])


def row_F37(r):
    text = entry("return x + z, x * c, z + c", "x: [N, 4], z: [1, 4], c: [N, 1]",
                 "a: [N, 4], b: [N, 4], d: [N, 4]", "dim N")  # fmt: skip
    for level, run in each(r, text):
        for rows in 0, 1, 3:
            inputs = {"x": np.ones((rows, 4), "f4"), "z": np.full((1, 4), 2, "f4"), "c": np.full((rows, 1), 3, "f4")}
            for output, value in ("a", 3), ("b", 3), ("d", 5):
                y = run(output, **inputs)
                r.same(f"{output}, {rows} rows, {level}", y, np.full((rows, 4), value, "f4"))


def row_F38(r):
    x = f32(2, 0, NAN, INF, -INF, -0.0)
    with np.errstate(all="ignore"):
        functions(r, ["x * 0", "x / x", "x - x", "0 * x", "x + (-x)", "0.0 - x", "x + 0"], x,
                  [x * 0, x / x, x - x, 0 * x, x - x, 0 - x, x + 0])  # fmt: skip


main(globals())
