# RUN: %python %s %tenonc %t
"""random_shift of the library: in training each image has moved as a whole, zeros have
moved in, and each of the moves that there are occurs; in an entry images stay."""

import itertools

import numpy as np

from support import arguments, compile_model, run_command
from weights_io import read_safetensors

MODEL = """
block moved[most](x: [B, C, H, W]) -> [B, C, H, W]:
    state seen: [400, 2, 4, 3] = 0
    y = random_shift(x, most)
    if training: seen := y
    return y

model shifts[most = 2]:
    move: moved[most]
    param scale: [] = 1

    entry same(x: [400, 2, 4, 3]) -> (y: [400, 2, 4, 3]):
        return move(x) * scale

    train fit(x: [400, 2, 4, 3]):
        minimize mean(same(x), ".. ->")
        update "*" with sgd[0.0]
        defaults steps = 1
"""

tenonc, scratch, _ = arguments()
(scratch / "shifts.tenon").write_text(MODEL)
x = np.random.default_rng(1).standard_normal((400, 2, 4, 3)).astype(np.float32)
np.save(scratch / "x.npy", x)
for most in (0, 1, 2):
    program = compile_model(tenonc, scratch / "shifts.tenon", scratch / f"shifts{most}", {"most": most}, options=["--train"])
    checkpoint = scratch / "c.safetensors"
    run_command([program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--checkpoint", checkpoint])
    seen = read_safetensors(checkpoint)["move.seen"]
    padded = np.pad(x, ((0, 0), (0, 0), (most, most), (most, most)))
    steps = list(itertools.product(range(2 * most + 1), repeat=2))
    moves = np.stack([padded[:, :, r : r + 4, c : c + 3] for r, c in steps])
    hits = (moves == seen).all((2, 3, 4))
    assert (hits.sum(0) >= 1).all(), "an image is none of its moves"
    counts = (hits / hits.sum(0)).sum(1)
    print(f"at most {most}: {counts}")
    assert counts.min() > 0.2 * 400 / len(steps) and counts.max() < 2.5 * 400 / len(steps), counts
    result = program("y", options=["--weights", checkpoint], x=x)
    assert np.array_equal(result, x), "an entry moves images"
