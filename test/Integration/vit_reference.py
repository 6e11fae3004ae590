"""Vision Transformer (Dosovitskiy et al., 2021) in the form of the timm
library: patches, class token, learned positions, pre-norm blocks, linear head.

    x_0 = [cls; W_p patch_1 + b_p; ...] + pos
    x  += proj(attention(norm1(x)));  x += fc2(gelu(fc1(norm2(x))))
    y   = head(norm(x)[0])
"""

import numpy as np

from common_math import attend, gelu, layer_norm, linear

EPSILON = 1e-6


def shapes(image, patch, D, depth, classes, channels=3, **_):
    """Name and shape of every parameter."""
    result = {
        "patch_embed.proj.weight": (D, channels, patch, patch),
        "patch_embed.proj.bias": (D,),
        "cls_token": (1, 1, D),
        "pos_embed": (1, (image // patch) ** 2 + 1, D),
        "norm.weight": (D,),
        "norm.bias": (D,),
        "head.weight": (classes, D),
        "head.bias": (classes,),
    }
    for l in range(depth):
        for norm in ("norm1", "norm2"):
            result[f"blocks.{l}.{norm}.weight"] = (D,)
            result[f"blocks.{l}.{norm}.bias"] = (D,)
        for name, outputs, inputs in (
            ("attn.qkv", 3 * D, D),
            ("attn.proj", D, D),
            ("mlp.fc1", 4 * D, D),
            ("mlp.fc2", D, 4 * D),
        ):
            result[f"blocks.{l}.{name}.weight"] = (outputs, inputs)
            result[f"blocks.{l}.{name}.bias"] = (outputs,)
    return result


def embed(p, images):
    """One token per patch, [B, patches, D]; patches row by row."""
    weight = p["patch_embed.proj.weight"]
    patch = weight.shape[-1]
    batch, channels, height, width = images.shape
    rows, columns = height // patch, width // patch
    cut = images.reshape(batch, channels, rows, patch, columns, patch)
    tokens = np.einsum("bcrpsq,dcpq->brsd", cut, weight)
    return tokens.reshape(batch, rows * columns, len(weight)) + p["patch_embed.proj.bias"]


def mlp(p, name, x):
    return linear(p, name + ".fc2", gelu(linear(p, name + ".fc1", x)))


def attention(p, name, q, k, v, heads):
    return attend(q, k, v, heads)


def forward(p, images, heads, mlp=mlp, attention=attention):
    """Logits [B, classes] of images [B, channels, S, S], in their dtype."""
    tokens = embed(p, images)
    width = tokens.shape[-1]
    cls = np.broadcast_to(p["cls_token"], (len(images), 1, width))
    x = np.concatenate([cls, tokens], axis=1) + p["pos_embed"]
    depth = sum(name.endswith("norm1.weight") for name in p)
    for l in range(depth):
        block = f"blocks.{l}."
        qkv = linear(p, block + "attn.qkv", layer_norm(p, block + "norm1", x, EPSILON))
        q, k, v = (qkv[..., i * width : (i + 1) * width] for i in range(3))
        x = x + linear(p, block + "attn.proj", attention(p, block + "attn", q, k, v, heads))
        x = x + mlp(p, block + "mlp", layer_norm(p, block + "norm2", x, EPSILON))
    return linear(p, "head", layer_norm(p, "norm", x, EPSILON)[:, 0])
