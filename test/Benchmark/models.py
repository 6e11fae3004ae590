"""Whole models, Tenon beside its peers.

    /usr/bin/python3 test/Benchmark/models.py [--only REGEX] [--threads 1,2]
        [--rounds N] [--quick] [--peers onnxruntime,openvino] [--json FILE]

README.md beside this file says what is measured and how to read it.
"""

import argparse
import pathlib
import re
import sys
import tempfile

from measuring import Case, measure
from model_tables import ModelTables
from report import machine_line, to_markdown, write_json
from runners import PEERS, Peer, Tenon
from workloads import ROOT, WORKLOADS

STARTED = "MiniLM, 16 tokens"  # whose process start is measured too


def measure_workload(workload, arguments):
    """The results of one workload, each as ModelTables takes it."""
    with tempfile.TemporaryDirectory(prefix="tenon-benchmark-") as folder:
        case = Case(workload, pathlib.Path(folder))
        for threads in arguments.threads:
            place = f"{workload.name}, {threads} thread{'s' * (threads > 1)}"
            systems = [Tenon(arguments.tenonc, case, threads)]
            systems += [Peer(module, case, threads) for module in arguments.peers]
            measurements = measure(
                systems,
                case,
                arguments,
                with_start=workload.name == STARTED,
                progress=lambda name, place=place: print(
                    f"{place}: {name}", file=sys.stderr
                ),
            )
            yield workload, threads, measurements


def peer_names(text):
    unknown = set(text.split(",")) - PEERS.keys()
    if unknown:
        raise argparse.ArgumentTypeError(f"no peer {', '.join(sorted(unknown))}")
    return text.split(",")


def thread_counts(text):
    return [int(part) for part in text.split(",")]


def parse(command_line):
    parser = argparse.ArgumentParser(
        description="Measures whole models beside their peers."
    )
    option = parser.add_argument
    option("--only", default="", metavar="REGEX", help="rows whose name it is found in")
    option("--threads", type=thread_counts, default=[1, 2], metavar="N,...")
    option("--rounds", type=int, metavar="N", help="default: 11; with --quick 3")
    option("--quick", action="store_true", help="fewer and shorter rounds")
    option("--peers", type=peer_names, default=list(PEERS), metavar="NAME,...",
           help=f"of {', '.join(PEERS)}")  # fmt: skip
    option("--json", metavar="FILE", help="write the tables there too")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    option("--lock", metavar="FILE", help="held locked while a row is measured")
    arguments = parser.parse_args(command_line)
    arguments.seconds = 0.1 if arguments.quick else 0.3
    arguments.rounds = arguments.rounds or (3 if arguments.quick else 11)
    return arguments


def main(command_line):
    arguments, results = parse(command_line), []
    for workload in WORKLOADS:
        if re.search(arguments.only, workload.name):
            for result in measure_workload(workload, arguments):
                results.append(result)
                if arguments.json:
                    write_json(arguments.json, ModelTables(results).tables())
    print(f"{machine_line()}\n\n{to_markdown(ModelTables(results).tables())}", end="")


if __name__ == "__main__":
    main(sys.argv[1:])
