# RUN: %python %s %tenonc %t
"""Gradients of the small systems by all of their parameters agree with differences of their
float64 references: one layer of attention, the Transformer for sums modulo p without and with
norms, minimal Transformers with shared weights and with triangles, the Macaron net with one table for three uses and padding, a mixture of which one
part has no token: that has gradients of 0."""

import numpy as np

from gradient_checks import check_gradients
from support import arguments
from systems import GrokTransformer, Kat, Macaron, Minimal, Mot, Uat
from weights_io import random_weights

tenonc, scratch, _ = arguments()


def check(system, *types, inputs=None, seed=2, **options):
    system.weights = random_weights(system.shapes(), seed=seed)
    name = "_".join([type(system).__name__, *map(str, system.sizes.values())])
    inputs = system.inputs(3) if inputs is None else inputs
    return check_gradients(tenonc, scratch / name, system, inputs, types, **options)


uat = Uat(norm="pre", bias=True, D=13, heads=3)
check(uat, "[B, 4, 1]", "[B, 4, 1]")
for use_norm in (False, True):
    check(GrokTransformer(layers=1, use_norm=use_norm), "i64[B, 2]", "[B, 7]")
images = ("[B, 2, 10, 10]", "[B, 4]")
check(Minimal(similarity="shared", layers=1), *images, drop=0.0)
check(Minimal(similarity="cholesky", layers=1, mlp=False, project=False), *images, drop=0.0)
check(Kat(depth=1, D=16, heads=2), "[B, 3, 12, 12]", "[B, 5]", drop=0.0)
macaron = Macaron(layers=1)
check(macaron, "i64[B, S]", "i64[B, T]", "[B, T, 11]", inputs=macaron.inputs(3, 6, 4), dims="B, S, T", drop=0.0)

mot = Mot(layers=1, D=12, modalities=3, vocab=9)
inputs = mot.inputs(2, 7)
inputs["modality"] %= 2
types = ("i64[B, N]", "i32[B, N]", "i32[B, N]", "[B, N, 9]")
gradients = check(mot, *types, inputs=inputs, dims="B, N")
absent = [name for name in gradients if "local_experts" in name and ".2." in name]
assert len(absent) == 11, absent
assert all((gradients[name] == 0).all() for name in absent), "a part without a token is moved"
assert all(np.abs(gradients[name]).max() > 0 for name in set(gradients) - set(absent))
