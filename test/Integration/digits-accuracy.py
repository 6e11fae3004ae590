# RUN: %python %s %tenonc %t
"""The digits Vision Transformer, compiled, recognizes exactly as many of its
test images as recorded, and so does the float64 reference; their logits
agree."""

import re

import numpy as np

import vit_reference
from support import ROOT, Executable, arguments, check_network, compile_model
from support import levels, relative_frobenius
from weights_io import read_safetensors, widened

tenonc, scratch, _ = arguments()
folder = ROOT / "models" / "digits"
weights = folder / "digits_vit.safetensors"
images = np.load(folder / "digits_images.npy")
labels = np.load(folder / "digits_labels.npy")
recorded = [int(n) for n in re.findall(r"\d+", (folder / "accuracy.txt").read_text())]

program = compile_model(tenonc, folder / "digits_vit.tenon", scratch / "digits")
program = Executable(program.path, weights)
tensors = read_safetensors(weights)
truth = vit_reference.forward(widened(tensors), images.astype(np.float64), heads=4)
plain_error = relative_frobenius(vit_reference.forward(tensors, images, 4), truth)


def check_count(what, logits):
    correct = int((logits.argmax(-1) == labels).sum())
    assert [correct, len(labels)] == recorded[:2], f"{what}: {correct}, {recorded}"


check_count("reference", truth)
for level in levels():
    logits = program("logits", options=["--level", level], images=images)
    check_network(level, logits, truth, plain_error)
    check_count(level, logits)
