"""Steps of training, Tenon beside PyTorch (eager, and compiled where that works).

    /usr/bin/python3 test/Benchmark/training.py [--only REGEX] [--threads 1,2] [--rounds N]
        [--peers eager,compile] [--tenonc FILE]

Forward, backward and AdamW on one batch that stays; systems take turns, and the median
over the rounds of each one's median step is shown, with the share of the peak that the
model's arithmetic (three times that of a forward pass) is. `scripts/peers` installs
PyTorch. README.md beside this file says how to read it.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from report import machine_line
from workloads import ROOT, WORKLOADS

PYTHON = ROOT / "build" / "peers" / "bin" / "python"
STEPS = 6
SKIPPED = 2  # the first steps touch memory anew


@dataclasses.dataclass
class Task:
    name: str
    workload: object
    flops: float

    def labels(self):
        count = len(next(iter(self.workload.inputs().values())))
        return np.arange(count, dtype=np.int64) * 7 % self.workload.sizes["classes"]


def tasks(only):
    rows = {w.name: w for w in WORKLOADS}
    for name, batch in (("ViT-Tiny", 8), ("KAT-Tiny", 8)):
        workload = dataclasses.replace(rows[name], batch=batch)
        task = Task(f"{name}, batch {batch}", workload, 3 * workload.flops())
        if re.search(only, task.name):
            yield task


def median_step(lines):
    return statistics.median(json.loads(line)["seconds"] for line in lines[SKIPPED:])


class Tenon:
    name = "Tenon"

    def __init__(self, task, folder, arguments):
        self.folder, self.program = folder, folder / "model"
        options = [*task.workload.options(), "-D", "drop=0", "--train"]
        command = [arguments.tenonc, task.workload.source, "-o", self.program, *options]
        subprocess.run([str(c) for c in command], check=True, stderr=subprocess.DEVNULL)

    def run(self, threads):
        log = self.folder / "log.jsonl"
        command = [self.program, "train", "--steps", STEPS, "--batch", 8, "--log", log, "--threads", threads]
        for name in "images", "labels":
            command += ["--input", f"{name}={self.folder / name}.npy"]
        subprocess.run([str(c) for c in command], check=True, stderr=subprocess.DEVNULL)
        return median_step(log.read_text().splitlines())


class Torch:
    def __init__(self, mode, task, folder):
        self.name, self.mode, self.kind, self.folder = f"PyTorch {mode}", mode, task.workload.kind, folder
        self.sizes = task.workload.sizes

    def run(self, threads):
        peer = pathlib.Path(__file__).parent / "peers" / "torch_training.py"
        command = [PYTHON, peer, self.kind, json.dumps(self.sizes), self.folder, self.mode, threads, STEPS]
        environment = {**os.environ, "LD_LIBRARY_PATH": str(PYTHON.parents[1] / "cuda-stubs")}
        done = subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE,
                              text=True, env=environment)  # fmt: skip
        return median_step(done.stdout.splitlines())


def measure(task, arguments):
    with tempfile.TemporaryDirectory(prefix="tenon-training-") as name:
        folder = pathlib.Path(name)
        np.save(folder / "images.npy", next(iter(task.workload.inputs().values())))
        np.save(folder / "labels.npy", task.labels())
        np.savez(folder / "weights.npz", **task.workload.weights())
        systems = [Tenon(task, folder, arguments)]
        if PYTHON.exists():
            systems += [Torch(mode, task, folder) for mode in arguments.peers]
        for threads in arguments.threads:
            seconds = {system.name: [] for system in systems}
            for _ in range(arguments.rounds):
                for system in systems:
                    seconds[system.name].append(system.run(threads))
            medians = {name: statistics.median(times) for name, times in seconds.items()}
            best = min([time for name, time in medians.items() if name != "Tenon"], default=None)
            for name, time in medians.items():
                ratio = f"{best / time:.2f}" if best and name == "Tenon" else ""
                rate = task.flops / time * 1e-9
                yield f"| {task.name} | {threads} | {name} | {1e3 * time:.1f} | {rate:.1f} | {ratio} |"


def main(command_line):
    parser = argparse.ArgumentParser(description="Measures steps of training beside PyTorch.")
    option = parser.add_argument
    option("--only", default="", metavar="REGEX")
    option("--threads", type=lambda text: [int(t) for t in text.split(",")], default=[1, 2], metavar="N,...")
    option("--rounds", type=int, default=3, metavar="N")
    option("--peers", type=lambda text: text.split(","), default=["eager", "compile"], metavar="NAME,...")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args(command_line)
    print(machine_line() + "\n")
    print("| model | threads | system | step/ms | GFLOP/s | best peer / Tenon |\n|---|---|---|---|---|---|")
    for task in tasks(arguments.only):
        for line in measure(task, arguments):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
