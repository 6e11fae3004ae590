# RUN: %python %s %tenonc %t
"""A row's result does not depend on the batch it is in: alone and in batches
of 2, 3, 17 and 64 it has the same bits."""

import numpy as np

from support import arguments, check_equal_bits, levels
from systems import SYSTEMS

tenonc, scratch, _ = arguments()
ROWS = 64
SAMPLE = (0, 1, 16, 62, 63)

for name, make in SYSTEMS.items():
    system = make()
    program = system.compile(tenonc, scratch)
    inputs = system.inputs(ROWS)
    for level in levels():

        def run(rows):
            part = {key: value[rows] for key, value in inputs.items()}
            return program(system.result, options=["--level", level], **part)

        whole = run(np.arange(ROWS))
        for row in SAMPLE:
            check_equal_bits(
                f"{name}, {level}, row {row} alone", run([row]), whole[row : row + 1]
            )
        for size in (2, 3, 17):
            rows = np.arange(ROWS - size, ROWS)[::-1]
            check_equal_bits(f"{name}, {level}, batch {size}", run(rows), whole[rows])
