"""The parameters of every workload are those of its model.

    /usr/bin/python3 test/Benchmark/workload_names.py build/bin/tenonc

compares their names and shapes with what the compiler lists.
"""

import re
import subprocess
import sys

from workloads import WORKLOADS


def listed(tenonc, workload):
    """Name and shape of the model's parameters that hold f32."""
    command = [tenonc, workload.source, *workload.options(), "--names"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^(\S+) f32\[(.*)\]$", lines, re.MULTILINE)
    return {name: tuple(map(int, sizes.split(", "))) for name, sizes in found}


def main(tenonc):
    for workload in WORKLOADS:
        own, models = workload.shapes(), listed(tenonc, workload)
        different = sorted(dict(own.items() ^ models.items()))
        if different:
            sys.exit(f"{workload.name}: other parameters than {workload.source}: {different[:9]}")
    print(f"{len(WORKLOADS)} workloads")


if __name__ == "__main__":
    main(*sys.argv[1:])
