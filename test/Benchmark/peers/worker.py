"""One peer in a process of its own.

    worker.py PEER build | serve | once

reads the task as a line of JSON. `build` makes what a user would ship. `serve`
loads it, runs it once, writes the result, and then answers every line
{"seconds": s, "most": n} with the times of its runs. `once` ends after the
first result.
"""

import importlib
import json
import os
import pathlib
import sys
import time

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "Integration"))

from weights_io import read_safetensors  # noqa: E402


class Task:
    """What is to be run: a model's kind and sizes, its weights and inputs, the
    name of its result, and how many threads may work on it."""

    def __init__(self, text):
        fields = json.loads(text)
        self.kind, self.sizes = fields["kind"], fields["sizes"]
        self.pooled, self.batch = fields["pooled"], fields["batch"]
        self.output, self.threads = fields["output"], fields["threads"]
        self.weights_file, self.result_file = fields["weights"], fields["result"]
        self.folder = pathlib.Path(fields["folder"])
        self.inputs = {name: np.load(file) for name, file in fields["inputs"].items()}

    def weights(self):
        return read_safetensors(self.weights_file)


def timed_runs(run, seconds, most):
    """Times of the runs after an untimed one: one at least, `most` at most,
    fewer when `seconds` are over."""
    run()
    times, end = [], time.perf_counter() + seconds
    while not times or (len(times) < most and time.perf_counter() < end):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def main(name, command):
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**fields):
        print(json.dumps(fields), file=answers, flush=True)

    task = Task(sys.stdin.readline())
    if name.startswith("jax"):  # takes its threads from the processors it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: task.threads])
    peer = importlib.import_module(f"{name}_peer")
    if command == "build":
        peer.build(task, task.folder)
        answer(version=peer.version())
        return
    run, result = peer.load(task, task.folder)
    run()
    np.save(task.result_file, result())
    if command == "once":
        return
    answer(version=peer.version())
    for line in sys.stdin:
        answer(times=timed_runs(run, **json.loads(line)))


if __name__ == "__main__":
    main(*sys.argv[1:])
