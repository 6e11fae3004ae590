"""What the experiments share: a model compiled with some hyper-parameters, trained and run
by its own executable; numbers held against what is expected; tables and figures."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "frontends" / "python"), str(ROOT / "test" / "Integration")]
import tenon_plot  # noqa: E402
from weights_io import write_safetensors  # noqa: E402


def call(command):
    """What a program printed; what it says is shown when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}exit code {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


class Bench:
    """The folder of an experiment, what is given on the command line, and what came out."""

    def __init__(self, given, name):
        self.given, self.name = given, name
        self.folder = pathlib.Path(given.out) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.failed = []

    def steps(self, number):
        return self.given.steps or number

    def model(self, name, file, is_trained=True, **sizes):
        return Model(self, name, file, sizes, is_trained)

    def holds(self, what, value, low=-np.inf, high=np.inf):
        """Says whether a number is within its bar. Runs cut short by --steps are not held to it."""
        is_within = low <= value <= high
        one_sided = f"at least {low:g}" if high == np.inf else f"at most {high:g}"
        bar = f"{low:g} to {high:g}" if np.isfinite([low, high]).all() else one_sided
        print(f"{what}: {value:.4g}, expected {bar}{'' if is_within else ' - NOT AS EXPECTED'}", flush=True)
        if not is_within and not self.given.steps:
            self.failed.append(what)
        return is_within

    def draw(self, logs, file="curves.svg", **options):
        """A figure of logs: files, or lists of dictionaries."""
        curves, x = {}, options.get("x", "step")
        for name, log in logs.items():
            if not isinstance(log, pathlib.Path):
                lines, log = log, self.folder / f"{file}.{len(curves)}.jsonl"
                log.write_text("".join(json.dumps(line) + "\n" for line in lines))
            curves[name] = tenon_plot.read_log(log, x)
        figure = self.folder / file
        figure.write_text(tenon_plot.draw(curves, **options))
        print(f"figure: {figure}", flush=True)


@dataclasses.dataclass
class Result:
    loss: float  # mean of the last tenth of the steps
    last: dict  # the log's last line
    seconds: float  # a step, the median
    log: pathlib.Path


class Model:
    """A model of models/ with some hyper-parameters, compiled with its step of training if it
    is to be trained."""

    def __init__(self, bench, name, file, sizes, is_trained):
        self.bench, self.folder = bench, bench.folder / name
        self.folder.mkdir(exist_ok=True)
        self.program, self.checkpoint = self.folder / "model", self.folder / "trained.safetensors"
        self.options = [ROOT / "models" / f"{file}.tenon"]
        for key, value in sizes.items():
            self.options += ["-D", f"{key}={str(value).lower() if isinstance(value, bool) else value}"]
        training = ["--train"] if is_trained else []
        call([bench.given.tenonc, *self.options, *training, "--mcpu=native", "-o", self.program])

    def shapes(self):
        """Of the parameters, by their names."""
        lines = call([self.bench.given.tenonc, *self.options, "--names"]).splitlines()
        parts = [line.partition(" f32[") for line in lines if " f32[" in line]
        return {name: tuple(int(size) for size in sizes.rstrip("]").split(", ") if size) for name, _, sizes in parts}

    def parameters(self):
        return sum(int(np.prod(shape)) for shape in self.shapes().values())

    def files(self, arrays, option, prefix):
        """The options that give an array for each input."""
        for name, array in arrays.items():
            file = self.folder / f"{prefix}_{name}.npy"
            np.save(file, array)
            yield from (option, f"{name}={file}")

    def train(self, arrays=None, held=None, every=None, seed=None, batch=None, weights=None):
        """As often as the model's own number of steps, from first values or a file of weights."""
        log = self.folder / "log.jsonl"
        command = [self.program, "train", "--checkpoint", self.checkpoint, "--log", log]
        command += ["--seed", self.bench.given.seed if seed is None else seed]
        command += self.files(arrays or {}, "--input", "train")
        command += self.files(held or {}, "--eval-input", "held")
        if batch:
            command += ["--batch", batch]
        if weights:
            command += ["--weights", weights]
        if every:
            command += ["--eval-every", every]
        if self.bench.given.threads:
            command += ["--threads", self.bench.given.threads]
        call(command)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        taken = [line for line in lines if "loss" in line]
        late = [line["loss"] for line in taken[-max(len(taken) // 10, 1) :]]
        seconds = float(np.median([line["seconds"] for line in taken]))
        return Result(float(np.mean(late)), lines[-1], seconds, log)

    def write_weights(self, tensors, file=None):
        """As those of the last checkpoint, or in another file."""
        file = file or self.checkpoint
        write_safetensors(file, {name: np.float32(value) for name, value in tensors.items()})
        return file

    def run(self, output, entry=None, **arrays):
        """A result of an entry, with the weights of the last checkpoint."""
        file = self.folder / f"{output}.npy"
        command = [self.program, "run", "--weights", self.checkpoint, "--output", f"{output}={file}"]
        command += self.files(arrays, "--input", "run")
        if entry:
            command += ["--entry", entry]
        call(command)
        return np.load(file)


def table(head, rows):
    """Prints rows as a table, the first column to the left."""
    texts = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts)]
    for row in texts:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("  " + "  ".join(cells), flush=True)


def timed(function, *arguments):
    started = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - started
