# RUN: %python %s %tenonc %t
"""KAT agrees with float64 NumPy at odd widths of groups, at batch 0 to 17, on
every code level."""

from support import arguments, check_network, levels
from systems import Kat

SIZES = [
    {},
    {"image": 9, "patch": 3, "D": 40, "depth": 3, "heads": 5, "classes": 1},
    {"image": 8, "patch": 8, "channels": 1, "D": 8, "depth": 1, "heads": 1},
]

tenonc, scratch, _ = arguments()
for sizes in SIZES:
    system = Kat(**sizes)
    program = system.compile(tenonc, scratch)
    plain_error = system.plain_error(system.inputs(65))
    for batch in (0, 1, 3, 17):
        inputs = system.inputs(batch)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            check_network(f"{sizes}, batch {batch}, {level}", result, truth, plain_error)
