# RUN: %python %s %tenonc %t
"""The text of every stage is an input of the compiler too, and leads to the
same executable as the model does."""

from support import Executable, arguments, check_equal_bits, compile_model, run_command
from systems import SYSTEMS

tenonc, scratch, _ = arguments()
STAGES = ("tenon", "kernel")

for name, make in SYSTEMS.items():
    system = make()
    program = system.compile(tenonc, scratch)
    inputs = system.inputs(3)
    expected = program(system.result, **inputs)
    defines = [f"-D{key}={value}" for key, value in system.sizes.items()]
    for stage in STAGES:
        text = scratch / f"{name}.{stage}.mlir"
        run_command([tenonc, system.source, *defines, f"--emit={stage}", "-o", text])
        again = compile_model(tenonc, text, scratch / f"{name}.{stage}")
        again = Executable(again.path, program.weights)
        check_equal_bits(f"{name} from {stage}", again(system.result, **inputs), expected)
