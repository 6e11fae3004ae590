"""Processes that run a model and are timed in turn: Tenon's executable, and a
worker for each peer."""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import time

import numpy as np
from workloads import ROOT

PEERS = {
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "torch_eager": "PyTorch eager",
    "torch_aot": "PyTorch AOTInductor",
    "jax": "JAX",
    "iree": "IREE",
}
STEP_PEERS = {
    "torch_eager_step": "PyTorch eager",
    "torch_compiled_step": "PyTorch compiled",
    "jax_step": "JAX",
}
FOLDER = pathlib.Path(__file__).resolve().parent / "peers"
ENVIRONMENT = ROOT / "build" / "peers"
CACHE = ROOT / "build" / "benchmark"
RUNS_PER_ROUND = 49
SKIPPED = 2  # of the steps of a process; the first touch memory anew
NOT_INSTALLED, NOT_RUN = "not installed", "not run"


class Failure(Exception):
    """A system could not do what it was asked."""


@dataclasses.dataclass
class Round:
    """What one system measured in one round, in seconds."""

    minimum: float
    median: float
    runs: int


def run(command, log, **keywords):
    """Runs a program to its end; what it printed on its standard output."""
    with open(log, "ab") as errors:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            **keywords,
        )
    if done.returncode != 0:
        raise failure(done.returncode, log)
    return done.stdout


