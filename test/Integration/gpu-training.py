# RUN: %python %s %tenonc %t %emulation
"""Training on a GPU, emulated: gradients by all parameters agree with differences of the float64
references; steps of AdamW give the losses and the parameters that the same program gives on the CPU,
every launch the same bits in all schedules of the emulator."""

import json

import numpy as np

from gradient_checks import check_gradients
from support import arguments, compile_model, environment, relative_frobenius, run_command
from systems import Kat, Mot, Vit
from weights_io import random_weights, read_safetensors, write_safetensors

tenonc, scratch, (emulation,) = arguments()
emulated = environment(LD_LIBRARY_PATH=emulation, TENON_EMULATION_COMPARE=1, TENON_EMULATION_SEED="0,1,2,3")
STEPS = 4


def train(program, name, device, inputs):
    """The lines of the log and the tensors of the checkpoint of a training."""
    log, checkpoint = scratch / f"{name}.jsonl", scratch / f"{name}.safetensors"
    command = [program.path, "train", "--weights", program.weights, "--device", device, "--steps", STEPS]
    command += ["--batch", 2, "--seed", 3, "--log", log, "--checkpoint", checkpoint]
    for key, value in inputs.items():
        np.save(scratch / f"{key}.npy", value)
        command += ["--input", f"{key}={scratch / key}.npy"]
    run_command(command, env=emulated)
    return [json.loads(line) for line in log.read_text().splitlines()], read_safetensors(checkpoint)


# ---------------------------------------------------------------- against NumPy

mot = Mot(layers=1, D=12, modalities=3, vocab=9)
mot.weights = random_weights(mot.shapes(), seed=2)
inputs = mot.inputs(2, 7)
inputs["modality"] %= 2  # The third part has no token.
types = ("i64[B, N]", "i32[B, N]", "i32[B, N]", "[B, N, 9]")
check_gradients(tenonc, scratch / "gradients", mot, inputs, types, dims="B, N", emulation=emulation)

# ---------------------------------------------------------------- against the CPU

rng = np.random.default_rng(7)
for system in Vit(depth=1), Kat(depth=1):
    inputs = {**system.inputs(3), "labels": rng.integers(0, system.sizes["classes"], 3)}
    name = type(system).__name__.lower()
    program = system.compile(tenonc, scratch, options=["--target=cuda", "--emulated", "--mcpu=native", "--train"])
    expected, truth = train(program, f"{name}_cpu", "cpu", inputs)
    lines, tensors = train(program, f"{name}_cuda", "cuda", inputs)
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1)), lines
    for line, other in zip(lines, expected):
        for key in ("loss", "gradient_norm"):
            assert abs(line[key] - other[key]) <= 1e-5 * abs(other[key]), (name, key, line, other)
    # A checkpoint says which device continues it to the bit.
    assert set(tensors) - set(truth) == {"tenon.capability"} and not set(truth) - set(tensors), name
    for key in system.weights:
        error = relative_frobenius(tensors[key], truth[key])
        assert error <= 1e-3, f"{name}, {key}: relative error {error:.2e}"
        assert tensors[key].tobytes() != system.weights[key].tobytes(), f"{name}, {key}: as it was"
    print(f"{name}: loss {lines[0]['loss']:.6f} to {lines[-1]['loss']:.6f}")

# Rows of a table that two batches of three have met, and no others.
TABLE = """
model lookup:
    dim B
    item: embedding[4096, 256]

    entry forward(ids: i64[B, 3]) -> (y: [B]):
        return sum(item(ids) ^ 2, "B n D -> B")

    train fit(ids: i64[B, 3]):
        minimize mean(forward(ids), "B ->")
        update "*" with lazy_adam[0.01]
        clip_norm 0.5
"""
source = scratch / "lookup.tenon"
source.write_text(TABLE)
program = compile_model(tenonc, source, scratch / "lookup", options=["--target=cuda", "--emulated", "--mcpu=native", "--train"])
program.weights = scratch / "table.safetensors"
table = rng.standard_normal((4096, 256)).astype(np.float32)
write_safetensors(program.weights, {"item.weight": table})
inputs = {"ids": np.array([[4095, 0, 7], [7, 7, 2000], [0, 0, 0]])}
expected, truth = train(program, "lookup_cpu", "cpu", inputs)
lines, tensors = train(program, "lookup_cuda", "cuda", inputs)
for line, other in zip(lines, expected):
    assert abs(line["loss"] - other["loss"]) <= 1e-5 * abs(other["loss"]), (line, other)
moved = np.flatnonzero((tensors["item.weight"] != table).any(1))
assert set(moved) <= {0, 7, 2000, 4095} and len(moved) > 2, moved
assert relative_frobenius(tensors["item.weight"] - table, truth["item.weight"] - table) <= 1e-3

# Products of bf16: their factors, weights among them, are rounded in each step. Losses stay near.
narrow = Vit(depth=1, D=64, heads=2)
inputs = {**narrow.inputs(3), "labels": rng.integers(0, narrow.sizes["classes"], 3)}
options = ["--target=cuda", "--emulated", "--mcpu=native", "--train", "--precision", "compute=bf16"]
rounding = narrow.compile(tenonc, scratch, options=options)
expected, truth = train(rounding, "narrow_cpu", "cpu", inputs)
for capability in "8.0", "9.0":
    emulated["TENON_EMULATION_CC"] = capability
    lines, tensors = train(rounding, f"narrow_cuda_{capability}", "cuda", inputs)
    for line, other in zip(lines, expected):
        assert 0 < abs(line["loss"] - other["loss"]) <= 1e-2 * abs(other["loss"]), (capability, line, other)
del emulated["TENON_EMULATION_CC"]

# The time of a step, without training.
program = rounding
bench = [program.path, "bench", "--entry", "train.classify", "--weights", program.weights, "--device", "cuda"]
report = run_command([*bench, "--repeat", 1, "--warmup", 0], env=emulated)
assert "all kernels" in report, report
description = json.loads(run_command([program.path, "info", "--json"]))
assert [entry["name"] for entry in description["entries"]] == ["forward"], description
assert "train.classify" in [entry["name"] for entry in description["training"]], description
