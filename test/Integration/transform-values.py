# RUN: %python %s %tenonc %t
"""Cosine and Fourier transforms agree with float64 NumPy: odd, even, one and dynamic
sizes, several axes, long lines, and back again."""

import numpy as np

from support import arguments, check_positions, compile_model

MODEL = """
model transforms[n = 7]:
    dim B, N
    param w: [3, n]

    entry cosine(x: [B, n, N]) -> (last: [B, n, N], middle: [B, n, N], all: [B, n, N], front: [B, n, N], same: [B, n, N]):
        return dct(x), dct(x, axes = [-2]), dct(x, axes = [0, 1, 2]), dct(x, axes = [-3]), idct(dct(x, axes = [-1, 1]), axes = [1, -1])
    entry back(x: [B, n, N]) -> (y: [B, n, N], z: [B, n, N]):
        return idct(x), idct(x, axes = [-3, -2])
    entry fourier_lines(x: [B, n], z: [B, 2 * N]) -> (re: [B, n // 2 + 1], im: [B, n // 2 + 1], wide: [B, N + 1], turned: [B, N + 1]):
        a, b = rfft(z)
        re, im = rfft(x)
        return re, im, a, b
    entry inverse(re: [B, n // 2 + 1], im: [B, n // 2 + 1]) -> (y: [B, n], even: [B, 2 * (n // 2)]):
        return irfft(re, im, n), irfft(re, im)
    entry weights() -> (re: [3, n // 2 + 1], im: [3, n // 2 + 1]):
        return rfft(w)
"""

tenonc, scratch, _ = arguments()
(scratch / "transforms.tenon").write_text(MODEL)
rng = np.random.default_rng(1)


def table(n):
    k, i = np.arange(n)[:, None], np.arange(n)[None]
    return np.cos(np.pi * (2 * i + 1) * k / (2 * n)) * np.where(k == 0, 1, np.sqrt(2)) / np.sqrt(max(n, 1))


def dct(x, *axes, back=False):
    for axis in axes:
        matrix = table(x.shape[axis])
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ (matrix if back else matrix.T), -1, axis)
    return x


def close(program, entry, output, truth, options=(), **inputs):
    """Up to the rounding of lines of this length."""
    result = program(output, options=["--entry", entry, *options], **inputs)
    check_positions(f"{entry} {output}", result, truth)
    bar = 4e-7 * np.sqrt(truth.shape[-1] + 1) * max(np.abs(truth).max(initial=0), 1)
    worst = np.abs(result - truth).max(initial=0)
    assert worst <= bar, (entry, output, worst, bar)


for n in (7, 8, 1):
    program = compile_model(tenonc, scratch / "transforms.tenon", scratch / f"transforms{n}", {"n": n})
    w = rng.standard_normal((3, n)).astype(np.float32)
    program = program.with_weights({"w": w})
    truth = np.fft.rfft(w.astype(np.float64))
    close(program, "weights", "re", truth.real)
    close(program, "weights", "im", truth.imag)
    for B, N in ((1, 1), (3, 65), (0, 4)):
        x = rng.standard_normal((B, n, N)).astype(np.float32)
        wide = x.astype(np.float64)
        close(program, "cosine", "last", dct(wide, 2), x=x)
        close(program, "cosine", "middle", dct(wide, 1), x=x)
        close(program, "cosine", "all", dct(wide, 0, 1, 2), x=x)
        close(program, "cosine", "front", dct(wide, 0), x=x)
        close(program, "cosine", "same", wide, x=x)
        close(program, "back", "y", dct(wide, 2, back=True), x=x)
        close(program, "back", "z", dct(wide, 0, 1, back=True), x=x)
        x = rng.standard_normal((B, n)).astype(np.float32)
        z = rng.standard_normal((B, 2 * N)).astype(np.float32)
        short, long = np.fft.rfft(x.astype(np.float64)), np.fft.rfft(z.astype(np.float64))
        for output, truth in {"re": short.real, "im": short.imag, "wide": long.real, "turned": long.imag}.items():
            close(program, "fourier_lines", output, truth, x=x, z=z)
        re, im = (rng.standard_normal((B, n // 2 + 1)).astype(np.float32) for _ in range(2))
        whole = re.astype(np.float64) + 1j * im
        close(program, "inverse", "y", np.fft.irfft(whole, n), re=re, im=im)
        if n > 1:
            close(program, "inverse", "even", np.fft.irfft(whole), re=re, im=im)

# Angles of long lines lose nothing: position times frequency is far beyond what f32 holds.
program = compile_model(tenonc, scratch / "transforms.tenon", scratch / "long", {"n": 1})
x = rng.standard_normal((1, 1, 6001)).astype(np.float32)
program = program.with_weights({"w": np.zeros((3, 1), np.float32)})
close(program, "cosine", "last", dct(x.astype(np.float64), 2), x=x)
