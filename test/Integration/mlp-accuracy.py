# RUN: %python %s %tenonc %t
"""The perceptron, as model text and as a hand-written module, agrees with
float64 NumPy at sizes that are multiples of nothing, at batch 0 to 65, on every
code level."""

from support import arguments, check_network, levels
from systems import HandWrittenMlp, Mlp

SYSTEMS = [
    HandWrittenMlp(),
    Mlp(I=7, H=13, O=5),
    Mlp(I=1, H=1, O=40),
    Mlp(I=65, H=129, O=33),
    Mlp(I=4099, H=17, O=30),
]

tenonc, scratch, _ = arguments()
for system in SYSTEMS:
    program = system.compile(tenonc, scratch)
    plain_error = system.plain_error(system.inputs(65))
    for batch in (0, 1, 3, 17, 65):
        inputs = system.inputs(batch)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            what = f"{system.sizes}, batch {batch}, {level}"
            check_network(what, result, truth, plain_error)
