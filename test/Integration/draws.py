# RUN: %python %s %tenonc %t
"""Random numbers of a step are those of Philox 4x32-10 by seed, step, draw and place;
dropout leaves out the same elements in both passes."""

import json

import numpy as np

from philox import philox, unit
from support import arguments, compile_model, run_command
from weights_io import read_safetensors

MODEL = """
model draws:
    dim B
    param w: [5, 7] = 1

    entry forward(x: [B]) -> (y: [B]):
        return x * sum(w, ".. ->")

    train fit(x: [B]):
        u = random_uniform(5, 7, low = -1.0, high = 3.0)
        n = random_normal(2000, mean = 1.0, std = 2.0)
        minimize sum(dropout(w, 0.25), ".. ->") * mean(x, "B ->")
        metric first = u[0, 0]
        metric total = sum(u, ".. ->")
        metric center = mean(n, ".. ->")
        metric spread = mean((n - 1) ^ 2, ".. ->")
        metric other = sum(random_uniform(5, 7, low = -1.0, high = 3.0, stream = "data"), ".. ->")
        update "*" with sgd[1.0]
        defaults steps = 4
"""
SEED = 2**20 + 77

known = philox([np.zeros(1), 0, 0, 0], 0)  # of the authors' library
assert [int(x[0]) for x in known] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]

tenonc, scratch, _ = arguments()
source = scratch / "draws.tenon"
source.write_text(MODEL)
program = compile_model(tenonc, source, scratch / "draws", options=["--train"])
np.save(scratch / "x.npy", np.full(3, 0.5, np.float32))
log, checkpoint = scratch / "log.jsonl", scratch / "c.safetensors"
run_command([program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--seed", SEED,
             "--log", log, "--checkpoint", checkpoint])  # fmt: skip
w = np.ones(35)
others = []
for line in map(json.loads, log.read_text().splitlines()):
    step = line["step"]
    u = 4 * unit(35, step, 0, SEED) - 1
    radius = np.sqrt(-2 * np.log(1 - unit(2000, step, 1, SEED)))
    n = 1 + 2 * radius * np.cos(2 * np.pi * unit(2000, step, 1, SEED, word=1))
    kept = unit(35, step, 2, SEED) >= 0.25
    truth = {
        "first": u[0], "total": u.sum(), "center": n.mean(), "spread": ((n - 1) ** 2).mean(),
        "loss": (w * kept).sum() / 0.75 * 0.5,
    }  # fmt: skip
    for name, value in truth.items():
        assert abs(line[name] - value) <= 1e-5 * max(1, abs(value)), (step, name, line[name], value)
    w = w - kept * 0.5 / 0.75
    others.append(line["other"])
    assert abs(line["other"] - line["total"]) > 1e-3, "a stream of its own draws the same"
assert len(set(others)) == 4, others
error = np.abs(read_safetensors(checkpoint)["w"].ravel() - w).max()
assert error < 1e-5, f"the derivative has another mask than the loss: {error}"
