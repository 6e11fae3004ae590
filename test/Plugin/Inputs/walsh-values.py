"""usage: walsh-values.py TENONC SCRATCH PLUGIN: the example's model beside NumPy in f64."""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Integration"))
from support import arguments, check_network, compile_model  # noqa: E402
from support import run_command  # noqa: E402

tenonc, scratch, (plugin,) = arguments()
source = HERE.parent / "Walsh" / "mixing.tenon"
load = ["--load-dialect-plugin", plugin]
D, out, levels = 16, 5, 3
program = compile_model(tenonc, source, scratch / "mixing", options=load)
rng = np.random.default_rng(1)
shapes = {"kan.coef": (out, D, 2**levels - 1), "kan.weight": (out, D)}
weights = {n: rng.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
program = program.with_weights(weights)

signs = np.array([[(-1) ** bin(i & j).count("1") for i in range(D)] for j in range(D)])


def wavelets(x):
    terms = []
    for level in range(levels):
        t = x[..., None] * 2**level - np.arange(2**level)
        terms.append(np.where((t < 0) | (t >= 1), 0, np.where(t < 0.5, 1, -1)))
    return np.concatenate(terms, axis=-1)


def expected(x):
    spectrum = x @ signs.T / np.sqrt(D)
    u = 1 / (1 + np.exp(-spectrum))
    y = np.einsum("bnik,oik->bno", wavelets(u), weights["kan.coef"])
    return spectrum, y + (u / (1 + np.exp(-u))) @ weights["kan.weight"].T


for B, N in [(1, 1), (2, 3), (1, 17), (3, 197), (0, 4)]:
    x = rng.standard_normal((B, N, D)).astype(np.float32)
    spectrum, y = expected(x.astype(np.float64))
    check_network(f"spectrum, {B}, {N}", program("spectrum", x=x), spectrum)
    check_network(f"y, {B}, {N}", program("y", x=x), y)
np.save(scratch / "x.npy", rng.standard_normal((2, 5, D)).astype(np.float32))
run_command([tenonc, "verify", *load, source, "--weights", program.weights,
             "--input", f"x={scratch / 'x.npy'}"])  # fmt: skip