def failure(code, log):
    """Why a process ended, from the end of its log."""
    lines = pathlib.Path(log).read_text(errors="replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    last = lines[-1][:200] if lines else "it printed nothing"
    return Failure(
        NOT_INSTALLED if "No module named" in last else f"exit code {code}; {last}"
    )


class Tenon:
    """The executable; each round is a run of its `bench` command."""

    name, version = "Tenon", None

    def __init__(self, tenonc, case, threads):
        self.tenonc, self.case, self.threads = tenonc, case, threads
        self.executable = case.scratch / "model"
        self.log, self.result = case.scratch / "tenon.log", case.scratch / "tenon.npy"
        self.peaks, self.flops = [], 0

    def common(self):
        options = ["--weights", self.case.weights, "--threads", self.threads]
        for name, file in self.case.inputs.items():
            options += ["--input", f"{name}={file}"]
        return options

    def command(self):
        output = f"{self.case.workload.output}={self.result}"
        return [self.executable, "run", *self.common(), "--output", output]

    def compile(self):
        """Makes the executable, which serves all batch sizes and threads."""
        workload = self.case.workload
        command = [self.tenonc, workload.source, "-o", self.executable]
        run(command + workload.options(), self.log)

    def start(self):
        if not self.executable.exists():
            self.compile()
        run(self.command(), self.log)
        self.estimate = self.round(0).median
        return np.load(self.result)

    def round(self, seconds):
        """Runs for about so many seconds; once for none. The number is odd: of
        two middle times `bench` would print the greater."""
        runs = 1
        if seconds:
            runs = min(RUNS_PER_ROUND, round(seconds / self.estimate) | 1)
        file = self.case.scratch / "tenon.json"
        command = [self.executable, "bench", *self.common(), "--json", file]
        run([*command, "--warmup", "1", "--repeat", runs], self.log)
        measured = json.loads(file.read_text(encoding="utf-8"))
        self.peaks.append(measured["peak"]["flops_per_second"])
        self.flops = measured["all_kernels"]["flops"]
        times = measured["seconds"]
        return Round(times["min"], times["median"], runs)

    def first_result(self):
        """Command and settings of a process that ends with its first result."""
        return self.command(), {}

    def stop(self):
        """There is no process between rounds."""


class TenonSteps(Tenon):
    """An executable that trains, which is there already; each round is a run of its `train`
    command."""

    def __init__(self, executable, case, threads):
        super().__init__(None, case, threads)
        self.executable = executable

    def train(self, steps):
        """What it logs of each step."""
        lines, inputs = self.case.scratch / "tenon.jsonl", self.case.inputs
        command = [self.executable, "train", "--weights", self.case.weights, "--threads", self.threads]
        command += ["--steps", steps, "--log", lines]
        if not self.case.workload.drawn:
            command += ["--batch", len(np.load(next(iter(inputs.values())), mmap_mode="r"))]
            for name, file in inputs.items():
                command += ["--input", f"{name}={file}"]
        run(command, self.log)
        return [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]

    def start(self):
        lines = self.train(SKIPPED + 1)
        self.estimate = lines[-1]["seconds"]
        return np.array([lines[0]["loss"]])

    def round(self, seconds):
        steps = min(RUNS_PER_ROUND, round(seconds / self.estimate) | 1)
        times = [line["seconds"] for line in self.train(SKIPPED + steps)[SKIPPED:]]
        return Round(min(times), statistics.median(times), len(times))


def task(case):
    """What a peer is told of a case."""
    workload = case.workload
    return {
        "kind": workload.kind,
        "sizes": workload.sizes,
        "batch": workload.batch,
        "pooled": workload.pooled,
        "output": workload.output,
        "weights": str(case.weights),
        "inputs": {name: str(file) for name, file in case.inputs.items()},
    }


class Peer:
    """A worker process of one peer."""

    def __init__(self, module, case, threads):
        self.module, self.name = module, (PEERS | STEP_PEERS)[module]
        self.version = self.process = None
        self.not_run = case.workload.not_run
        self.log = case.scratch / f"{module}.log"
        name = re.sub(r"\W+", "-", case.workload.name)
        self.folder = CACHE / f"{name}-{module}"
        self.task = task(case) | {
            "threads": threads,
            "result": str(case.scratch / f"{module}.npy"),
            "folder": str(self.folder),
        }

    def key(self):
        """What the compiled model in the folder was made from."""
        fixed = [self.task[name] for name in ("kind", "sizes", "pooled", "batch")]
        digest = hashlib.sha256(json.dumps(fixed).encode())
        data = [self.task["weights"], *self.task["inputs"].values()]
        for path in [*sorted(FOLDER.glob("*.py")), *data]:
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def environment(self):
        # The peers' NumPy is a newer one and chooses its own kernels.
        dropped = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        kept = {k: v for k, v in os.environ.items() if k not in dropped}
        threads = str(self.task["threads"])
        return kept | {
            "LD_LIBRARY_PATH": str(ENVIRONMENT / "cuda-stubs"),
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TORCHINDUCTOR_CACHE_DIR": str(CACHE / "inductor"),
        }

    def command(self, what):
        python = ENVIRONMENT / "bin" / "python"
        return [python, FOLDER / "worker.py", self.module, what]

    def build(self):
        """Makes what a user would ship, unless it is there."""
        if self.module in self.not_run:
            raise Failure(NOT_RUN)
        if not ENVIRONMENT.exists():
            raise Failure(NOT_INSTALLED)
        made = self.folder / "made-from"
        if made.exists() and made.read_text() == self.key():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        line = json.dumps(self.task) + "\n"
        run(self.command("build"), self.log, input=line, env=self.environment())
        made.write_text(self.key())

    def start(self):
        """Starts the worker; returns its first result."""
        self.build()
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(
                list(map(str, self.command("serve"))),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=self.environment(),
            )
        self.version = self.ask(self.task)["version"]
        return np.load(self.task["result"])

    def ask(self, question):
        """Sends one line and waits for its answer."""
        try:
            print(json.dumps(question), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise failure(self.process.wait(), self.log) from None

    def round(self, seconds):
        times = self.ask({"seconds": seconds, "most": RUNS_PER_ROUND})["times"]
        return Round(min(times), statistics.median(times), len(times))

    def first_result(self):
        line = json.dumps(self.task) + "\n"
        return self.command("once"), {"input": line, "env": self.environment()}

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def first_result_seconds(system):
    """Wall time of a process that ends with its first result."""
    command, keywords = system.first_result()
    start = time.perf_counter()
    run(command, system.log, **keywords)
    return time.perf_counter() - start
