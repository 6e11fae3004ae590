"""A Mixture-of-Transformers decoder (Liang et al., 2024, arXiv 2411.04996).

With m the modality of a token and W^m, n^m that modality's own parameters:

    q, k, v = Wq^m x, Wk^m x, Wv^m x by head, then q = n(q), k = n(k)
    x += n^m(Wo^m attention(rope(q), rope(k), v))
    x += n^m(down^m(silu(gate^m x) * up^m x))
    y = head(n(x)),  n(x) = x / sqrt(mean(x^2) + 1e-5) * g

A position sees those before it and, inside an image, all of the image.
"""

import math

import numpy as np

from common_math import merge_heads, softmax
from llama_reference import rms_norm, rope

EPSILON, THETA = 1e-5, 10000.0


def hidden_size(D):
    return 256 * -(-(8 * D // 3) // 256)


def shapes(D, layers, heads, modalities, vocab, qk_norm=True, final_norm="shared", untie="all", **_):
    """Name and shape of every parameter."""
    attending = 1 if untie == "ffn" else modalities
    hidden = hidden_size(D)
    result = {"tokens.weight": (vocab, D), "head.weight": (vocab, D)}
    for m in range(modalities if final_norm == "per_modality" else 1):
        result[f"norm.{m}.weight"] = (D,)
    for l in range(layers):
        for branch in ("out", "mlp"):
            norms = [f"{branch}_norm"] if untie != "all" else [f"{branch}.{m}.norm" for m in range(modalities)]
            result |= {f"blocks.{l}.{norm}.weight": (D,) for norm in norms}
        for m in range(modalities):
            for name in "qkv" if m < attending else "":
                result[f"blocks.{l}.qkv.{m}.w{name}.weight"] = (D, D)
                if qk_norm and name != "v":
                    result[f"blocks.{l}.qkv.{m}.{name}_norm.weight"] = (D // heads,)
            if m < attending:
                result[f"blocks.{l}.out.{m}.weight"] = (D, D)
            for name, shape in (
                ("gate_proj", (hidden, D)),
                ("up_proj", (hidden, D)),
                ("down_proj", (D, hidden)),
            ):
                result[f"blocks.{l}.mlp.{m}.{name}.weight"] = shape
    return result


def routed(function, x, modality, modalities):
    """function(m, rows of modality m) in the places of these rows."""
    results = None
    for m in range(modalities):
        chosen = modality == m
        values = function(m, x[chosen])
        if results is None:
            results = np.zeros(x.shape[:2] + values.shape[1:], x.dtype)
        results[chosen] = values
    return results


def branch_norm(p, block, branch, m, rows):
    own = f"{block}{branch}.{m}.norm"
    return rms_norm(p, own if own + ".weight" in p else f"{block}{branch}_norm", rows, EPSILON)


def attention(p, block, x, modality, seen, heads, modalities):
    def project(name):
        def one(m, rows):
            m = m if f"{block}qkv.{m}.wq.weight" in p else 0
            y = rows @ p[f"{block}qkv.{m}.w{name}.weight"].T
            y = y.reshape(len(rows), heads, y.shape[-1] // heads)
            norm = f"{block}qkv.{m}.{name}_norm"
            return rms_norm(p, norm, y, EPSILON) if norm + ".weight" in p else y

        return routed(one, x, modality, modalities).swapaxes(1, 2)

    q, k, v = rope(project("q"), THETA), rope(project("k"), THETA), project("v")
    scores = np.einsum("bhnd,bhmd->bhnm", q, k) * x.dtype.type(1 / math.sqrt(q.shape[-1]))
    return merge_heads(np.einsum("bhnm,bhmd->bhnd", softmax(scores, seen), v))


def feed_forward(p, part, rows):
    gate = rows @ p[part + "gate_proj.weight"].T
    up = rows @ p[part + "up_proj.weight"].T
    return (gate / (1 + np.exp(-gate)) * up) @ p[part + "down_proj.weight"].T


def forward(p, ids, modality, heads, modalities, image=None):
    """Logits [B, N, vocab] of token numbers [B, N]."""
    seen = np.tril(np.ones((ids.shape[1],) * 2, bool))[None]
    if image is not None:
        seen = seen | ((image[:, :, None] == image[:, None, :]) & (image[:, :, None] > 0))
    seen = np.broadcast_to(seen, (len(ids),) + seen.shape[1:])[:, None]
    x = p["tokens.weight"][ids]
    layers = sum(name.endswith("qkv.0.wq.weight") for name in p)
    for l in range(layers):
        block = f"blocks.{l}."
        mixed = attention(p, block, x, modality, seen, heads, modalities)

        def out(m, rows):
            weight = p.get(f"{block}out.{m}.weight", p[f"{block}out.0.weight"])
            return branch_norm(p, block, "out", m, rows @ weight.T)

        def mlp(m, rows):
            return branch_norm(p, block, "mlp", m, feed_forward(p, f"{block}mlp.{m}.", rows))

        x = x + routed(out, mixed, modality, modalities)
        x = x + routed(mlp, x, modality, modalities)
    if "norm.1.weight" in p:
        x = routed(lambda m, rows: rms_norm(p, f"norm.{m}", rows, EPSILON), x, modality, modalities)
    else:
        x = rms_norm(p, "norm.0", x, EPSILON)
    return x @ p["head.weight"].T
