"""A Mixture-of-Transformers decoder (Liang et al., 2024, arXiv 2411.04996).

With m the modality of a token and W^m, n^m that modality's own parameters:

    q, k, v = Wq^m x, Wk^m x, Wv^m x by head, then q = n(q), k = n(k)
    x += n^m(Wo^m attention(rope(q), rope(k), v))
    x += n^m(W2^m(silu(W1^m x) * W3^m x))
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


def experts(layer):
    """How the names of a layer's parameters begin."""
    return [f"blocks.{layer}.{part}.local_experts" for part in ("attention", "feed_forward")]


def shapes(D, layers, heads, modalities, vocab, qk_norm=True, final_norm="shared", untie="all", **_):
    """Name and shape of every parameter."""
    attending = 1 if untie == "ffn" else modalities
    hidden = hidden_size(D)
    result = {"tokens.weight": (vocab, D), "head.weight": (vocab, D)}
    for m in range(modalities if final_norm == "per_modality" else 1):
        result[f"norm.{m}.weight"] = (D,)
    for l in range(layers):
        attend, feed = experts(l)
        for m in range(modalities if untie == "all" else 1):
            result |= {f"{attend}_attention_norm.{m}.weight": (D,), f"{feed}_ffn_norm.{m}.weight": (D,)}
        for m in range(modalities):
            for name in "qkvo" if m < attending else "":
                result[f"{attend}_w{name}.{m}.weight"] = (D, D)
                if qk_norm and name in "qk":
                    result[f"{attend}_{name}_normalization.{m}.weight"] = (D // heads,)
            for name, shape in (("w1", (hidden, D)), ("w3", (hidden, D)), ("w2", (D, hidden))):
                result[f"{feed}.{m}.{name}.weight"] = shape
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


def own(p, name, m):
    """The parameter of modality m, or the one that all have."""
    return f"{name}.{m}" if f"{name}.{m}.weight" in p else f"{name}.0"


def attention(p, attend, x, modality, seen, heads, modalities):
    def project(name):
        def one(m, rows):
            y = rows @ p[own(p, f"{attend}_w{name}", m) + ".weight"].T
            y = y.reshape(len(rows), heads, y.shape[-1] // heads)
            norm = own(p, f"{attend}_{name}_normalization", m)
            return rms_norm(p, norm, y, EPSILON) if norm + ".weight" in p else y

        return routed(one, x, modality, modalities).swapaxes(1, 2)

    q, k, v = rope(project("q"), THETA), rope(project("k"), THETA), project("v")
    scores = np.einsum("bhnd,bhmd->bhnm", q, k) * x.dtype.type(1 / math.sqrt(q.shape[-1]))
    return merge_heads(np.einsum("bhnm,bhmd->bhnd", softmax(scores, seen), v))


def feed_forward(p, part, rows):
    gate = rows @ p[part + ".w1.weight"].T
    return (gate / (1 + np.exp(-gate)) * (rows @ p[part + ".w3.weight"].T)) @ p[part + ".w2.weight"].T


def forward(p, ids, modality, heads, modalities, image=None):
    """Logits [B, N, vocab] of token numbers [B, N]."""
    seen = np.tril(np.ones((ids.shape[1],) * 2, bool))[None]
    if image is not None:
        seen = seen | ((image[:, :, None] == image[:, None, :]) & (image[:, :, None] > 0))
    seen = np.broadcast_to(seen, (len(ids),) + seen.shape[1:])[:, None]
    x = p["tokens.weight"][ids]
    layers = sum(name.endswith("wq.0.weight") for name in p)
    for l in range(layers):
        attend, feed = experts(l)
        mixed = attention(p, attend, x, modality, seen, heads, modalities)

        def out(m, rows):
            y = rows @ p[own(p, f"{attend}_wo", m) + ".weight"].T
            return rms_norm(p, own(p, f"{attend}_attention_norm", m), y, EPSILON)

        def mlp(m, rows):
            y = feed_forward(p, f"{feed}.{m}", rows)
            return rms_norm(p, own(p, f"{feed}_ffn_norm", m), y, EPSILON)

        x = x + routed(out, mixed, modality, modalities)
        x = x + routed(mlp, x, modality, modalities)
    if "norm.1.weight" in p:
        x = routed(lambda m, rows: rms_norm(p, f"norm.{m}", rows, EPSILON), x, modality, modalities)
    else:
        x = rms_norm(p, "norm.0", x, EPSILON)
    return x @ p["head.weight"].T
