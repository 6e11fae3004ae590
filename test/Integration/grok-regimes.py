# RUN: %python %s %tenonc %t
"""The script that reproduces regimes of learning corrupted sums: without wrong labels
every test sum is right after 100 steps; with them, under strong decay, test sums are
right and the wrong labels are not learned; without decay both are known, and leaving out the
neurons that are not periodic leaves the rule alone; a Transformer knows its examples long before
other sums. It says so when an accuracy is missed."""

import json
import subprocess
import sys
import xml.etree.ElementTree as xml

from support import ROOT, arguments

tenonc, scratch, _ = arguments()
SCRIPT = [sys.executable, ROOT / "scripts" / "lib" / "grok.py", "--tenonc", tenonc, "--out", scratch]


def run(*options):
    command = [str(part) for part in (*SCRIPT, *options)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, flush=True)
    return done


def last_line(regime):
    """Step, accuracy on training labels and on test pairs, at the end of the log."""
    lines = (scratch / regime / "log.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    return last["step"], last["accuracy"], last["eval_accuracy"]


assert run("clean").returncode == 0
assert last_line("clean") == (100, 1.0, 1.0), last_line("clean")
log = [json.loads(line) for line in (scratch / "clean" / "log.jsonl").read_text().splitlines()]
assert [line["step"] for line in log] == list(range(101))
assert [line["step"] for line in log if "eval_loss" in line] == list(range(0, 101, 4))
log = log[1:]
assert log[-1]["loss"] < 1.2e-3 < log[0]["loss"], (log[0], log[-1])
figure = xml.parse(scratch / "clean" / "curves.svg").getroot()
assert len(list(figure.iter("{http://www.w3.org/2000/svg}polyline"))) == 4, "loss and accuracy of both"

assert run("full_inversion", "--steps", "300").returncode == 0
step, train, test = last_line("full_inversion")
assert step == 300 and 0.64 <= train <= 0.66 and test > 0.999, (step, train, test)

# By heart, long before any test sum is right.
short = run("coexistence", "--steps", "40")
assert short.returncode == 1 and "not as expected: coexistence" in short.stdout, short
step, train, test = last_line("coexistence")
assert train > 0.99 and test < 0.1, (train, test)

# The whole of it, and what pruning leaves: the script holds both to the paper's numbers.
assert run("pruning").returncode == 0
step, train, test = last_line("coexistence")
assert step == 1000 and train > 0.96 and test > 0.97, (step, train, test)
pruned = [json.loads(line) for line in (scratch / "coexistence" / "least_periodic_first.jsonl").read_text().splitlines()]
assert pruned[0]["corrupted"] > 0.9 and pruned[7]["corrupted"] < 0.05 and pruned[7]["test accuracy"] > 0.99, pruned

short = run("transformer", "--steps", "160")
assert short.returncode == 1 and "not as expected: transformer" in short.stdout, short
step, train, test = last_line("transformer")
assert step == 160 and train > 0.95 and test < 0.5, (step, train, test)
