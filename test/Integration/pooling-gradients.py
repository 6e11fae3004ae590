# RUN: %python %s %tenonc %t
"""Gradients of the pooled embeddings by all parameters, corrections of rank 2 and latents
among them, agree with differences of the float64 reference: of the last token of each
layer, and of all tokens with padding."""

from gradient_checks import check_gradients
from support import arguments
from systems import Pooling
from weights_io import random_weights

tenonc, scratch, _ = arguments()
for variant in (3, 4):
    system = Pooling(variant=variant, layers=variant - 2, vocab=9)
    system.weights = random_weights(system.shapes(), seed=2)
    types = ("i64[B, N]", f"[B, {system.sizes['C']}]")
    options = {"dims": "B, N", "entry": "embed", "drop": 0.0}
    check_gradients(tenonc, scratch / f"{variant}", system, system.inputs(3, 6), types, **options)
