"""The table of models/README.md: the systems of published papers, each in a configuration of
its paper, measured on this machine.

    /usr/bin/python3 test/Benchmark/paper_systems.py [--only REGEX] [--write] [--quick]

--write replaces models/README.md; else the text is printed. Runs and steps take one thread.
Peers are measured where they are installed (scripts/peers) and have the network.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from report import NOT_MEASURED, machine_line
from runners import ENVIRONMENT
from workloads import ROOT

import systems
from support import relative_frobenius
from weights_io import write_safetensors

SKIPPED = 2  # of the steps; the first touch memory anew
OUTPUT = ROOT / "models" / "README.md"
TEXT = """# Models of published papers

Each file reads like the method section of its paper, with the rows of the paper's tables as `config` lines, whose numbers
of parameters the compiler checks. Experiments with them: `scripts/reproduce` and `scripts/grok`, described in
[`docs/Experiments.md`](../docs/Experiments.md) and [`docs/Grokking.md`](../docs/Grokking.md).

This table is made by `/usr/bin/python3 test/Benchmark/paper_systems.py --write`. Error: relative, of the executable with
random weights, against the equations in NumPy with f64. Time, GFLOP/s and share of the multiply-add peak: the fastest
2 % of runs on one thread. Steps: forward, backward and update on one thread, the fastest of 20. Last column: the time
of the fastest peer over Tenon's; `scripts/peers` installs them.

{machine}

{table}
"""
HEAD = ["model", "configuration", "parameters", "error", "ms", "GFLOP/s", "% of peak", "steps/s", "best peer / Tenon"]

IMAGES = {"image": 224, "patch": 16, "channels": 3, "D": 192, "depth": 12, "heads": 3, "classes": 1000}
MACARON = {"vocab": 10152, "D": 512, "heads": 4, "hidden": 512, "layers": 6}
POOLING = {"C": 512, "layers": 4, "heads": 8, "kv_heads": 2, "hidden": 1792, "vocab": 4096, "window": 4096, "r": 16,
           "alpha": 32.0, "latents": 96, "pool_heads": 4, "d": 256}  # fmt: skip


@dataclasses.dataclass
class Row:
    """A system at published sizes. `given` are the arguments of its inputs, for runs and for steps; `more` makes what a
    step takes besides, from the inputs; `peer` is a row of models.py with the same network."""

    what: str
    system: object
    given: tuple
    trained: tuple
    more: callable = lambda inputs: {}
    options: tuple = ()
    peer: str = None


class Macaron(systems.Macaron):
    """Without padding, whose work would be counted and not done."""

    def inputs(self, *given):
        return {name: np.maximum(ids, 2) for name, ids in super().inputs(*given).items()}


class Pooling(systems.Pooling):
    def inputs(self, *given):
        return {"ids": np.maximum(super().inputs(*given)["ids"], 1)}


def labels(count):
    return lambda inputs: {"labels": np.arange(len(inputs["images"])) * 7 % count}


def triples(inputs):
    ids = inputs.pop("ids")
    return {"query": ids, "positive": np.roll(ids, 1, axis=0), "negative": np.roll(ids, 2, axis=0)}


def next_token(inputs):
    inputs.pop("image")
    return {"target": np.roll(inputs["ids"], -1, axis=1)}


def nothing(inputs):
    inputs.clear()
    return {}


ROWS = [
    Row("w256, batch 256", systems.Uat(D=32, heads=4, dk=8, W=256), (256,), (1,), nothing),
    Row("clean, 4704 pairs", systems.Grok(p=97, N=500), (4704,), (4704,), lambda i: {"label": (i["m"] + i["n"]) % 97}),
    Row("full, batch 64", systems.Minimal(image=28, patch=7, channels=1, D=64, layers=6, heads=1, hidden=64, classes=10),
        (64,), (64,), labels(10)),  # fmt: skip
    Row("tiny; steps with 8 images", systems.Kat(**IMAGES), (1,), (8,), labels(1000), peer="KAT-Tiny"),
    Row("iwslt, 30 to 30 tokens; steps with 8", Macaron(**MACARON), (1, 30, 30), (8, 30, 30),
        lambda i: {"next": np.roll(i["target"], -1, axis=1)}),  # fmt: skip
    Row("chameleon_37m, 256 tokens", systems.Mot(D=256, layers=4, heads=8, modalities=3, vocab=65536, qk_norm=False),
        (1, 256), (1, 256), next_token),  # fmt: skip
    Row("all_layers_both_ways at C = 512, 4 layers, 64 tokens; steps with 4 triples", Pooling(**POOLING),
        (1, 64), (4, 64), triples),  # fmt: skip
    Row("tiny_g3b; steps with 4 images", systems.Karat(**IMAGES, r=12), (1,), (4,), labels(1000)),
]


def call(command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def best_peer(row, arguments):
    """Its time over Tenon's, from the benchmark of whole models."""
    if not row.peer or not ENVIRONMENT.exists():
        return NOT_MEASURED
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, pathlib.Path(__file__).parent / "models.py", "--only", f"^{row.peer}$", "--threads", "1"]
        call([*command, "--tenonc", arguments.tenonc, "--json", file.name, *(["--quick"] if arguments.quick else [])])
        (summary,) = json.load(file)["tables"][0]["rows"]
    ratio, peer = summary["ratio"], summary["peer"]
    return NOT_MEASURED if ratio is None else f"{ratio:.2f} ({peer})"


