"""The table of models/README.md: the systems of published papers, each in a configuration of
its paper, measured on this machine.

    /usr/bin/python3 test/Benchmark/paper_systems.py [--only REGEX] [--write] [--quick] [--no-peers]

--write replaces models/README.md; else the text is printed. Runs and steps take one thread.
Peers are measured where they are installed (scripts/peers) and have the network; how fast each
of them is goes to the standard error.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import numpy as np
from measuring import Case
from measuring import measure as measure_in_turn
from paper_rows import ROWS
from report import NOT_MEASURED, machine_line
from runners import NOT_INSTALLED, NOT_RUN, PEERS, SKIPPED, STEP_PEERS, Failure, Peer, Tenon, TenonSteps
from workloads import ROOT

from support import relative_frobenius

OUTPUT = ROOT / "models" / "README.md"
TEXT = """# Models of published papers

Each file reads like the method section of its paper, with published sizes as `config` lines, whose numbers of parameters
the compiler checks. Experiments with them: `scripts/reproduce` and `scripts/grok`, described in
[`docs/Experiments.md`](../docs/Experiments.md) and [`docs/Grokking.md`](../docs/Grokking.md). Beside the files of the
table, `grok_transformer` is the Transformer of the paper on grokking, `macaron_bert` Macaron as an encoder of sentences;
`macaron_flow`, `kat_sines` and `karat_rows` are experiments of their papers.

This table is made by `/usr/bin/python3 test/Benchmark/paper_systems.py --write`. Error: relative, of the executable with
random weights, against the equations in NumPy with f64. Time, GFLOP/s and share of the multiply-add peak: the fastest
2 % of runs on one thread. Steps: forward, backward and update on one thread without dropout, the fastest of 20. Best peer
/ Tenon: the time of the fastest peer over Tenon's, of a run and of a step, measured in turn with the same weights and
inputs; `scripts/peers` installs them, [`test/Benchmark/README.md`](../test/Benchmark/README.md) says how they run. GPU:
"emulated" where `tenonc --target=cuda` compiles the configuration: our emulator runs kernels like its own in the tests,
what a real GPU has run is in [`docs/GpuMeasurements.md`](../docs/GpuMeasurements.md); else what it refuses first.{refused}

{machine}

{table}
"""
HEAD = ["model", "paper, arXiv", "configuration", "parameters", "error", "ms", "GFLOP/s", "% of peak", "steps/s",
        "best peer / Tenon, run", "best peer / Tenon, step", "GPU"]  # fmt: skip
RUN_PEERS = [module for module in PEERS if module != "iree"]


def call(command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def refusal(row, tenonc, *options):
    """What keeps the configuration from being compiled for GPUs, or nothing."""
    command = [tenonc, row.system.source, *row.run().options(), *options]
    command += ["--target=cuda", "--mcpu=native", "--emit=llvm"]
    with tempfile.NamedTemporaryFile(suffix=".ll") as file:
        done = subprocess.run([*map(str, command), "-o", file.name], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    found = re.search(r"error: (.*)", done.stderr)
    text = found[1] if found else f"exit code {done.returncode}"
    known = re.match(r"'([\w.]+)' op cannot be emitted for GPUs(.*)", text)
    return f"no `{known[1]}`{known[2]}" if known else text


def gpu_cell(run, step):
    """Of what keeps runs and steps from being compiled."""
    cells = [refused or "emulated" for refused in (run, step)]
    return cells[0] if cells[0] == cells[1] else f"{cells[0]}; steps: {cells[1]}"


def gpu_sentence(refusals):
    """Which models cannot be compiled for GPUs; `refusals` are pairs by their names."""
    names = ([f"`{name}`" for name, pair in refusals.items() if pair[part]] for part in (0, 1))
    runs, steps = map(", ".join, names)
    parts = [f"runs of {runs}"] * bool(runs) + [f"steps of {steps}"] * bool(steps)
    return textwrap.fill(f"Not compiled for GPUs: {'; '.join(parts)}.", 120, initial_indent="\n") if parts else ""


class Program:
    """A row's executable, which runs and trains, with the files of both in folders."""

    def __init__(self, row, folder, tenonc):
        self.row = row
        for part in ("run", "step"):
            (folder / part).mkdir()
        self.run, self.step = Case(row.run(), folder / "run"), Case(row.step(), folder / "step")
        self.path = folder / "run" / "model"
        options = [*row.run().options(), *(["-D", "drop=0"] if row.drops else []), "--train", "--mcpu=native"]
        call([tenonc, row.system.source, *options, "-o", self.path])

    def error(self):
        workload = self.run.workload
        tenon = Tenon(None, self.run, 1)
        return relative_frobenius(tenon.start(), workload.reference(workload.weights(), **workload.inputs()))

    def bench(self, runs):
        report = self.run.scratch / "bench.json"
        call([self.path, "bench", *Tenon(None, self.run, 1).common(), "--repeat", runs, "--json", report])
        return json.loads(report.read_text())

    def step_seconds(self, steps):
        lines = TenonSteps(self.path, self.step, 1).train(SKIPPED + steps)
        return min(line["seconds"] for line in lines[SKIPPED:])


