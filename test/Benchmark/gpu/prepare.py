"""Compiles what measure.py runs on a machine with a GPU.

    /usr/bin/python3 test/Benchmark/gpu/prepare.py FOLDER [--tenonc FILE] [--only REGEX] [--options "..."]

FOLDER then holds an executable for each row of rows.py; small networks with their weights, their
inputs and what NumPy in float64 makes of them; and a list of it all. `--options` go to the compiler
for every row.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
from rows import BF16, ROOT, all_rows

sys.path[:0] = [str(ROOT / "test" / "Benchmark"), str(ROOT / "test" / "Integration")]

import systems  # noqa: E402
from kernel_models import text_of  # noqa: E402
from support import NETWORK_BAR  # noqa: E402

# Small networks: the system and the sizes of its inputs.
SMALL = (
    ("Vit", (3,)), ("Kat", (2,)), ("Minilm", (3, 17)), ("Mot", (2, 7)), ("Llama", (1, 5)), ("Uat", (3,)),
    ("Grok", (5,)), ("GrokTransformer", (5,)), ("Minimal", (2,)), ("Macaron", (3, 7, 5)), ("Pooling", (2, 9)),
    ("Karat", (2,)),
)  # fmt: skip
BF16_BAR = 3e-2


def file_name(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower().replace("³", "")).strip("_")


def source_of(row, folder):
    """The file of the row's model."""
    model = ROOT / "models" / f"{row.source}.tenon"
    if model.exists():
        return model
    file = folder / f"{row.source}.tenon"
    file.write_text(text_of(row.source))
    return file


def compile_row(row, folder, tenonc, options):
    """The entry of the list that tells measure.py what there is to run."""
    program = file_name(row.name)
    command = [tenonc, source_of(row, folder), *row.options, *options, "--target=cuda", "-o", folder / program]
    subprocess.run([str(word) for word in command], check=True, stderr=subprocess.PIPE, text=True)
    print(program, flush=True)
    entry = dataclasses.asdict(row)
    return {**entry, "program": program, "precision": row.precision(), "below": dict(row.below)}


def small_network(name, sizes, options, folder, tenonc, extra):
    """A small system with its inputs and its result in float64."""
    system = getattr(systems, name)()
    program = f"small_{name.lower()}{'_bf16' if options else ''}"
    executable = system.compile(tenonc, folder, ["--target=cuda", *options, *extra], program)
    inputs = system.inputs(*sizes)
    for key, value in inputs.items():
        np.save(folder / f"{program}.{key}.npy", value)
    np.save(folder / f"{program}.truth.npy", np.asarray(system.reference(inputs), np.float64))
    print(program, flush=True)
    bar = BF16_BAR if options else max(NETWORK_BAR, 2 * system.plain_error(inputs))
    return {"program": program, "weights": pathlib.Path(executable.weights).name, "inputs": list(inputs),
            "result": system.result, "bar": bar}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tenonc", default=ROOT / "build" / "bin" / "tenonc")
    parser.add_argument("--only", default="", help="rows whose names match this regular expression")
    parser.add_argument("--options", default="", help="for the compiler, for every row")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    extra = arguments.options.split()
    rows = [row for row in all_rows() if re.search(arguments.only, row.name)]
    small = [(*one, options) for one in SMALL for options in ((), BF16)] if not arguments.only else []
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        entries = list(workers.map(lambda row: compile_row(row, arguments.folder, arguments.tenonc, extra), rows))
        networks = list(workers.map(
            lambda s: small_network(s[0], s[1], s[2], arguments.folder, arguments.tenonc, extra), small))  # fmt: skip
    content = {"rows": entries, "small": networks}
    (arguments.folder / "list.json").write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
