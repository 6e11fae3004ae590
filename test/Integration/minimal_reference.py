"""Minimal Transformers (Bermeitinger et al., 2024, arXiv 2410.13732).

    x = [cls; W_p patch_1 + b_p; ...] + position
    x = norm1(x + attention(x)), x = norm2(x + net(x)) or norm2(x)
    y = head(x[0])

The scores of a head are q . k / sqrt(d) with q, k = Wq x, Wk x; W x, x; Wq x, Wq x; or
x T, x T for a lower triangle T. Without projections the values are x and Wo is missing.
"""

import numpy as np

from common_math import gelu, layer_norm, linear, merge_heads, softmax, split_heads
from vit_reference import embed

EPSILON = 1e-5


def shapes(image, patch, channels, D, layers, heads, hidden, classes, similarity="separate",
           project=True, mlp=True):  # fmt: skip
    """Name and shape of every parameter."""
    d = D // heads
    result = {
        "embed.weight": (D, channels, patch, patch),
        "embed.bias": (D,),
        "cls": (1, 1, D),
        "position": ((image // patch) ** 2 + 1, D),
        "head.weight": (classes, D),
        "head.bias": (classes,),
    }
    maps = {"merged": ["wqk"], "shared": ["wq"], "cholesky": [], "separate": ["wq", "wk"]}
    square = maps[similarity] + (["wv", "wo"] if project else [])
    for l in range(layers):
        if similarity == "cholesky":
            result[f"attn.{l}.t"] = (heads, d * (d + 1) // 2)
        for name in square:
            result[f"attn.{l}.{name}.weight"], result[f"attn.{l}.{name}.bias"] = (D, D), (D,)
        if mlp:
            result[f"net.{l}.fc1.weight"], result[f"net.{l}.fc1.bias"] = (hidden, D), (hidden,)
            result[f"net.{l}.fc2.weight"], result[f"net.{l}.fc2.bias"] = (D, hidden), (D,)
        for norm in ("norm1", "norm2"):
            result[f"{norm}.{l}.weight"] = result[f"{norm}.{l}.bias"] = (D,)
    return result


def attention(p, name, x, heads, similarity):
    d = x.shape[-1] // heads
    if similarity == "merged":
        q, k = linear(p, name + ".wqk", x), x
    elif similarity == "cholesky":
        lower = np.zeros((heads, d, d), x.dtype)
        lower[:, *np.tril_indices(d)] = p[name + ".t"]
        q = k = merge_heads(split_heads(x, heads) @ lower)
    else:
        q = linear(p, name + ".wq", x)
        k = linear(p, name + (".wk" if similarity == "separate" else ".wq"), x)
    v = linear(p, name + ".wv", x) if name + ".wv.weight" in p else x
    q, k, v = (split_heads(t, heads) for t in (q, k, v))
    weights = softmax(q @ k.swapaxes(-1, -2) * x.dtype.type(d**-0.5))
    y = merge_heads(weights @ v)
    return linear(p, name + ".wo", y) if name + ".wo.weight" in p else y


def forward(p, images, heads, similarity="separate"):
    """Logits [B, classes] of images [B, channels, S, S]."""
    patches = {"patch_embed.proj." + part: p["embed." + part] for part in ("weight", "bias")}
    tokens = embed(patches, images)
    cls = np.broadcast_to(p["cls"], (len(images), 1, tokens.shape[-1]))
    x = np.concatenate([cls, tokens], axis=1) + p["position"]
    for l in range(sum(name.startswith("norm1") for name in p) // 2):
        x = layer_norm(p, f"norm1.{l}", x + attention(p, f"attn.{l}", x, heads, similarity), EPSILON)
        if f"net.{l}.fc1.weight" in p:
            x = x + linear(p, f"net.{l}.fc2", gelu(linear(p, f"net.{l}.fc1", x)))
        x = layer_norm(p, f"norm2.{l}", x, EPSILON)
    return linear(p, "head", x[:, 0])