def beside_peers(case, tenon, peers, arguments):
    """The time of the best peer over Tenon's; peers that fail are named."""
    systems = [tenon, *(Peer(module, case, 1) for module in peers)]
    say = lambda text: print(f"{case.workload.name}: {text}", file=sys.stderr, flush=True)
    tenon, *others = measure_in_turn(systems, case, arguments, with_start=False, progress=say)
    if tenon.problem:
        raise Failure(tenon.problem)
    good = sorted((m for m in others if not m.problem), key=lambda m: m.ratio(tenon))
    failed = [m for m in others if m.problem and m.problem not in (NOT_INSTALLED, NOT_RUN)]
    for m in good:
        say(f"{m.system.name} / Tenon {m.ratio(tenon):.2f}, error {m.error:.1e}")
    for m in failed:
        say(f"{m.system.name}: {m.problem}")
    parts = [f"{m.ratio(tenon):.2f} ({m.system.name})" for m in good[:1]]
    return "; ".join(parts + [f"{m.system.name} fails" for m in failed]) or NOT_MEASURED


def measure(row, arguments):
    with tempfile.TemporaryDirectory(prefix="tenon-systems-") as name:
        program = Program(row, pathlib.Path(name), arguments.tenonc)
        error = program.error()
        bench = program.bench(3 if arguments.quick else 50)
        seconds, flops = bench["seconds"]["fastest_2_percent"], bench["all_kernels"]["flops"]
        step = program.step_seconds(3 if arguments.quick else 20)
        run_peers, step_peers = ([], []) if arguments.no_peers else (RUN_PEERS, STEP_PEERS)
        peers = [
            beside_peers(program.run, Tenon(None, program.run, 1), run_peers, arguments),
            beside_peers(program.step, TenonSteps(program.path, program.step, 1), step_peers, arguments),
        ]
    count = sum(int(np.prod(shape)) for shape in row.system.shapes().values())
    return [f"[`{row.name}`]({row.name}.tenon)", row.paper, row.what, f"{count:,}", f"{error:.1e}",
            f"{1e3 * seconds:.3g}", f"{flops / seconds * 1e-9:.1f}", f"{100 * bench['of_peak_at_fastest_2_percent']:.0f}", f"{1 / step:.3g}",
            *peers]  # fmt: skip


def options(command_line):
    parser = argparse.ArgumentParser(description="Measures the systems of published papers.")
    option = parser.add_argument
    option("--only", default="", metavar="REGEX", help="models whose name it is found in")
    option("--write", action="store_true", help="replace models/README.md")
    option("--quick", action="store_true", help="fewer runs, steps and rounds")
    option("--no-peers", action="store_true", help="measure Tenon alone")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    option("--lock", metavar="FILE", help="held locked while a row is measured beside its peers")
    arguments = parser.parse_args(command_line)
    arguments.seconds, arguments.rounds = (0.1, 3) if arguments.quick else (0.3, 11)
    return arguments


def main(command_line):
    arguments, refusals = options(command_line), {}
    lines = [HEAD, ["---"] * len(HEAD)]
    for row in ROWS:
        if re.search(arguments.only, row.name):
            print(row.name, file=sys.stderr, flush=True)
            refusals[row.name] = tuple(refusal(row, arguments.tenonc, *more) for more in ([], ["--train"]))
            lines.append([*measure(row, arguments), gpu_cell(*refusals[row.name])])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    text = TEXT.format(machine=machine_line(), table=table, refused=gpu_sentence(refusals))
    if arguments.write:
        OUTPUT.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
