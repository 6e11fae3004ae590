# RUN: %python %s %tenonc %t
"""What scripts/reproduce shows, in short: attention built by hand hands every token the whole
sequence; steps of a Macaron net have half the error of a Transformer's, and splittings their
orders; one layer of attention learns a map that it can't learn without positions or without
attention; quotients learn sines better than GELU."""

import argparse
import subprocess
import sys

from support import ROOT, arguments

tenonc, scratch, _ = arguments()
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
from papers import common, uat  # noqa: E402


def reproduce(*options):
    script = ROOT / "scripts" / "lib" / "reproduce.py"
    command = [sys.executable, "-B", script, "--tenonc", tenonc, "--out", scratch, "--threads", "1", *options]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, flush=True)
    return done


for options in (("uat", "construct"), ("macaron", "splitting"), ("kat", "regress")):
    done = reproduce(*options)
    assert done.returncode == 0 and "expected" in done.stdout, options
assert (scratch / "macaron" / "splitting" / "curves.svg").exists()
wrong = reproduce("karat", "nothing")
assert wrong.returncode == 2 and "karat has rows, variants, bases; not nothing" in wrong.stdout, wrong

given = argparse.Namespace(tenonc=tenonc, out=scratch, seed=1, steps=1000, threads=1)
bench = common.Bench(given, "uat_short")
error, *_ = uat.relative_error(bench, "all", 1, W=64)
without = [uat.relative_error(bench, name, 1, W=64, **sizes)[0]
           for name, sizes in (("places", {"positions": "none"}), ("alone", {"attend": False}))]  # fmt: skip
print(f"relative error {error:.3f}; without positions and without attention {without}")
assert error < 0.2 and min(without) > 0.7, (error, without)
