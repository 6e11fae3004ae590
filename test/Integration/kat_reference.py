"""KAT (Yang and Wang, 2024; Raffel and Chen, 2025): the Vision Transformer of
vit_reference with GR-KAN in the place of the MLP.

    mlp(x) = W_2 act2(W_1 act1(x) + b_1) + b_2
    act(x) = P(x) / (1 + sum over j of |b_gj x^j|),  g the group of the channel
"""

import numpy as np

import vit_reference
from common_math import linear

GROUPS = 8


def shapes(**sizes):
    """Name and shape of every parameter."""
    result = vit_reference.shapes(**sizes)
    for l in range(sizes["depth"]):
        for act in ("act1", "act2"):
            result[f"blocks.{l}.mlp.{act}.weight_numerator"] = (1, 6)
            result[f"blocks.{l}.mlp.{act}.weight_denominator"] = (GROUPS, 4)
    return result


def rational(p, name, x):
    """The quotient per group of neighbouring channels."""
    a, b = p[name + ".weight_numerator"], p[name + ".weight_denominator"]
    z = x.reshape(*x.shape[:-1], GROUPS, x.shape[-1] // GROUPS)
    top = sum(a[0, k] * z**k for k in range(6))
    bottom = 1 + sum(np.abs(b[:, k, None] * z ** (k + 1)) for k in range(4))
    return (top / bottom).reshape(x.shape)


def gr_kan(p, name, x):
    hidden = linear(p, name + ".fc1", rational(p, name + ".act1", x))
    return linear(p, name + ".fc2", rational(p, name + ".act2", hidden))


def forward(p, images, heads):
    """Logits [B, classes] of images [B, channels, S, S], in their dtype."""
    return vit_reference.forward(p, images, heads, mlp=gr_kan)
