"""KAT (Yang and Wang, 2024; Raffel and Chen, 2025): the Vision Transformer of
vit_reference with GR-KAN in the place of the MLP.

    mlp(x) = W_2 act2(W_1 act1(x) + b_1) + b_2
    act(x) = P(x) / (1 + sum over j of |b_gj x^j|),  g the group of the channel
"""

import numpy as np

import vit_reference
from common_math import attend, layer_norm, linear

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


def forward(p, images, heads):
    """Logits [B, classes] of images [B, channels, S, S], in their dtype."""
    tokens = vit_reference.embed(p, images)
    width = tokens.shape[-1]
    cls = np.broadcast_to(p["cls_token"], (len(images), 1, width))
    x = np.concatenate([cls, tokens], axis=1) + p["pos_embed"]
    depth = sum(name.endswith("norm1.weight") for name in p)
    for l in range(depth):
        block = f"blocks.{l}."
        qkv = linear(p, block + "attn.qkv", layer_norm(p, block + "norm1", x, 1e-6))
        q, k, v = (qkv[..., i * width : (i + 1) * width] for i in range(3))
        x = x + linear(p, block + "attn.proj", attend(q, k, v, heads))
        z = rational(p, block + "mlp.act1", layer_norm(p, block + "norm2", x, 1e-6))
        z = rational(p, block + "mlp.act2", linear(p, block + "mlp.fc1", z))
        x = x + linear(p, block + "mlp.fc2", z)
    return linear(p, "head", layer_norm(p, "norm", x, 1e-6)[:, 0])
