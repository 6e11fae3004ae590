# RUN: %python %s %tenonc %t
"""Minimal Transformers that must compute the same do: the maps to queries and keys merged into
one matrix, those to values and results folded into one, a triangle per head and the block
diagonal matrix of these triangles, keys that are queries, a feed-forward network of zeros
and none."""

import numpy as np

from support import arguments, check_network
from systems import Minimal

tenonc, scratch, _ = arguments()
inputs = Minimal().inputs(9)


def compiled(name, **sizes):
    system = Minimal(**sizes)
    return system, system.compile(tenonc, scratch, ["--mcpu=native"], name=name)


def check(what, program, weights, shapes, expected):
    assert {name: value.shape for name, value in weights.items()} == shapes, what
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    check_network(what, program.with_weights(weights)("logits", **inputs), expected.astype(np.float64))


full, program = compiled("full", heads=1)
expected, given = program("logits", **inputs), {k: v.astype(np.float64) for k, v in full.weights.items()}

# q . k = (Wk^T (Wq a + bq)) . b, and what is left is the same for all keys.
merged, other = compiled("merged", heads=1, similarity="merged")
weights = {name: value for name, value in given.items() if ".wq." not in name and ".wk." not in name}
for l in range(2):
    keys = given[f"attn.{l}.wk.weight"].T
    weights[f"attn.{l}.wqk.weight"] = keys @ given[f"attn.{l}.wq.weight"]
    weights[f"attn.{l}.wqk.bias"] = keys @ given[f"attn.{l}.wq.bias"]
check("queries and keys merged", other, weights, merged.shapes(), expected)

weights = dict(given)
for l in range(2):
    results = given[f"attn.{l}.wo.weight"]
    for part in ("weight", "bias"):
        weights[f"attn.{l}.wv.{part}"] = results @ given[f"attn.{l}.wv.{part}"]
    weights[f"attn.{l}.wo.weight"] = np.eye(len(results))
check("values and results folded", program, weights, full.shapes(), expected)

shared, other = compiled("shared", similarity="shared")
expected = other("logits", **inputs)
separate, program = compiled("separate")
weights = {name: shared.weights[name.replace(".wk.", ".wq.")] for name in separate.weights}
check("keys that are queries", program, weights, separate.shapes(), expected)

triangles, other = compiled("triangles", similarity="cholesky")
weights = {name: value for name, value in triangles.weights.items() if not name.endswith(".t")}
for l in range(2):
    square = np.zeros((12, 12))
    for head, packed in enumerate(triangles.weights[f"attn.{l}.t"]):
        block = np.zeros((4, 4))
        block[np.tril_indices(4)] = packed
        square[4 * head : 4 * head + 4, 4 * head : 4 * head + 4] = block
    for name in ("wq", "wk"):
        weights[f"attn.{l}.{name}.weight"], weights[f"attn.{l}.{name}.bias"] = square.T, np.zeros(12)
check("triangles", program, weights, separate.shapes(), other("logits", **inputs))

without, other = compiled("without", mlp=False)
weights = {**separate.weights, **without.weights}
for l in range(2):
    for part in ("weight", "bias"):
        weights[f"net.{l}.fc2.{part}"] = 0 * weights[f"net.{l}.fc2.{part}"]
check("a network of zeros", program, weights, separate.shapes(), other("logits", **inputs))
