# RUN: %python %s %tenonc %t
"""What MiniLM refuses, it refuses whole: a sentence longer than the position
table and a token outside the vocabulary end with exit code 1, name the numbers
and leave no output. A batch of empty sentences does not crash."""

import subprocess

import numpy as np

from support import arguments
from systems import Minilm

tenonc, scratch, _ = arguments()
system = Minilm()
program = system.compile(tenonc, scratch)


def attempt(what, ids):
    """Exit code and messages of one run."""
    np.save(scratch / "ids.npy", ids.astype(np.int64))
    np.save(scratch / "mask.npy", np.ones(ids.shape, bool))
    output = scratch / "out.npy"
    output.unlink(missing_ok=True)
    done = subprocess.run(
        [program.path, "run", "--weights", program.weights]
        + ["--input", f"ids={scratch}/ids.npy", "--input", f"mask={scratch}/mask.npy"]
        + ["--output", f"embedding={output}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode in (0, 1), f"{what}: exit code {done.returncode}"
    assert output.exists() == (done.returncode == 0), f"{what}: output file"
    return done.returncode, done.stderr


def refused(what, ids, *words):
    code, message = attempt(what, ids)
    assert code == 1, f"{what}: exit code {code}"
    for word in words:
        assert str(word) in message, f"{what}: no '{word}' in {message}"


good = np.ones((2, 5))
assert attempt("good input", good)[0] == 0
refused("too long", np.ones((2, 18)), "N", 18, 17)
refused("vocabulary size", np.where(np.eye(2, 5), 31, good), 31)
refused("negative token", np.where(np.eye(2, 5), -1, good), -1)
attempt("no tokens", np.ones((2, 0)))
