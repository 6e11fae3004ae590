"""Runs experiments of the papers behind the systems in models/; scripts/reproduce says how.

    reproduce.py [--tenonc FILE] [--out FOLDER] [--seed N] [--steps N] [--threads N] SYSTEM [EXPERIMENT...]

With --steps trainings are cut short, and their results not held against anything. Ends
with exit code 1 when something isn't as expected.
"""

import argparse
import importlib
import sys
import time

from papers.common import Bench

SYSTEMS = ("uat", "minimal", "kat", "macaron", "mot", "karat", "pooling")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, usage=argparse.SUPPRESS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tenonc", default="tenonc")
    parser.add_argument("--out", default="reproduce")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT")
    given = parser.parse_args()
    module = importlib.import_module(f"papers.{given.system}")
    unknown = set(given.experiments) - set(module.EXPERIMENTS)
    if unknown:
        parser.error(f"{given.system} has {', '.join(module.EXPERIMENTS)}; not {', '.join(sorted(unknown))}")
    failed = []
    for name in given.experiments or module.EXPERIMENTS:
        print(f"\n{given.system}, {name}", flush=True)
        bench, started = Bench(given, f"{given.system}/{name}"), time.perf_counter()
        module.EXPERIMENTS[name](bench)
        print(f"{time.perf_counter() - started:.0f} s in all", flush=True)
        failed += [f"{name}: {what}" for what in bench.failed]
    if failed:
        sys.exit("not as expected: " + "; ".join(failed))


if __name__ == "__main__":
    main()
