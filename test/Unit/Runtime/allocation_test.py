"""An executable that measures itself allocates nothing per run.

usage: allocation_test.py FAKE BARE EMBEDDED COUNTED_MALLOC
"""
import os
import re
import sys

from rows import SANITIZED, run_rows

COUNTED_MALLOC = os.path.abspath(sys.argv[4])


def allocations(r, *arguments):
    result = r.run(["bench", "--weights", r.weights, "--size", "B=9,N=7", *arguments], 0,
                   env=dict(os.environ, LD_PRELOAD=COUNTED_MALLOC))
    found = re.search(rb"^allocations: (\d+)$", result.stderr, re.MULTILINE)
    r.check(found, f"no count in {result.stderr!r}")
    return int(found[1]) if found else 0


def row_bench(r):
    """A thousand runs more add no allocation; a line of the report may."""
    if SANITIZED:
        return
    for entry in "run", "chain":
        for threads in "1", "2":
            options = ["--entry", entry, "--threads", threads, "--repeat"]
            few, many = (allocations(r, *options, repeat) for repeat in ("100", "1100"))
            r.check(few > 10, f"only {few} allocations: they are not counted")
            r.check(many - few < 100, f"{entry}, {threads} threads: {few} allocations for 100 "
                    f"runs, {many} for 1100")


if __name__ == "__main__":
    sys.exit(run_rows(globals()))
