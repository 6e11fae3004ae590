# RUN: %python %s %tenonc %t
"""The Vision Transformer, with an MLP and with the rational functions of KAT,
agrees with float64 NumPy at odd widths, patches and depths, at batch 0 to 17, on
every code level."""

from support import arguments, check_network, levels
from systems import Kat, Vit

SYSTEMS = [
    Vit(),
    Vit(image=9, patch=3, D=20, depth=3, heads=5, classes=1),
    Vit(image=8, patch=8, channels=1, D=33, depth=1, heads=1),
    Kat(),
    Kat(image=9, patch=3, D=40, depth=3, heads=5, classes=1),
    Kat(image=8, patch=8, channels=1, D=8, depth=1, heads=1),
]

tenonc, scratch, _ = arguments()
for system in SYSTEMS:
    name = f"{type(system).__name__} {system.sizes}"
    program = system.compile(tenonc, scratch)
    plain_error = system.plain_error(system.inputs(65))
    for batch in (0, 1, 3, 17):
        inputs = system.inputs(batch)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            check_network(f"{name}, batch {batch}, {level}", result, truth, plain_error)
