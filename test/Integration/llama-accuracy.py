# RUN: %python %s %tenonc %t
"""A Llama agrees with float64 NumPy: shared and separate keys, tied tables, odd
lengths from 0 to 197, batch 0 to 3, on every code level."""

from support import arguments, check_network, levels
from systems import Llama

SIZES = [
    {},
    {"D": 30, "layers": 1, "heads": 3, "kv_heads": 3, "hidden": 17, "vocab": 5},
    {"D": 20, "layers": 3, "heads": 5, "kv_heads": 1, "hidden": 33, "tied": True},
]

tenonc, scratch, _ = arguments()
for sizes in SIZES:
    system = Llama(**sizes)
    program = system.compile(tenonc, scratch)
    plain_error = system.plain_error(system.inputs(9, 63))
    for batch, tokens in ((0, 9), (1, 0), (1, 1), (3, 17), (2, 197)):
        inputs = system.inputs(batch, tokens)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            what = f"{sizes}, batch {batch}, {tokens} tokens, {level}"
            check_network(what, result, truth, plain_error)
