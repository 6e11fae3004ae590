# RUN: %python %s %tenonc %t
"""A network written from the README and the grammar alone, an MLP-Mixer (Tolstikhin et
al., 2021) with rational activations, agrees with float64 NumPy at odd sizes on every
code level, and has the published number of parameters.

    x += mlp_tokens(norm1(x)^T)^T;  x += mlp_channels(norm2(x))
    mlp(x) = W_2 r(W_1 x + b_1) + b_2,  r(z) = P(z) / (1 + sum over j of |b_gj z^j|)
    y = head(mean over patches of norm(x))
"""

import numpy as np

from common_math import layer_norm, linear
from support import INPUTS, arguments, check_network, compile_model, levels, run_command
from vit_reference import EPSILON
from weights_io import random_weights, widened


def shapes(image, patch, D, depth, tokens, channels, classes, groups):
    patches = (image // patch) ** 2
    result = {"stem.proj.weight": (D, 3, patch, patch), "stem.proj.bias": (D,)}
    maps = {"head": (classes, D)}
    norms = ["norm"]
    for l in range(depth):
        for name, hidden, width in (("mlp_tokens", tokens, patches), ("mlp_channels", channels, D)):
            name = f"blocks.{l}.{name}."
            maps |= {name + "fc1": (hidden, width), name + "fc2": (width, hidden)}
            result |= {name + "act.weight_numerator": (1, 6), name + "act.weight_denominator": (groups, 4)}
        norms += [f"blocks.{l}.norm1", f"blocks.{l}.norm2"]
    for name, shape in maps.items():
        result |= {name + ".weight": shape, name + ".bias": shape[:1]}
    for name in norms:
        result |= {name + ".weight": (D,), name + ".bias": (D,)}
    return result


def rational(p, name, z):
    a, b = p[name + ".weight_numerator"][0], p[name + ".weight_denominator"]
    b = np.repeat(b, z.shape[-1] // len(b), axis=0)
    top = sum(a[k] * z**k for k in range(6))
    return top / (1 + sum(np.abs(b[:, k] * z ** (k + 1)) for k in range(4)))


def mlp(p, name, x):
    return linear(p, name + ".fc2", rational(p, name + ".act", linear(p, name + ".fc1", x)))


def forward(p, images, patch, depth):
    batch, _, side, _ = images.shape
    rows = side // patch
    cut = images.reshape(batch, 3, rows, patch, rows, patch)
    x = np.einsum("bcrpsq,dcpq->brsd", cut, p["stem.proj.weight"]) + p["stem.proj.bias"]
    x = x.reshape(batch, rows * rows, x.shape[-1])
    for l in range(depth):
        block = f"blocks.{l}."
        mixed = layer_norm(p, block + "norm1", x, EPSILON).swapaxes(1, 2)
        x = x + mlp(p, block + "mlp_tokens", mixed).swapaxes(1, 2)
        x = x + mlp(p, block + "mlp_channels", layer_norm(p, block + "norm2", x, EPSILON))
    return linear(p, "head", layer_norm(p, "norm", x, EPSILON).mean(1))


tenonc, scratch, _ = arguments()
source = INPUTS / "mixer.tenon"
run_command([tenonc, source, "--check"])
small = shapes(224, 16, 512, 8, 256, 2048, 1000, 8)
# Mixer-S/16 has 18,528,264; each of the 16 activations adds 6 + 8 * 4.
assert sum(map(np.prod, small.values())) == 18_528_264 + 16 * 38

for number, sizes in enumerate((
    {"image": 15, "patch": 5, "D": 7, "depth": 2, "tokens": 6, "channels": 21, "classes": 5, "groups": 3},
    {"image": 3, "patch": 3, "D": 1, "depth": 1, "tokens": 1, "channels": 1, "classes": 1, "groups": 1},
    {"image": 14, "patch": 2, "D": 33, "depth": 3, "tokens": 17, "channels": 34, "classes": 9, "groups": 1},
)):  # fmt: skip
    program = compile_model(tenonc, source, scratch / f"mixer{number}", sizes)
    weights = random_weights(shapes(**sizes))
    program, p = program.with_weights(weights), widened(weights)
    for batch in (0, 1, 3, 17):
        rng = np.random.default_rng(batch)
        images = rng.standard_normal((batch, 3, sizes["image"], sizes["image"])).astype(np.float32)
        truth = forward(p, images.astype(np.float64), sizes["patch"], sizes["depth"])
        for level in levels():
            result = program("scores", options=["--level", level], images=images)
            check_network(f"{sizes}, batch {batch}, {level}", result, truth)
