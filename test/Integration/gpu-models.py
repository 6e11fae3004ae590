# RUN: %python %s %tenonc %t %emulation
"""Whole models on a GPU, emulated: the same executable with --device=cuda gives what NumPy in
float64 gives, every launch the same bits in all schedules of the emulator; sizes seen before
run again from a graph; without a driver --device=auto runs on the CPU and says so."""

import os
import subprocess

from support import arguments, check_equal_bits, check_network, relative_frobenius
from systems import Grok, GrokTransformer, Karat, Kat, Llama, Macaron, Minilm, Minimal, Mot, Pooling, Uat, Vit

tenonc, scratch, (emulation,) = arguments()
emulated = {"LD_LIBRARY_PATH": emulation, "TENON_EMULATION_COMPARE": "1", "TENON_EMULATION_SEED": "0,1,2,3"}


def run(program, system, inputs, device, environment):
    """The result of a run on a device."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        return program(system.result, options=["--device", device], **inputs)
    finally:
        os.environ.clear()
        os.environ.update(before)


for system, sizes in (
    (Vit(), [(1,), (3,)]),
    (Kat(), [(2,)]),
    (Minilm(), [(1, 1), (3, 17)]),
    (Mot(), [(2, 7)]),
    (Llama(), [(1, 5)]),
    (Uat(), [(3,)]),
    (Grok(), [(5,)]),
    (GrokTransformer(), [(5,)]),
    (Minimal(), [(2,)]),
    (Macaron(), [(3, 7, 5)]),
    (Pooling(), [(2, 9)]),
    (Karat(), [(2,)]),
):
    name = type(system).__name__
    program = system.compile(tenonc, scratch, options=["--target=cuda", "--emulated", "--mcpu=native"])
    for size in sizes:
        inputs = system.inputs(*size)
        result = run(program, system, inputs, "cuda", emulated)
        check_network(f"{name} {size}", result, system.reference(inputs), system.plain_error(inputs))

# Products of bf16: code for any GPU, and for those whose warpgroups multiply. Rounding a factor changes it
# by 2^-9 of it at most.
for model, size in ((Vit(D=64, heads=2), (2,)), (Kat(), (2,)), (Minilm(), (3, 17)), (Llama(), (1, 5))):
    name = type(model).__name__
    options = ["--target=cuda", "--emulated", "--mcpu=native", "--precision", "compute=bf16"]
    narrow = model.compile(tenonc, scratch, options=options)
    given = model.inputs(*size)
    reference = model.reference(given)
    for capability in "8.0", "9.0":
        result = run(narrow, model, given, "cuda", {**emulated, "TENON_EMULATION_CC": capability})
        error = relative_frobenius(result, reference)
        print(f"{name}, bf16, compute capability {capability}: relative error {error:.1e}")
        assert 1e-5 < error <= 3e-2, (name, capability, error)

# Without a driver: a note, and the CPU's bits.
note = subprocess.run(
    [program.path, "info"], capture_output=True, text=True, env={**os.environ, "LD_LIBRARY_PATH": ""}
).stdout
if "no CUDA driver" in note:
    cpu, auto = (run(program, system, inputs, device, {}) for device in ("cpu", "auto"))
    check_equal_bits("auto without a driver", auto, cpu)
