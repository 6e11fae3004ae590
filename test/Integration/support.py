"""What the integration tests share: they compile a model, run the executable
and hold its results against a reference.

A test is called as `test.py TENONC SCRATCH_DIR [SYSTEM]` (see `arguments`).
It ends with exit code 0 when every check held; the first that did not raises
`AssertionError` with the numbers.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

from weights_io import write_safetensors

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUTS = pathlib.Path(__file__).resolve().parent / "Inputs"

# Bars of a whole network in float32: relative Frobenius error, and how much
# worse than plain float32 NumPy, both against float64.
NETWORK_BAR = 5e-6
PLAIN_FACTOR, PLAIN_SLACK = 2, 1e-7


def arguments():
    """The compiler, an empty scratch folder, and further arguments."""
    scratch = pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    return os.path.abspath(sys.argv[1]), scratch, sys.argv[3:]


def compile_model(tenonc, source, output, defines=None, config=None, options=()):
    """Compiles `source` into the executable `output`."""
    command = [tenonc, str(source), "-o", str(output), *options]
    if config:
        command += ["-C", config]
    for name, value in (defines or {}).items():
        command += ["-D", f"{name}={value}"]
    run_command(command)
    return Executable(output)


def beside_models(folder, text, name):
    """A model's text as a file beside copies of the project's models, so that it can import
    them."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in (ROOT / "models").glob("*.tenon"):
        shutil.copy(model, folder)
    file = folder / name
    file.write_text(text)
    return file


def few_values(rng, *shape):
    """Few different values, so that there are ties; NaN and infinities among them."""
    choices = [-np.inf, -1, 0, 1, 2, np.inf, np.nan]
    return rng.choice(choices, shape, p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1]).astype(np.float32)


def check_equal(program, entry, output, truth, **inputs):
    """Holds one result of an entry against `truth`, bit by bit but for NaN's."""
    result = program(output, options=["--entry", entry], **inputs)
    assert result.shape == truth.shape, f"{output}: shape {result.shape}, expected {truth.shape}"
    assert np.array_equal(result, truth, equal_nan=truth.dtype.kind == "f"), (output, result, truth)


def run_command(command, **keywords):
    """Runs a program that must succeed; returns what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **keywords,
    )
    if done.returncode != 0:
        text = " ".join(map(str, command))
        raise AssertionError(f"exit code {done.returncode}: {text}\n{done.stderr}")
    return done.stdout


class Executable:
    """A compiled model with its weights file; called with the input arrays."""

    def __init__(self, path, weights=None):
        self.path, self.weights = pathlib.Path(path).resolve(), weights

    def with_weights(self, tensors):
        """The same executable on other weights, given by name."""
        count = len(list(self.path.parent.glob(self.path.name + ".*.safetensors")))
        file = f"{self.path}.{count}.safetensors"
        write_safetensors(file, tensors)
        return Executable(self.path, file)

    def __call__(self, output, threads=None, options=(), **inputs):
        """Runs it once and returns the array of the result `output`."""
        folder = pathlib.Path(f"{self.path}.run")
        folder.mkdir(exist_ok=True)
        command = [self.path, "run", *options]
        if self.weights:
            command += ["--weights", self.weights]
        if threads:
            command += ["--threads", threads]
        for name, value in inputs.items():
            np.save(folder / f"{name}.npy", value)
            command += ["--input", f"{name}={folder / name}.npy"]
        result = folder / f"{output}.result.npy"
        result.unlink(missing_ok=True)
        run_command(command + ["--output", f"{output}={result}"])
        return np.load(result)


def levels():
    """The code levels that this machine runs, as options of `run`."""
    flags = set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.split(":")[1].split())
            break
    wanted = {"v3": {"avx2", "fma"}, "v4": {"avx512f", "avx512bw", "avx512vl"}}
    return [level for level, needs in wanted.items() if needs <= flags]


def relative_frobenius(result, reference):
    """|result - reference| / |reference|, computed in float64."""
    difference = np.linalg.norm(result.astype(np.float64) - reference)
    norm = np.linalg.norm(reference)
    return 0.0 if difference == 0 else float(difference / max(norm, 1e-300))


def check_positions(what, result, reference):
    """Shape, NaN and signed infinity must be the same everywhere."""
    assert result.shape == reference.shape, (
        f"{what}: shape {result.shape}, expected {reference.shape}"
    )
    for name, test in (
        ("NaN", np.isnan),
        ("+Inf", np.isposinf),
        ("-Inf", np.isneginf),
    ):
        wrong = np.argwhere(test(result) != test(reference))
        assert not len(wrong), (
            f"{what}: {name} differs at {len(wrong)} places, first {wrong[0].tolist()}:"
            f" {result[tuple(wrong[0])]}, expected {reference[tuple(wrong[0])]}"
        )


def check_network(what, result, reference, plain_error=None):
    """Holds a float32 result against the float64 reference. `plain_error` is
    the relative error of the reference run in float32, if that is to set the
    bar; take it from many rows, since a few may round luckily."""
    check_positions(what, result, reference)
    assert result.dtype == np.float32, f"{what}: dtype {result.dtype}"
    finite = np.isfinite(reference)
    got, truth = result[finite], reference[finite]
    error = relative_frobenius(got, truth)
    bar = NETWORK_BAR
    if plain_error is not None:
        bar = min(bar, PLAIN_FACTOR * plain_error + PLAIN_SLACK)
    print(f"{what}: relative error {error:.2e}, bar {bar:.2e}")
    assert error <= bar, f"{what}: relative error {error:.3e} above {bar:.3e}"


def check_equal_bits(what, result, expected):
    """The two arrays must be the same in every bit."""
    check_positions(what, result, expected)
    same = result.tobytes() == expected.tobytes()
    if not same:
        places = np.argwhere(result != expected)
        at = tuple(places[0]) if len(places) else None
        values = (result[at], expected[at]) if at else "sign of zero or NaN"
        raise AssertionError(f"{what}: {len(places)} values differ, first {at}: {values}")


def environment(**changes):
    """This process's environment with some variables set."""
    return {**os.environ, **{name: str(value) for name, value in changes.items()}}
