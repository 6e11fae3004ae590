# RUN: %python %s %tenonc %t
"""An index that names an element of a dynamic axis makes the dim as large as that: the
program refuses a smaller one by its input, and never reads beyond it."""

import subprocess

import numpy as np

from support import arguments, compile_model

MODEL = """
fn ends(x: [B, N]) -> [B, 2] = stack([x[:, 0], x[:, -1]], axis = -1)

model indexed:
    dim B, N, M, K, R, S
    require 4 | K

    entry places(x: [B, N]) -> (few: [B, 2], third: [B]):
        return ends(x), x[:, 2]
    entry inner(x: [B, M]) -> (few: [B, 2], back: [B]):
        return ends(x), x[:, -3]
    entry outer(x: [B, 2 * M + 1]) -> (few: [B, 2], back: [B]):
        return inner(x)
    entry multiple(x: [B, K]) -> (y: [B]):
        return x[:, 5]
    entry product(x: [R, S]) -> (y: []):
        return rearrange(x, "R S -> (R S)")[-1]
"""

tenonc, scratch, _ = arguments()
(scratch / "indexed.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "indexed.tenon", scratch / "indexed")
rng = np.random.default_rng(1)


def refused(entry, output, shape, message):
    np.save(scratch / "x.npy", np.zeros(shape, np.float32))
    command = [program.path, "run", "--entry", entry, "--input", f"x={scratch}/x.npy", "--output", f"{output}={scratch}/y.npy"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and message in done.stderr, (entry, shape, done)


def holds(entry, output, x, truth):
    result = program(output, options=["--entry", entry], x=x)
    assert np.array_equal(result, truth), (entry, output, x.shape, result, truth)


for B, N in ((0, 3), (1, 3), (3, 7), (2, 33)):
    x = rng.standard_normal((B, N)).astype(np.float32)
    holds("places", "few", x, x[:, [0, -1]])
    holds("places", "third", x, x[:, 2])
    holds("inner", "few", x, x[:, [0, -1]])
    holds("inner", "back", x, x[:, -3])
    x = rng.standard_normal((B, 2 * N + 1)).astype(np.float32)
    holds("outer", "few", x, x[:, [0, -1]])
    holds("outer", "back", x, x[:, -3])
    x = rng.standard_normal((B, 4 * N)).astype(np.float32)
    holds("multiple", "y", x, x[:, 5])
    if B:
        holds("product", "y", x, x[-1, -1])

for N in range(3):
    refused("places", "few", (2, N), f"size 'N' is {N} (input 'x', dimension 1); expected at least 3")
    refused("inner", "few", (2, N), f"size 'M' is {N} (input 'x', dimension 1); expected at least 3")
refused("multiple", "y", (2, 4), "size 'K_4' is 1 (input 'x', dimension 1); expected at least 2")
refused("product", "y", (0, 4), "size 'R' is 0 (input 'x', dimension 0); expected at least 1")
refused("product", "y", (4, 0), "size 'S' is 0 (input 'x', dimension 1); expected at least 1")
