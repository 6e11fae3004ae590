"""Steps that meet a few rows of a large table, Tenon beside PyTorch with dense and with sparse gradients.

    /usr/bin/python3 test/Benchmark/embedding.py [--rows V,...] [--ids N] [--threads 1,2] [--rounds N] [--tenonc FILE]

The loss is the mean square of the looked-up rows' distance to targets; ids are drawn as words are, by
Zipf's law. Systems take turns; the median over the rounds of each one's median step is shown, with
the most memory that the process had. `scripts/peers` installs PyTorch.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np
from report import machine_line
from training import PYTHON, ROOT, run_measured

WIDTH, STEPS, SKIPPED = 64, 30, 5
MODEL = """
model lookup[V, D]:
    dim B
    table: embedding[V, D]

    entry forward(ids: i64[B]) -> (y: [B, D]):
        return table(ids)

    train fit(ids: i64[B], target: [B, D]):
        minimize mse(forward(ids), target)
        update "*" with RULE
"""
RULES = {"SGD": "sgd[0.1]", "Adagrad": "adagrad[0.1]", "Adam, lazy": "lazy_adam[0.001]"}
PEER = """
import json, sys, time
import numpy as np, torch
folder, V, D, rule, is_sparse, threads, steps = sys.argv[1:]
torch.set_num_threads(int(threads))
table = torch.nn.Embedding(int(V), int(D), sparse=is_sparse == "1")
make = {"SGD": lambda p: torch.optim.SGD(p, lr=0.1), "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
        "Adam, lazy": lambda p: torch.optim.SparseAdam(p, lr=0.001)}
optimizer = make[rule](table.parameters())
ids, target = (torch.from_numpy(np.load(f"{folder}/{name}.npy")) for name in ("ids", "target"))
for _ in range(int(steps)):
    start = time.perf_counter()
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(table(ids), target).backward()
    optimizer.step()
    print(json.dumps({"seconds": time.perf_counter() - start}))
"""


def median_step(lines):
    return statistics.median(json.loads(line)["seconds"] for line in lines[SKIPPED:])


def run_tenon(program, folder, ids, threads):
    log = folder / "log.jsonl"
    command = [program, "train", "--steps", STEPS, "--batch", ids, "--log", log, "--threads", threads]
    for name in "ids", "target":
        command += ["--input", f"{name}={folder / name}.npy"]
    _, memory = run_measured(command, threads)
    return median_step(log.read_text().splitlines()), memory


def run_peer(folder, rows, rule, is_sparse, threads):
    environment = {**os.environ, "LD_LIBRARY_PATH": str(PYTHON.parents[1] / "cuda-stubs")}
    command = [PYTHON, "-c", PEER, folder, rows, WIDTH, rule, int(is_sparse), threads, STEPS]
    text, memory = run_measured(command, threads, environment)
    return median_step(text.splitlines()), memory


def measure(rows, rule, folder, arguments):
    source, program = folder / "lookup.tenon", folder / "lookup"
    source.write_text(MODEL.replace("RULE", RULES[rule]))
    command = [arguments.tenonc, source, "--train", "-o", program, "-D", f"V={rows}", "-D", f"D={WIDTH}"]
    subprocess.run([str(c) for c in command], check=True, stderr=subprocess.DEVNULL)
    rng = np.random.default_rng(3)
    np.save(folder / "ids.npy", np.minimum(rng.zipf(1.2, arguments.ids) - 1, rows - 1).astype(np.int64))
    np.save(folder / "target.npy", rng.standard_normal((arguments.ids, WIDTH)).astype(np.float32))
    for threads in arguments.threads:
        systems = {"Tenon": lambda: run_tenon(program, folder, arguments.ids, threads)}
        if PYTHON.exists():
            systems["PyTorch, sparse"] = lambda: run_peer(folder, rows, rule, True, threads)
            if rule != "Adam, lazy":
                systems["PyTorch, dense"] = lambda: run_peer(folder, rows, rule, False, threads)
        runs = {name: [] for name in systems}
        for _ in range(arguments.rounds):
            for name, run in systems.items():
                runs[name].append(run())
        medians = {name: tuple(map(statistics.median, zip(*own))) for name, own in runs.items()}
        best = min([time for name, (time, _) in medians.items() if name != "Tenon"], default=None)
        for name, (time, memory) in medians.items():
            ratio = f"{best / time:.2f}" if best and name == "Tenon" else ""
            yield f"| {rows} | {rule} | {threads} | {name} | {1e3 * time:.3f} | {memory:.0f} | {ratio} |"


def main():
    parser = argparse.ArgumentParser(description="Measures steps that meet a few rows of a large table.")
    option = parser.add_argument
    option("--rows", type=lambda text: [int(v) for v in text.split(",")], default=[63001, 1000000], metavar="V,...")
    option("--ids", type=int, default=4096, metavar="N")
    option("--threads", type=lambda text: [int(t) for t in text.split(",")], default=[1, 2], metavar="N,...")
    option("--rounds", type=int, default=3, metavar="N")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args()
    print(machine_line() + f"; {arguments.ids} ids, rows of {WIDTH}\n")
    print("| rows | optimizer | threads | system | step/ms | memory/MB | best peer / Tenon |\n|---|---|---|---|---|---|---|")
    for rows in arguments.rows:
        for rule in RULES:
            with tempfile.TemporaryDirectory(prefix="tenon-embedding-") as name:
                for line in measure(rows, rule, pathlib.Path(name), arguments):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
