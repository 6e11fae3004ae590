# REQUIRES: minilm-weights
# RUN: %python %s %tenonc %t %minilm-weights
"""all-MiniLM-L6-v2 with its published weights, on fifty sentences of 4 to 197
tokens: one by one and in padded batches the embeddings agree with float64
NumPy to 5e-6, and one and two threads give the same bits.

The sentences and their token numbers are in test/Data. The reference takes
them one by one, without padding.
"""

import numpy as np

import minilm_reference
from support import ROOT, Executable, arguments, check_equal_bits, check_network
from support import compile_model, levels, relative_frobenius
from weights_io import read_safetensors, widened

tenonc, scratch, (weights,) = arguments()
data = ROOT / "test" / "Data"
ids = np.load(data / "sentences_ids.npy")
mask = np.load(data / "sentences_mask.npy")
tensors = read_safetensors(weights)
exact = widened(tensors)


def cut(rows):
    """Inputs of these sentences, padded to the longest of them."""
    longest = mask[rows].sum(1).max()
    return {"ids": ids[rows, :longest], "mask": mask[rows, :longest]}


def reference(p, rows):
    parts = [minilm_reference.forward(p, **cut([row])) for row in rows]
    return np.concatenate(parts)


program = compile_model(tenonc, ROOT / "models" / "minilm.tenon", scratch / "minilm")
program = Executable(program.path, weights)
every = np.arange(len(ids))
truth = reference(exact, every)

single = np.concatenate([program("embedding", **cut([row])) for row in every])
some = every[::7]
plain_error = relative_frobenius(reference(tensors, some), truth[some])
check_network("one by one", single, truth, plain_error)

for part in range(3):
    rows = every[part::3]
    inputs = cut(rows)
    for level in levels():
        run = {"options": ["--level", level], **inputs}
        batch = program("embedding", threads=1, **run)
        check_network(f"batch of {len(rows)}, {level}", batch, truth[rows])
        check_equal_bits("two threads", program("embedding", threads=2, **run), batch)
