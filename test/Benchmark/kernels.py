"""Kernels of Tenon beside oneDNN, libxsmm and the limits of the machine.

    /usr/bin/python3 test/Benchmark/kernels.py

builds tenon-kernel-bench, compiles a small model per row, runs it in one process
with its peers and with the loop that bounds it, and prints tables as Markdown.
README.md here says how to read them. The exit code is 1 if a row could not be
measured.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from kernel_bars import BARS, TWO_THREADS, is_met, is_narrow_core
from kernel_models import model_of
from report import Table, machine_line, to_markdown, write_json

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ("oneDNN", "libxsmm")

GEMM_SHAPES = (
    (197, 768, 768),
    (197, 3072, 768),
    (197, 768, 3072),
    (197, 192, 192),
    (128, 384, 384),
    (32, 512, 512),
    (1024, 1024, 1024),
)
SMALL_SHAPES = (
    (1, 768, 3072),
    (1, 4096, 4096),
    (2, 1024, 2816),
    (3, 1024, 2816),
    (4, 1024, 2816),
    (5, 1024, 2816),
)
FFNS = ("ffn-gelu-erf", "ffn-gelu-tanh", "ffn-gated-silu", "ffn-rational")
ROWS = ("layer-norm", "residual-norm", "rational", "softmax")

# Title, what bounds the group, and its rows: kind and sizes.
GROUPS = (
    ("GEMM, M N K, packed weights", "multiply", [("gemm", s) for s in GEMM_SHAPES]),
    ("Small M, M N K, packed weights", "read", [("gemm", s) for s in SMALL_SHAPES]),
    ("Feed-forward, M D H", "multiply", [(k, (197, 768, 3072)) for k in FFNS]),
    (
        "Attention, N heads d",
        "multiply",
        [
            ("attention", (197, 12, 64)),
            ("attention", (1024, 12, 64)),
            ("attention-causal", (1024, 12, 64)),
        ],
    ),
    (
        "Learned attention (KArAt), N heads multiples",
        "multiply",
        [("learned-attention", (197, heads, 3)) for heads in (3, 6)],
    ),
    ("Rows from memory, rows columns", "scale", [(k, (4096, 768)) for k in ROWS]),
)

UNITS = {"multiply": ("GFLOP/s", "flops"), "read": ("GB/s", "bytes"), "scale": ("GB/s", "bytes")}
# No kernel multiplies faster than the loop that only multiplies.
TOLERANCE = 1.005
LIMITS = {"multiply": "multiply-add peak", "read": "read loop", "scale": "scale loop"}


class Failure(Exception):
    """A row that could not be measured, with the first line that says why."""


def output_of(command):
    """What a command prints; its first line of errors if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Failure(lines[0])
    return done.stdout


def compile_row(kind, sizes, folder, options):
    """The shared library of a row's model."""
    text, sizes_given = model_of(kind, sizes)
    name = "-".join([kind, *map(str, sizes)])
    source, library = folder / f"{name}.tenon", folder / f"{name}.so"
    if not library.exists():
        source.write_text(text, encoding="utf-8")
        cpu = f"--mcpu=x86-64-{options.level}" if options.level else "--mcpu=native"
        output_of([options.tenonc, source, *sizes_given, cpu, "--emit=so", "-o", library])
    return library


def measure(kind, sizes, threads, folder, options):
    """The figures of all candidates of a row."""
    library = compile_row(kind, sizes, folder, options)
    command = [options.bench, kind, *map(str, sizes), "--model", library, "--json"]
    command += ["--threads", str(threads), "--seconds", str(options.seconds)]
    command += ["--level", options.level] if options.level else []
    command += ["--cpu-time"] if options.cpu_time and threads == 1 else []
    return json.loads(output_of(command))["candidates"]


def pick(candidates, threads, **wanted):
    """The first candidate on so many threads with these properties, or None."""
    for c in candidates:
        if c["threads"] == threads and all(c[k] == v for k, v in wanted.items()):
            return c
    return None


def best_rate(candidates, threads, role, work, quantile):
    """The highest rate that a loop of this role reached."""
    loops = [c for c in candidates if c["role"] == role and c["threads"] == threads]
    return max(c[work] / c[quantile] for c in loops)


def columns_of(bound):
    """The columns of a group; its peers are compared by time."""
    unit = UNITS[bound][0]
    columns = {
        "row": "row",
        "threads": "threads",
        "p50": "p50/us",
        "q98": "q98/us",
        "rate": f"{unit} q98",
        "limit": f"{LIMITS[bound]}, {unit} q98",
        "share_p50": "% p50",
        "share_q98": "% q98",
    }
    for peer in PEERS:
        columns[f"{peer} share"] = f"{peer}, % q98"
        columns[f"{peer} ratio"] = f"{peer}/Tenon time"
    if bound == "read":
        columns["multiply"] = "multiply-add peak, % q98"
    columns.update(speedup="speed-up", bar="bar", met="met")
    return columns


