"""A Mixture-of-Transformers of three modalities beside the same model with one, its dense twin of equal work for each
token: forward pass and step of training.

    /usr/bin/python3 test/Benchmark/mixture.py [--shapes 8x256,16x251] [--threads N] [--rounds N] [--tenonc FILE]

Both take turns; times are medians over the rounds, ratios medians of each round's. A step updates the parameters, of
which the mixture has nearly three times as many. With 251 tokens to a sample no modality has a multiple of 64 tokens.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np
from report import Table, machine_line, to_markdown
from workloads import ROOT

from systems import Mot
from weights_io import write_safetensors

SIZES = {"D": 256, "layers": 4, "heads": 8, "vocab": 1024, "qk_norm": False}
STEPS, SKIPPED, RUNS = 5, 2, 5  # of a round; the first steps touch memory anew


def call(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Program:
    """The model with so many modalities, at one shape of its inputs."""

    def __init__(self, modalities, folder, tenonc):
        self.folder, self.path = folder / str(modalities), folder / str(modalities) / "model"
        self.folder.mkdir()
        self.system = Mot(modalities=modalities, **SIZES)
        defines = [word for name, value in self.system.defines().items() for word in ("-D", f"{name}={value}")]
        call(tenonc, self.system.source, *defines, "--train", "--mcpu=native", "-o", self.path)
        self.weights = self.folder / "weights.safetensors"
        write_safetensors(self.weights, self.system.random_weights())

    def set_shape(self, batch, tokens):
        arrays = self.system.inputs(batch, tokens)
        arrays["target"] = np.roll(arrays["ids"], -1, axis=1)
        self.batch = batch
        self.files = {name: self.folder / f"{name}.npy" for name in arrays}
        for name, file in self.files.items():
            np.save(file, arrays[name])

    def inputs(self, *names):
        return [word for name in names for word in ("--input", f"{name}={self.files[name]}")]

    def forward(self, threads):
        report = self.folder / "bench.json"
        given = self.inputs("ids", "modality", "image")
        call(self.path, "bench", "--weights", self.weights, *given, "--threads", threads, "--warmup", 1,
             "--repeat", RUNS, "--json", report)  # fmt: skip
        return json.loads(report.read_text())["seconds"]["median"]

    def step(self, threads):
        log, given = self.folder / "log.jsonl", self.inputs("ids", "modality", "target")
        call(self.path, "train", *given, "--batch", self.batch, "--threads", threads, "--steps", SKIPPED + STEPS,
             "--log", log)  # fmt: skip
        return statistics.median(json.loads(line)["seconds"] for line in log.read_text().splitlines()[SKIPPED:])


def shapes(text):
    return [tuple(map(int, shape.split("x"))) for shape in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description="Measures a mixture of modalities beside its dense twin.")
    option = parser.add_argument
    sizes = [(8, 256), (16, 256), (16, 251)]
    option("--shapes", type=shapes, default=sizes, metavar="BxN,...", help="samples by tokens")
    option("--threads", type=int, default=1, metavar="N")
    option("--rounds", type=int, default=5, metavar="N")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args()
    columns = {"row": "samples x tokens", "what": "what", "mixture": "mixture, ms", "dense": "dense, ms",
               "ratio": "dense / mixture, %"}  # fmt: skip
    table = Table(f"Three modalities beside one, threads: {arguments.threads}", columns)
    with tempfile.TemporaryDirectory(prefix="tenon-mixture-") as name:
        mixture, dense = (Program(count, pathlib.Path(name), arguments.tenonc) for count in (3, 1))
        for batch, tokens in arguments.shapes:
            for program in (mixture, dense):
                program.set_shape(batch, tokens)
            for what in ("forward", "step"):
                rounds = [[getattr(program, what)(arguments.threads) for program in (mixture, dense)]
                          for _ in range(arguments.rounds)]  # fmt: skip
                ratio = statistics.median(second / first for first, second in rounds)
                first, second = (1e3 * statistics.median(times) for times in zip(*rounds))
                table.add(row=f"{batch} x {tokens}", what=what, mixture=first, dense=second, ratio=100 * ratio)
    print(f"{machine_line()}\n\n{to_markdown([table])}", end="")


if __name__ == "__main__":
    main()
