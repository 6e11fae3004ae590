"""Steps of training, Tenon beside PyTorch (eager, and compiled where that works) and JAX.

    /usr/bin/python3 test/Benchmark/training.py [--only REGEX] [--threads 1,2] [--rounds N]
        [--peers eager,compile,jax] [--tenonc FILE]

Forward, backward and AdamW on one batch that stays; systems take turns, and the median
over the rounds of each one's median step is shown, with the rate at which the model's
arithmetic (three times that of a forward pass) is done, and the most memory that the
process had, its libraries included. `scripts/peers` installs the peers. README.md beside
this file says how to read it.
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
from workloads.grok import GrokTransformer

PYTHON = ROOT / "build" / "peers" / "bin" / "python"
SKIPPED = 2  # the first steps touch memory anew
GROK = {"p": 97, "D": 128, "heads": 4, "layers": 1}


@dataclasses.dataclass
class Task:
    name: str
    workload: object
    classes: int
    label: str  # the name of the labels among the inputs of `train`
    steps: int
    options: tuple

    def arrays(self):
        """What the network reads, by its name, and the labels."""
        ((name, value),) = self.workload.inputs().items()
        labels = np.arange(len(value), dtype=np.int64) * 7 % self.classes
        return {name: value, self.label: labels}


def tasks():
    rows = {w.name: w for w in WORKLOADS}
    for name, batch in (("ViT-Tiny", 8), ("KAT-Tiny", 8), ("ViT-Base", 1)):
        workload = dataclasses.replace(rows[name], batch=batch)
        options = ("-D", "drop=0")
        yield Task(f"{name}, batch {batch}", workload, 1000, "labels", 6, options)
        if name == "ViT-Tiny":
            # Kernels run again rather than keep what they made.
            for limit in ("100M", "46M"):
                held = (*options, "--max-memory", limit, "--size", f"B={batch}")
                yield Task(f"{name}, batch {batch}, at most {limit}", workload, 1000, "labels", 6, held)
    yield Task("grokking Transformer, batch 512", GrokTransformer("grok", GROK, 512), 97, "label", 40, ())


def median_step(lines):
    return statistics.median(json.loads(line)["seconds"] for line in lines[SKIPPED:])


def run_measured(command, threads, environment=None):
    """What a program prints, run on as many processors as threads, and the most memory, in MB,
    that it had."""
    processors = sorted(os.sched_getaffinity(0))[:threads]
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, env=environment,
                               preexec_fn=lambda: os.sched_setaffinity(0, processors))  # fmt: skip
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return text, usage.ru_maxrss / 1000


class Tenon:
    name = "Tenon"

    def __init__(self, task, folder, arguments):
        self.folder, self.program = folder, folder / "model"
        self.task = task
        options = [*task.workload.options(), *task.options, "--train"]
        command = [arguments.tenonc, task.workload.source, "-o", self.program, *options]
        subprocess.run([str(c) for c in command], check=True, stderr=subprocess.DEVNULL)

    def run(self, threads):
        log = self.folder / "log.jsonl"
        steps, batch = self.task.steps, self.task.workload.batch
        command = [self.program, "train", "--steps", steps, "--batch", batch, "--log", log, "--threads", threads]
        for name, file in zip(self.task.arrays(), ("inputs", "labels")):
            command += ["--input", f"{name}={self.folder / file}.npy"]
        _, memory = run_measured(command, threads)
        return median_step(log.read_text().splitlines()), memory


class Peer:
    """A script that prints a line of JSON for each step."""

    def __init__(self, name, task, folder, script, *arguments):
        self.name, self.script, self.arguments = name, script, arguments
        self.first = [task.workload.kind, json.dumps(task.workload.sizes), folder]

    def run(self, threads):
        peer = pathlib.Path(__file__).parent / "peers" / self.script
        own = [threads if a is None else a for a in self.arguments]
        environment = {**os.environ, "LD_LIBRARY_PATH": str(PYTHON.parents[1] / "cuda-stubs")}
        text, memory = run_measured([PYTHON, peer, *self.first, *own], threads, environment)
        return median_step(text.splitlines()), memory


def make_peer(mode, task, folder):
    """Null when the peer has no such model."""
    if mode == "jax":
        has_model = task.workload.kind in ("vit", "grok_transformer")
        return Peer("JAX", task, folder, "jax_training.py", task.steps) if has_model else None
    return Peer(f"PyTorch {mode}", task, folder, "torch_training.py", mode, None, task.steps)


def measure(task, arguments):
    with tempfile.TemporaryDirectory(prefix="tenon-training-") as name:
        folder = pathlib.Path(name)
        for file, array in zip(("inputs", "labels"), task.arrays().values()):
            np.save(folder / f"{file}.npy", array)
        np.savez(folder / "weights.npz", **task.workload.weights())
        systems = [Tenon(task, folder, arguments)]
        if PYTHON.exists():
            peers = [make_peer(mode, task, folder) for mode in arguments.peers]
            systems += [peer for peer in peers if peer]
        for threads in arguments.threads:
            runs = {system.name: [] for system in systems}
            for _ in range(arguments.rounds):
                for system in systems:
                    try:
                        runs[system.name].append(system.run(threads))
                    except subprocess.CalledProcessError as error:
                        print(f"{system.name}: exit code {error.returncode}", file=sys.stderr)
            medians = {n: tuple(map(statistics.median, zip(*r))) for n, r in runs.items() if r}
            best = min([time for name, (time, _) in medians.items() if name != "Tenon"], default=None)
            for name, (time, memory) in medians.items():
                ratio = f"{best / time:.2f}" if best and name == "Tenon" else ""
                rate = 3 * task.workload.flops() / time * 1e-9
                cells = [task.name, threads, name, f"{1e3 * time:.1f}", f"{rate:.1f}", f"{memory:.0f}", ratio]
                yield "| " + " | ".join(map(str, cells)) + " |"


def main(command_line):
    parser = argparse.ArgumentParser(description="Measures steps of training beside PyTorch.")
    option = parser.add_argument
    option("--only", default="", metavar="REGEX")
    option("--threads", type=lambda text: [int(t) for t in text.split(",")], default=[1, 2], metavar="N,...")
    option("--rounds", type=int, default=3, metavar="N")
    option("--peers", type=lambda text: text.split(","), default=["eager", "compile", "jax"], metavar="NAME,...")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args(command_line)
    print(machine_line() + "\n")
    print("| model | threads | system | step/ms | GFLOP/s | memory/MB | best peer / Tenon |\n|---|---|---|---|---|---|---|")
    for task in tasks():
        if re.search(arguments.only, task.name):
            for line in measure(task, arguments):
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
