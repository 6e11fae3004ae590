# RUN: %python %s %tenonc %t
"""Equal layers share their kernels: MiniLM with 48 layers holds the same
functions as with 6, and a deep model's result is still right."""

import shutil

from support import ROOT, arguments, check_network, run_command
from systems import Minilm

tenonc, scratch, _ = arguments()
nm = shutil.which("llvm-nm") or "llvm-nm-22"


def functions(layers):
    """Names of the functions in the object of MiniLM with so many layers."""
    output = scratch / f"{layers}.o"
    source = ROOT / "models" / "minilm.tenon"
    run_command([tenonc, source, f"-Dlayers={layers}", "--emit=obj", "-o", output])
    lines = run_command([nm, "--defined-only", output]).splitlines()
    return sorted(line.split()[-1] for line in lines if line.split()[-2] in "Tt")


few, many = functions(6), functions(48)
assert few and few == many, f"{len(few)} functions in 6 layers, {len(many)} in 48"

deep = Minilm(layers=24)
program = deep.compile(tenonc, scratch)
inputs = deep.inputs(5, 9)
check_network("24 layers", program(deep.result, **inputs), deep.reference(inputs))
