# RUN: %python %s %tenonc %t
"""An executable with its weights inside gives the same bits as one that reads
them from the file, and still takes another file."""

import numpy as np

from support import ROOT, Executable, arguments, check_equal_bits, compile_model
from weights_io import read_safetensors

tenonc, scratch, _ = arguments()
folder = ROOT / "models" / "digits"
weights = folder / "digits_vit.safetensors"
images = np.load(folder / "digits_images.npy")[:20]

plain = compile_model(tenonc, folder / "digits_vit.tenon", scratch / "plain")
inside = compile_model(
    tenonc,
    folder / "digits_vit.tenon",
    scratch / "inside",
    options=["--embed-weights", str(weights)],
)
expected = Executable(plain.path, weights)("logits", images=images)
check_equal_bits("embedded", inside("logits", images=images), expected)

other = {name: value * 0.5 for name, value in read_safetensors(weights).items()}
other = {name: value.astype(np.float32) for name, value in other.items()}
check_equal_bits(
    "replaced",
    inside.with_weights(other)("logits", images=images),
    plain.with_weights(other)("logits", images=images),
)
