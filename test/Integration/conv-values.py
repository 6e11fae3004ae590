# RUN: %python %s %tenonc %t
"""Convolutions along dynamic axes and transposed convolutions agree with float64 NumPy:
odd strides, pads, dilations and groups, 1 to 3 sizes, single and empty batches."""

import itertools

import numpy as np

from support import arguments, check_positions, compile_model, run_command

MODEL = """
model convolutions:
    dim B, H, W, N
    require 6 | W
    param k: [4, 3, 3, 3]
    param d: [6, 2, 3, 2]
    param s: [4, 3, 4, 4]
    param line: [5, 3, 5]
    param one: [2, 3, 1, 1]
    param cube: [2, 3, 2, 3, 1]
    param t: [3, 5, 2, 2]
    param u: [4, 3, 3, 5]
    param v: [3, 2, 4]
    param w: [3, 2, 1, 2, 3]
    param each: [8, 1, 3, 4]
    param causal: [3, 1, 5]
    up: conv_up2d[4]

    entry dynamic(x: [B, 3, H, W]) -> (
            same: [B, 4, H, W], valid: [B, 4, _, W - 2], mixed: [B, 4, H, W / 3], down: [B, 4, 4, W / 2], point: [B, 2, H, W / 2],
            wide: [B, 4, H, W], fixed: [B, 5, 9]):
        even = repeat(x[:, :, 0], "B C W -> B C 8 W")
        point = conv(x, one, stride = [1, 2])
        fixed = conv(repeat(x[:, :, 0, 0], "B C -> B C 9"), line, pad = 2)
        return conv(x, k, pad = 1), conv(x, k), conv(x, k, stride = [1, 3], pad = 1), conv(even, s, stride = 2, pad = 1), point, conv(x, k, pad = 2, dilation = 2), fixed
    entry grouped(x: [B, 4, H, 5]) -> (y: [B, 6, H + 2, 4]):
        return conv(x, d, pad = [2, 0], groups = 2)
    entry apart(x: [B, 4, H, 17]) -> (y: [B, 8, H, 15], z: [B, 8, _, 20], even: [B, 8, H, 8]):
        return conv(x, each, pad = [2, 2], groups = 4, dilation = [2, 2]), conv(x[:, :, :3], each, stride = [2, 1], pad = [1, 3], groups = 4), conv(x, each, stride = [1, 2], pad = 1, groups = 4)
    entry past(x: [B, 3, N]) -> (y: [B, 3, N]):
        return conv(x, causal, pad = 4, groups = 3)[:, :, :N]
    entry lines(x: [B, 3, 4 * N + 3]) -> (y: [B, 5, 2 * N + 1]):
        return conv(x, line, stride = 2, pad = 1)
    entry volume(x: [N, 3, H, W, 4]) -> (y: [N, 2, H - 1, W - 2, 4]):
        return conv(x, cube)
    entry upward(x: [B, 3, H, W]) -> (double: [B, 5, 2 * H, 2 * W], apart: [B, 5, 3 * H - 1, 4 * W - 2], near: [B, 5, H + 1, W + 1], part: [B, 4, 2 * H, 2 * W]):
        return conv_transpose(x, t, stride = 2), conv_transpose(x, t, stride = [3, 4]), conv_transpose(x, t), up(x)
    entry cut(x: [B, 4, 5, H]) -> (y: [B, 6, 9, _]):
        return conv_transpose(x, u, stride = [2, 3], pad = [1, 2], groups = 2)
    entry long(x: [B, 3, N]) -> (y: [B, 2, _]):
        return conv_transpose(x, v, stride = 3, pad = 1)
    entry solid(x: [B, 3, H, 2, N]) -> (y: [B, 2, 2 * H - 1, 3, 2 * N + 1]):
        return conv_transpose(x, w, stride = [2, 1, 2])
"""

tenonc, scratch, _ = arguments()
(scratch / "convolutions.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "convolutions.tenon", scratch / "convolutions")
rng = np.random.default_rng(1)
SHAPES = {
    "k": (4, 3, 3, 3), "d": (6, 2, 3, 2), "s": (4, 3, 4, 4), "line": (5, 3, 5), "one": (2, 3, 1, 1),
    "cube": (2, 3, 2, 3, 1), "t": (3, 5, 2, 2), "u": (4, 3, 3, 5), "v": (3, 2, 4), "w": (3, 2, 1, 2, 3),
    "each": (8, 1, 3, 4), "causal": (3, 1, 5), "up.weight": (3, 4, 2, 2), "up.bias": (4,),
}  # fmt: skip
weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}
program = program.with_weights(weights)
weights = {name: value.astype(np.float64) for name, value in weights.items()}


def tuples(value, count):
    return (value,) * count if isinstance(value, int) else value


