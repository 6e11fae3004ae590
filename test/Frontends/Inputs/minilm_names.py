"""Compares the names tenonc lists with those of the published MiniLM file:
minilm_names.py LISTING."""

import pathlib
import sys

D, HIDDEN = 384, 1536


def linear(name, width, depth):
    yield f"{name}.weight", (width, depth)
    yield f"{name}.bias", (width,)


def norm(name):
    yield f"{name}.weight", (D,)
    yield f"{name}.bias", (D,)


def published():
    for table, rows in (("word", 30522), ("position", 512), ("token_type", 2)):
        yield f"embeddings.{table}_embeddings.weight", (rows, D)
    yield from norm("embeddings.LayerNorm")
    for index in range(6):
        layer = f"encoder.layer.{index}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            yield from linear(f"{layer}.attention.{name}", D, D)
        yield from norm(f"{layer}.attention.output.LayerNorm")
        yield from linear(f"{layer}.intermediate.dense", HIDDEN, D)
        yield from linear(f"{layer}.output.dense", D, HIDDEN)
        yield from norm(f"{layer}.output.LayerNorm")


expected = {f"{name} f32{list(shape)}" for name, shape in published()}
listed = pathlib.Path(sys.argv[1]).read_text().splitlines()
if len(expected) != 101 or len(listed) != 101 or set(listed) != expected:
    sys.exit(f"differ: {sorted(set(listed) ^ expected)}, {len(listed)} listed")
