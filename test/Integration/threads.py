# RUN: %python %s %tenonc %t
"""Neither the number of threads nor another run changes a bit of the result."""

from support import arguments, check_equal_bits, levels
from systems import SYSTEMS

tenonc, scratch, _ = arguments()
SIZES = {
    "mlp": {"I": 67, "H": 301, "O": 45},
    "vit": {"D": 36, "classes": 101},
    "minilm": {"D": 36, "hidden": 131, "positions": 50},
    "kat": {"D": 40, "heads": 5, "classes": 101},
    "llama": {"D": 36, "heads": 3, "kv_heads": 1, "hidden": 131},
    "mot": {"D": 36, "heads": 3, "vocab": 101},
}
INPUTS = {"mlp": [129], "vit": [33], "minilm": [13, 45], "kat": [33], "llama": [5, 111], "mot": [5, 111]}

for name, make in SYSTEMS.items():
    system = make(**SIZES[name])
    program = system.compile(tenonc, scratch)
    for inputs in (system.inputs(*INPUTS[name]), system.inputs(1)):
        for level in levels():
            options = ["--level", level]
            one = program(system.result, threads=1, options=options, **inputs)
            for threads in (1, 2, 3, 4, 5, 16):
                result = program(
                    system.result, threads=threads, options=options, **inputs
                )
                check_equal_bits(f"{name}, {level}, {threads} threads", result, one)
