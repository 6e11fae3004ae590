"""Compiles a random model, runs it, and holds every output against the bounds and
against the f64 interpreter."""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

from generator import sample_inputs, spoil
from graph import NUMPY, World, evaluate

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Integration"))
from weights_io import write_safetensors

SLACK = 1.5  # terms of second order, which bounds leave out


class Finding(Exception):
    """Something wrong: its kind, and the words for it."""

    def __init__(self, kind, text):
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def call(kind, command, seconds=120):
    """Runs a program; another exit code than 0 is a finding of this kind."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Finding(kind + " hangs", f"more than {seconds} s: {' '.join(command)}") from None
    if done.returncode != 0:
        raise Finding(
            f"{kind} fails", f"exit code {done.returncode}: {' '.join(command)}\n{done.stderr[:2000]}"
        )


class Program:
    """A model in a folder of its own: text, executable, module for the reference."""

    def __init__(self, model, tools, folder, levels):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.model, self.tools, self.folder = model, tools, folder
        self.source, self.module = folder / "model.tenon", folder / "model.mlir"
        self.weights = folder / "model.safetensors"
        self.source.write_text(model.text())
        tenonc = tools / "tenonc"
        call("import", [tenonc, self.source, "--stop-after=import", "-o", self.module])
        call("compiler", [tenonc, self.source, "-o", folder / "model", *levels])

    def set_parameters(self, parameters):
        wanted = self.model.parameters()
        write_safetensors(self.weights, {name: parameters[name] for name in wanted})

    def arguments(self, entry, inputs):
        command = ["--entry", entry.name]
        if self.model.parameters():
            command += ["--weights", self.weights]
        for name, array in inputs.items():
            np.save(self.folder / f"{name}.npy", array)
            command += ["--input", f"{name}={self.folder / name}.npy"]
        return command

    def outputs(self, kind, entry, command):
        """What a program writes, by output; stale files of another run are gone."""
        folder = self.folder / kind
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        call(kind, command + ["--output-dir", folder])
        return {t.name: np.load(folder / f"{t.name}_.npy") for t in entry.outputs}

    def run(self, entry, inputs, threads):
        command = [self.folder / "model", "run", "--threads", threads]
        kind = f"run on {threads} threads"
        return self.outputs(kind, entry, command + self.arguments(entry, inputs))

    def interpret(self, entry, inputs):
        command = [self.tools / "tenon-reference", self.module]
        return self.outputs("reference", entry, command + self.arguments(entry, inputs))


def first_wrong(result, truth, where_wrong):
    at = tuple(np.argwhere(where_wrong)[0].tolist())
    return (
        f"{int(where_wrong.sum())} of {result.size} differ, first {list(at)}:"
        f" {result[at]!r}, expected {truth.value[at]!r} within {truth.error[at]:.3g}"
    )


def compare(kind, tensor, result, truth):
    """The result must lie within the bound wherever there is one."""
    if result.shape != truth.shape:
        raise Finding(kind, f"{tensor.name}: shape {result.shape}, expected {truth.shape}")
    with np.errstate(all="ignore"):
        value = result.astype(truth.value.dtype)
        same = (value == truth.value) | (np.isnan(value) & np.isnan(truth.value))
        distance = np.abs(value.astype(np.float64) - truth.value.astype(np.float64))
        near = distance <= SLACK * truth.error + 1e-15 * np.abs(truth.value.astype(np.float64))
    wrong = ~(same | near) & truth.known
    if wrong.any():
        raise Finding(kind, f"{tensor.name}: {first_wrong(result, truth, wrong)}")


def check_run(program, entry, world, inputs, share):
    """One run of an entry on these inputs. Adds to `share` what was compared."""
    truths = evaluate(entry, world, inputs)
    results = program.run(entry, inputs, 1)
    again = program.run(entry, inputs, 2)
    reference = program.interpret(entry, inputs)
    for tensor in entry.outputs:
        truth, result = truths[tensor.name], results[tensor.name]
        if result.dtype != NUMPY[tensor.dtype]:
            raise Finding("dtype", f"{tensor.name}: {result.dtype}, expected {tensor.dtype}")
        if result.tobytes() != again[tensor.name].tobytes():
            raise Finding("threads", f"{tensor.name}: 1 and 2 threads give different bits")
        compare("reference", tensor, reference[tensor.name], truth)
        compare("compiled code", tensor, result, truth)
        share.elements += truth.known.size
        share.known += int(truth.known.sum())


class Share:
    """How many elements were computed, and how many of them had a bound."""

    def __init__(self):
        self.elements = self.known = 0


def check_model(model, worlds, tools, folder, seed, levels=("--mcpu=x86-64-v3",)):
    """Everything about one model; raises the first `Finding`."""
    share = Share()
    program = Program(model, tools, folder, levels)
    program.set_parameters(worlds[0].parameters)
    for entry in model.entries:
        for number, world in enumerate(worlds):
            for spoiled in (False, True):
                # Not the generator's numbers: shrinking must not change them.
                rng = np.random.default_rng([seed, number, spoiled])
                inputs = sample_inputs(entry, World(world.dims, {}), rng)
                if spoiled:
                    inputs = spoil(inputs, rng)
                check_run(program, entry, world, inputs, share)
    shutil.rmtree(folder, ignore_errors=True)
    return share


def tools_beside(tenonc):
    return pathlib.Path(os.path.abspath(tenonc)).parent
