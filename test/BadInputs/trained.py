"""What the tables of training share: a small model and runs of its command `train`."""

import json

import numpy as np

from rows import call

MODEL = """model m:
    dim B
    fc: linear[3]
    frozen param scale: [4] = 1

    entry f(x: [B, 4]) -> (y: [B, 3]):
        return fc(x * scale)

    train fit(x: [B, 4], label: i64[B]):
        minimize cross_entropy(f(x), label)
        update "*" with adamw[0.01]
        defaults steps = 20, batch = 4
"""


def save(r, data=None):
    """The options that give ten samples, or `data`."""
    rng = np.random.default_rng(1)
    options = []
    for name, array in (data or {"x": rng.standard_normal((10, 4), dtype="f4"), "label": np.arange(10) % 3}).items():
        np.save(r.folder / f"{name}.npy", array)
        options += ["--input", f"{name}={name}.npy"]
    return options


def trained(r, *options, code=0, wanted=(), data=None, program=None, checkpoint="c.st", **keywords):
    """A run of `train` on ten samples, or on `data`; its result."""
    line = ["train", "--checkpoint", checkpoint, "--log", "log.jsonl", *save(r, data)]
    result = call([str(program or r.folder / "model"), *line, *map(str, options)], r.folder, **keywords)
    if code == 0:
        r.check(result.code == 0, f"{options}: exit {result.code}: {result.err[:500]}")
    else:
        r.contract(result, code, wanted, str(options), bounds=False)
    return result


def lines(r):
    """The lines of the last run's log."""
    return [json.loads(line) for line in (r.folder / "log.jsonl").read_text().splitlines()]
