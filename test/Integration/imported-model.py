# RUN: %python %s %tenonc %t
"""A model that serves as a part of another computes what NumPy does, for every size
that its calls bind its dims to, and so does an entry that calls others of its model."""

import shutil

import numpy as np

from support import arguments, check_network, compile_model, levels
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()
shutil.copy(__file__.rsplit("/", 2)[0] + "/Frontends/Inputs/teacher.tenon", scratch)
source = scratch / "student.tenon"
source.write_text(
    """
from "teacher.tenon" import teacher as expert

model student[D = 6]:
    dim B
    t: expert[D = D]
    frozen old: expert[D = D]

    entry both(x: [B, 5, D]) -> (y: [2 * B, 3], z: [B, 3]):
        twice = concat([x, 2 * x], axis = 0)
        return t(twice) + old.forward(twice[:, 1:]), t.difference(x)
"""
)
D = 6
shapes = {
    f"{part}.{name}": shape
    for part in ("t", "old")
    for name, shape in {
        "mark": (1, D),
        "body.weight": (D, D),
        "body.bias": (D,),
        "head.weight": (3, D),
        "head.bias": (3,),
    }.items()
}


def linear(p, part, x):
    return x @ p[part + ".weight"].T + p[part + ".bias"]


def forward(p, part, x):
    mark = np.broadcast_to(p[part + ".mark"], (len(x), 1, D))
    tokens = np.concatenate([mark, linear(p, part + ".body", x)], axis=1)
    return linear(p, part + ".head", tokens.mean(1))


def both(p, x):
    twice = np.concatenate([x, 2 * x])
    features = linear(p, "t.body", x)
    y = forward(p, "t", twice) + forward(p, "old", twice[:, 1:])
    return {"y": y, "z": forward(p, "t", x) - forward(p, "t", features[:, :1])}


weights = random_weights(shapes)
program = compile_model(tenonc, source, scratch / "student").with_weights(weights)
for batch in (1, 3):
    x = np.random.default_rng(batch).standard_normal((batch, 5, D)).astype(np.float32)
    truth = both(widened(weights), x.astype(np.float64))
    for name, plain in both(weights, x).items():
        plain_error = np.linalg.norm(plain - truth[name]) / np.linalg.norm(truth[name])
        for level in levels():
            result = program(name, options=["--level", level], x=x)
            check_network(f"{name}, batch {batch}, {level}", result, truth[name], plain_error)