def conv(x, w, stride=1, pad=0, dilation=1, groups=1):
    """One tap after the other."""
    sizes = x.ndim - 2
    stride, pad, dilation = (tuples(v, sizes) for v in (stride, pad, dilation))
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pad)])
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:])]
    out = [(n - r) // s + 1 for n, r, s in zip(x.shape[2:], reach, stride)]
    x = x.reshape(len(x), groups, w.shape[1], *x.shape[2:])
    split = w.reshape(groups, -1, *w.shape[1:])
    y = np.zeros((len(x), groups, split.shape[1], *out))
    for tap in itertools.product(*map(range, w.shape[2:])):
        window = tuple(slice(t * d, t * d + s * (n - 1) + 1, s) for t, d, s, n in zip(tap, dilation, stride, out))
        y += np.einsum("bgc...,goc->bgo...", x[(..., *window)], split[(..., *tap)])
    return y.reshape(len(x), len(w), *out)


def conv_transpose(x, w, stride=1, pad=0, groups=1):
    """Each element adds the filter."""
    sizes = x.ndim - 2
    stride, pad = tuples(stride, sizes), tuples(pad, sizes)
    split = w.reshape(groups, -1, *w.shape[1:])
    x = x.reshape(len(x), groups, split.shape[1], *x.shape[2:])
    full = [s * (n - 1) + k for s, n, k in zip(stride, x.shape[3:], w.shape[2:])]
    y = np.zeros((len(x), groups, w.shape[1], *full))
    for tap in itertools.product(*map(range, w.shape[2:])):
        place = tuple(slice(t, t + s * (n - 1) + 1, s) for t, s, n in zip(tap, stride, x.shape[3:]))
        y[(..., *place)] += np.einsum("bgc...,gco->bgo...", x, split[(..., *tap)])
    y = y.reshape(len(x), groups * w.shape[1], *full)
    return y[(..., *(slice(p, n - p) for p, n in zip(pad, full)))]


def check(entry, x, **truth):
    for output, value in truth.items():
        result = program(output, options=["--entry", entry], x=x)
        check_positions(f"{entry} {output}", result, value)
        worst = np.abs(result - value).max(initial=0)
        assert worst <= 2e-5, (entry, output, x.shape, worst)


def image(*shape):
    x = rng.standard_normal(shape).astype(np.float32)
    return x, x.astype(np.float64)


np.save(scratch / "x.npy", np.ones((2, 3, 5, 12), np.float32))
verify = [tenonc, "verify", scratch / "convolutions.tenon", "--weights", program.weights]
run_command([*verify, "--entry", "dynamic", "--input", f"x={scratch / 'x.npy'}"])

g = weights
for B, H, W, N in ((1, 3, 6, 1), (2, 5, 12, 2), (0, 4, 6, 3), (3, 17, 42, 9)):
    x, z = image(B, 3, H, W)
    even = np.repeat(z[:, :, :1], 8, 2)
    check(
        "dynamic", x, same=conv(z, g["k"], pad=1), valid=conv(z, g["k"]), mixed=conv(z, g["k"], stride=(1, 3), pad=1),
        down=conv(even, g["s"], stride=2, pad=1), point=conv(z, g["one"], stride=(1, 2)),
        wide=conv(z, g["k"], pad=2, dilation=2),
        fixed=conv(np.repeat(z[:, :, 0, :1], 9, 2), g["line"], pad=2),
    )  # fmt: skip
    check(
        "upward", x, double=conv_transpose(z, g["t"], 2), apart=conv_transpose(z, g["t"], (3, 4)), near=conv_transpose(z, g["t"]),
        part=conv_transpose(z, g["up.weight"], 2) + g["up.bias"][:, None, None],
    )  # fmt: skip
    x, z = image(B, 4, H, 5)
    check("grouped", x, y=conv(z, g["d"], pad=(2, 0), groups=2))
    x, z = image(B, 4, H, 17)
    check(
        "apart", x, y=conv(z, g["each"], pad=(2, 2), groups=4, dilation=(2, 2)),
        z=conv(z[:, :, :3], g["each"], stride=(2, 1), pad=(1, 3), groups=4),
        even=conv(z, g["each"], stride=(1, 2), pad=1, groups=4),
    )  # fmt: skip
    x, z = image(B, 3, N)
    check("past", x, y=conv(z, g["causal"], pad=4, groups=3)[:, :, :N])
    x, z = image(B, 3, 4 * N + 3)
    check("lines", x, y=conv(z, g["line"], stride=2, pad=1))
    x, z = image(N, 3, H, W, 4)
    check("volume", x, y=conv(z, g["cube"]))
    x, z = image(B, 4, 5, H)
    check("cut", x, y=conv_transpose(z, g["u"], (2, 3), (1, 2), groups=2))
    x, z = image(B, 3, N)
    check("long", x, y=conv_transpose(z, g["v"], 3, 1))
    x, z = image(B, 3, H, 2, N)
    check("solid", x, y=conv_transpose(z, g["w"], (2, 1, 2)))