def cells_of(kind, sizes, bound, threads, candidates):
    """One line of a table."""
    work = UNITS[bound][1]
    tenon = pick(candidates, threads, role="model")
    cells = {
        "row": f"{kind} {' '.join(map(str, sizes))}",
        "threads": threads,
        "p50": 1e6 * tenon["p50"],
        "q98": 1e6 * tenon["q98"],
        "rate": 1e-9 * tenon[work] / tenon["q98"],
        "limit": 1e-9 * best_rate(candidates, threads, bound, work, "q98"),
        "share_p50": 100 * tenon["share_p50"],
        "share_q98": 100 * tenon["share_q98"],
    }
    if bound == "read":
        peak = best_rate(candidates, threads, "multiply", "flops", "q98")
        cells["multiply"] = 100 * tenon["flops"] / tenon["q98"] / peak
    for peer in PEERS:
        found = pick(candidates, threads, name=peer)
        cells[f"{peer} share"] = 100 * found["share_q98"] if found else None
        cells[f"{peer} ratio"] = found["ratio"] if found else None
    ratios = [cells[f"{p} ratio"] for p in PEERS if cells[f"{p} ratio"] is not None]
    if threads == 1:
        bar = BARS[bound](kind, sizes, is_narrow_core())
        cells["bar"] = bar.text
        cells["met"] = is_met(bar, cells["share_q98"], ratios)
    elif bound == "multiply":
        single = pick(candidates, 1, role="model")
        cells["speedup"] = single["q98"] / tenon["q98"]
        scaling = cells["limit"] * 1e9 / best_rate(candidates, 1, bound, work, "q98")
        cells["bar"], cells["met"] = TWO_THREADS.judge(threads, cells["speedup"], scaling)
    return cells


def run_group(title, bound, rows, folder, options):
    """The table of a group; rows that fail are named below it."""
    table = Table(title, columns_of(bound))
    versions = set()
    for kind, sizes in rows:
        for threads in options.threads:
            name = f"{kind} {' '.join(map(str, sizes))}"
            if not re.search(options.only, f"{name} {threads}"):
                continue
            try:
                candidates = measure(kind, sizes, threads, folder, options)
                versions |= {f"{c['name']} {c['version']}" for c in candidates if c["version"]}
                table.add(**cells_of(kind, sizes, bound, threads, candidates))
                if bound == "multiply" and max(c["share_q98"] for c in candidates) > TOLERANCE:
                    table.note(f"{name}, {threads} threads: above the peak; measure it again.")
            except Failure as failure:
                table.add(row=name, threads=threads, p50=None, q98=None, met="no")
                table.note(f"{name}, {threads} threads: {failure}")
                options.failed = True
            print(name, threads, table.rows[-1].get("share_q98"), file=sys.stderr)
    if versions:
        table.note(f"Peers: {', '.join(sorted(versions))}.")
    return table


def thread_counts(text):
    """[1, 2] from "1,2"."""
    return [int(part) for part in text.split(",")]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="rows whose 'KIND SIZES THREADS' matches")
    parser.add_argument("--threads", type=thread_counts, default=[1, 2], help="1,2")
    parser.add_argument("--seconds", type=float, default=2.0, help="per candidate")
    parser.add_argument("--level", choices=("v3", "v4"), help="by default the CPU's own")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="CPU time instead of wall time for one thread, where others use the machine",
    )
    parser.add_argument("--json", help="write the tables to this file as well")
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path, help="its folder")
    parser.add_argument("--tenonc", help="by default the one in the build folder")
    parser.add_argument("--bench", help="tenon-kernel-bench; by default it is built")
    options = parser.parse_args()
    options.tenonc = options.tenonc or options.build / "bin" / "tenonc"
    options.failed = False
    return options


def build_bench(folder):
    """tenon-kernel-bench of a build folder, brought up to date."""
    command = ["cmake", "--build", folder, "--target", "tenon-kernel-bench"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "bin" / "tenon-kernel-bench"


def main():
    options = parse_options()
    options.bench = options.bench or build_bench(options.build)
    with tempfile.TemporaryDirectory() as folder:
        tables = [
            run_group(title, bound, rows, pathlib.Path(folder), options)
            for title, bound, rows in GROUPS
        ]
    tables = [table for table in tables if table.rows]
    print(machine_line() + "\n\n" + to_markdown(tables), end="")
    if options.json:
        write_json(options.json, tables)
    return 1 if options.failed else 0


if __name__ == "__main__":
    sys.exit(main())
