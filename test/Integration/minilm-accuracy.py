# RUN: %python %s %tenonc %t
"""MiniLM at small odd sizes agrees with float64 NumPy. One executable serves
every batch and sequence size up to its limit; a row of padding alone gives
zeros; token kinds are optional."""

from support import arguments, check_network, levels
from systems import Minilm

SIZES = [
    {},
    {"D": 35, "layers": 3, "heads": 7, "hidden": 65, "vocab": 3, "positions": 40},
]

tenonc, scratch, _ = arguments()
for sizes in SIZES:
    system = Minilm(**sizes)
    program = system.compile(tenonc, scratch)
    longest = system.sizes["positions"]
    for tokens in (1, 2, 17, longest):
        plain_error = system.plain_error(system.inputs(33, tokens))
        for batch in (0, 1, 3, 17):
            inputs = system.inputs(batch, tokens)
            truth = system.reference(inputs)
            for level in levels():
                what = f"{sizes}, batch {batch}, {tokens} tokens, {level}"
                result = program(system.result, options=["--level", level], **inputs)
                check_network(what, result, truth, plain_error)
                if batch > 2:
                    assert not result[-1].any(), f"{what}: padding row is not 0"

    inputs = system.inputs(3, 5)
    del inputs["kinds_of"]
    result = program(system.result, **inputs)
    check_network("without kinds", result, system.reference(inputs))