class Program:
    """A row's executable with its step of training, weights and arrays in a folder."""

    def __init__(self, row, folder, tenonc):
        self.row, self.folder, self.path = row, folder, folder / "model"
        self.system = row.system
        defines = [word for key, value in self.system.defines().items() for word in ("-D", f"{key}={value}")]
        call([tenonc, self.system.source, *defines, "--train", "--mcpu=native", "-o", self.path])
        self.system.weights = self.system.random_weights()
        self.weights = folder / "weights.safetensors"
        write_safetensors(self.weights, self.system.weights)

    def files(self, arrays):
        for name, value in arrays.items():
            np.save(self.folder / f"{name}.npy", value)
            yield from ("--input", f"{name}={self.folder / name}.npy")

    def error(self):
        inputs, result = self.system.inputs(*self.row.given), self.folder / "result.npy"
        command = [self.path, "run", "--weights", self.weights, "--output", f"{self.system.result}={result}"]
        call([*command, *self.files(inputs)])
        return relative_frobenius(np.load(result), self.system.reference(inputs))

    def bench(self, runs):
        report = self.folder / "bench.json"
        command = [self.path, "bench", "--weights", self.weights, "--threads", 1, "--repeat", runs, "--json", report]
        call([*command, *self.files(self.system.inputs(*self.row.given))])
        return json.loads(report.read_text())

    def step_seconds(self, steps):
        inputs = self.system.inputs(*self.row.trained)
        more = self.row.more(inputs)
        log = self.folder / "log.jsonl"
        command = [self.path, "train", "--threads", 1, "--steps", steps + SKIPPED, "--log", log]
        if inputs or more:
            command += ["--batch", self.row.trained[0]]
        call([*command, *self.files({**inputs, **more})])
        times = [json.loads(line)["seconds"] for line in log.read_text().splitlines()]
        return min(times[SKIPPED:])


def measure(row, arguments):
    with tempfile.TemporaryDirectory(prefix="tenon-systems-") as name:
        program = Program(row, pathlib.Path(name), arguments.tenonc)
        error = program.error()
        bench = program.bench(3 if arguments.quick else 50)
        seconds, flops = bench["seconds"]["fastest_2_percent"], bench["all_kernels"]["flops"]
        step = program.step_seconds(3 if arguments.quick else 20)
    count = sum(int(np.prod(shape)) for shape in row.system.shapes().values())
    source = row.system.source
    return [f"[`{source.stem}`]({source.name})", row.what, f"{count:,}", f"{error:.1e}", f"{1e3 * seconds:.3g}",
            f"{flops / seconds * 1e-9:.1f}", f"{100 * bench['of_peak_at_fastest_2_percent']:.0f}", f"{1 / step:.3g}",
            best_peer(row, arguments)]  # fmt: skip


def main(command_line):
    parser = argparse.ArgumentParser(description="Measures the systems of published papers.")
    option = parser.add_argument
    option("--only", default="", metavar="REGEX", help="models whose name it is found in")
    option("--write", action="store_true", help="replace models/README.md")
    option("--quick", action="store_true", help="fewer runs and steps")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args(command_line)
    lines = [HEAD, ["---"] * len(HEAD)]
    for row in ROWS:
        if re.search(arguments.only, row.system.source.stem):
            print(row.system.source.stem, file=sys.stderr, flush=True)
            lines.append(measure(row, arguments))
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    text = TEXT.format(machine=machine_line(), table=table)
    if arguments.write:
        OUTPUT.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
