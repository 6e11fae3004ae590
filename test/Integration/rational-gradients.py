# RUN: %python %s %tenonc %t
"""The derivatives of rational functions agree with NumPy in float64, for both forms, shared and own
coefficients, coefficients of 0, odd and empty sizes; and those by coefficients are 20 times as
accurate as one running sum in float32 (FlashKAT, arXiv 2505.13813, table 4)."""

import numpy as np

from support import Executable, arguments, check_network, levels, run_command

tenonc, scratch, _ = arguments()
G, C = 8, 12
FORMS = {"sum_of_abs": (1, 8), "abs_of_sum": (8, 1), "own": (8, 8)}  # rows of a and of b


def tensor(sizes):
    return f"!tenon.tensor<[{sizes}] f32>"


def entry(name, form, shape, rows):
    """d sum(dy * y) by x, a and b."""
    x, a, b = tensor(shape), tensor(f"{rows[0]}, 6"), tensor(f"{rows[1]}, 4")
    axes = ", ".join(str(axis) for axis in range(shape.count(",") + 1))
    named = [("x", x), ("a", a), ("b", b), ("dy", x)]
    header = ", ".join(f'%{n}: {kind} {{tenon.name = "{n}"}}' for n, kind in named)
    results = ", ".join(f'{kind} {{tenon.name = "d{n}"}}' for n, kind in named[:3])
    return f"""
func.func @{name}({header}) -> ({results}) {{
  %y = tenon.rational %x, %a, %b form {form} : {x}, {a}, {b} -> {x}
  %p = tenon.map (%u = %y, %v = %dy) : ({x}, {x}) -> {x} {{
    %t = arith.mulf %u, %v : f32
    tenon.yield %t : f32
  }}
  %l = tenon.reduce sum %p over [{axes}] : {x} -> !tenon.tensor<[] f32>
  %g:3 = tenon.gradient of %l by %x, %a, %b : !tenon.tensor<[] f32>, ({x}, {a}, {b}) -> ({x}, {a}, {b})
  return %g#0, %g#1, %g#2 : {x}, {a}, {b}
}}
"""


text = "tenon.size @B from 0 to *\ntenon.size @N from 0 to *\n"
for name, rows in FORMS.items():
    form = "sum_of_abs" if name == "own" else name
    text += entry(name, form, f"B, N, {G}, {C}", rows)
text += entry("tokens", "sum_of_abs", f"N, {G}, {C}", (1, 8)) + entry("wide", "sum_of_abs", "B, N, 8, 96", (8, 8))
module = scratch / "rational.mlir"
module.write_text(text)
run_command([tenonc, module, "-o", scratch / "rational"])
program = Executable(scratch / "rational")


def sign(x):
    """1 at 0, as the paper's kernels have it."""
    return np.where(x < 0, -1.0, 1.0)


def terms(form, x, a, b, dy):
    """dx, and the terms whose sums over all but the groups are the derivatives by a and b."""
    a, b = (np.broadcast_to(t, (G, t.shape[1]))[:, None] for t in (a, b))
    P = sum(a[..., i] * x**i for i in range(6))
    R = sum(i * a[..., i] * x ** (i - 1) for i in range(1, 6))
    if form == "abs_of_sum":
        s = sum(b[..., j] * x ** (j + 1) for j in range(4))
        Q, S = 1 + np.abs(s), sign(s) * sum((j + 1) * b[..., j] * x**j for j in range(4))
        of_b = [sign(s) * x ** (j + 1) for j in range(4)]
    else:
        Q = 1 + sum(np.abs(b[..., j] * x ** (j + 1)) for j in range(4))
        S = sign(x) * sum((j + 1) * np.abs(b[..., j]) * np.abs(x) ** j for j in range(4))
        of_b = [sign(b[..., j]) * np.abs(x) ** (j + 1) for j in range(4)]
    dx = dy * (R / Q - S * P / Q**2)
    return dx, [dy * x**i / Q for i in range(6)], [-dy * P / Q**2 * t for t in of_b]


def by_coefficients(list_of_terms, rows):
    total = np.stack([t.sum(axis=(*range(t.ndim - 2), t.ndim - 1)) for t in list_of_terms], axis=1)
    return total if rows > 1 else total.sum(axis=0, keepdims=True)


def draw(seed, shape, rows):
    rng = np.random.default_rng(seed)
    make = lambda *s: rng.standard_normal(s).astype(np.float32)  # noqa: E731
    values = {"x": make(*shape), "a": make(rows[0], 6), "b": make(rows[1], 4), "dy": make(*shape)}
    values["b"][0, 1:3] = 0, -0.0
    return values


for B, N in [(1, 1), (2, 17), (3, 1), (0, 3), (2, 0), (1, 197)]:
    for name, rows in {**FORMS, "tokens": (1, 8)}.items():
        values = draw(B + N, (N, G, C) if name == "tokens" else (B, N, G, C), rows)
        wide = {n: v.astype(np.float64) for n, v in values.items()}
        dx, of_a, of_b = terms(name, **wide)
        truth = {"dx": dx, "da": by_coefficients(of_a, rows[0]), "db": by_coefficients(of_b, rows[1])}
        for level in levels():
            for output, expected in truth.items():
                result = program(output, options=["--entry", name, "--level", level], **values)
                check_network(f"{name}, {B}, {N}, {level}: {output}", result, expected)

# What table 4 measures, with a smaller batch: derivatives of either sign, and of one.
swish = [3.054879741161051e-07, 0.5000007853744493, 0.24999783422824703, 0.05326628273219478,
         0.005803034571292244, 0.0002751961022402342]  # fmt: skip
swish_b = [-4.111554955950634e-06, 0.10652899335007572, -1.2690007399796238e-06, 0.0005502331264140556]


def running_sums(list_of_terms):
    """By each group's coefficients, one addition after the other in float32."""
    return np.array([[np.cumsum(np.float32(t[..., g, :]).ravel())[-1] for t in list_of_terms]
                     for g in range(G)], np.float64)  # fmt: skip


for batch, change in (24, np.copy), (8, np.abs):
    values = draw(batch, (batch, 197, G, 96), (G, G))
    values["dy"] = change(values["dy"])
    values["a"], values["b"] = (np.tile(np.float32([row]), (G, 1)) for row in (swish, swish_b))
    _, of_a, of_b = terms("wide", **{n: v.astype(np.float64) for n, v in values.items()})
    for output, parts in ("da", of_a), ("db", of_b):
        truth = by_coefficients(parts, G)
        chain = np.mean(np.abs(running_sums(parts) - truth))
        for level in levels():
            result = program(output, options=["--entry", "wide", "--level", level], **values)
            own = np.mean(np.abs(result - truth))
            what = f"{output}, {change.__name__}, {level}: mean error {own:.2e}, of a running sum {chain:.2e}"
            print(f"{what}: {chain / own:.0f} times")
            assert chain >= 20 * own, what

# Many equal terms: a chain of as many additions would be off in the third digit.
values = draw(1, (40000, G, C), (1, G))
values["x"][:], values["dy"][:] = 0.7, 0.1
_, of_a, of_b = terms("tokens", **{n: v.astype(np.float64) for n, v in values.items()})
for output, parts, rows in ("da", of_a, 1), ("db", of_b, G):
    for level in levels():
        result = program(output, options=["--entry", "tokens", "--level", level], **values)
        error = np.abs(result / by_coefficients(parts, rows) - 1).max()
        assert error < 1e-5, f"{output}, {level}, equal terms: {error:.2e}"
