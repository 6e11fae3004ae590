# RUN: %python %s %tenonc %t
"""The Macaron net as BERT agrees with float64 NumPy, scores of words and of the order of sentences:
padding, odd lengths, no and several chosen rows, batch 0 to 3, on every code level. Gradients by all
of its parameters agree with differences of the reference; the row of segments that stays zero has none."""

import numpy as np

from gradient_checks import check_gradients
from support import arguments, check_network, levels
from systems import MacaronBert
from weights_io import widened

tenonc, scratch, _ = arguments()
for number, sizes in enumerate(({}, {"D": 20, "heads": 5, "layers": 1, "hidden": 17})):
    system = MacaronBert(**sizes)
    program = system.compile(tenonc, scratch, name=f"bert{number}")
    for batch, tokens, rows in ((0, 3, 0), (1, 1, 1), (3, 17, 9), (2, 40, 0)):
        inputs = system.inputs(batch, tokens, rows)
        truths = system.both(widened(system.weights), **inputs)
        for level in levels():
            for result, truth in zip(("words", "follows"), truths):
                given = program(result, options=["--level", level], **inputs)
                check_network(f"{result}, {sizes}, batch {batch}, {tokens} tokens, {level}", given, truth)

system = MacaronBert(layers=1)
system.weights = system.random_weights()
types = ("i64[B, N]", "i64[B, N]", "i64[P]", "[P, 31]")
inputs = system.inputs(3)
gradients = check_gradients(
    tenonc, scratch / "gradients", system, inputs, types, dims="B, N, P", part=".words", drop=0.0
)
assert (gradients["encoder.embed_segment.weight"][1] == 0).all(), "the row that stays zero is moved"
