"""The Macaron net as BERT (Lu et al., 2019, arXiv 1906.02762): the encoder of macaron_reference with norms n without
gain and offset,

    x += 1/2 FFN1(n(x)) with ReLU,  x += attention(n(x)),  x += 1/2 FFN2(n(x)) with GELU
    x_0 = sqrt(D) E[token] + places + (segment[0] where the segment is 0)

and, of the first token of each sequence and of chosen rows, h = n(x): words = norm(gelu(W h)) E^T, follows = w h.
"""

import numpy as np

from common_math import gelu, layer_norm, linear
from macaron_reference import EPSILON, attention, attention_shapes, embed, half_step_shapes, names, norm_shapes


def shapes(vocab, D, hidden, layers, **_):
    """Name and shape of every parameter."""
    result = {"encoder.embed_tokens.weight": (vocab, D), "encoder.embed_segment.weight": (2, D)}
    for l in range(layers):
        before, mix, after = (names("encoder", l, branch)[0] for branch in ("before", "mix", "after"))
        result |= half_step_shapes(before, D, hidden) | attention_shapes(mix, D) | half_step_shapes(after, D, hidden)
    result |= {"mid_layer.0.weight": (D, D), "mid_layer.0.bias": (D,), "classifier.weight": (1, D), "classifier.bias": (1,)}
    return result | norm_shapes(["mid_layer.2"], D)


def plain_norm(x):
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + x.dtype.type(EPSILON))


def forward(p, ids, segments, rows, heads, pad=1):
    """Scores of words [P, vocab] at `rows` of the flattened batch, and [B] whether sentences follow each other."""
    half = p["mid_layer.0.bias"].dtype.type(0.5)

    def half_step(x, l, branch, act):
        part, _ = names("encoder", l, branch)
        return x + half * linear(p, part + "fc2", act(linear(p, part + "fc1", plain_norm(x))))

    layers = sum(name.endswith("self_attn.in_proj_bias") for name in p)
    real = (ids != pad)[:, None, None, :]
    x = embed(p, ids, pad) + p["encoder.embed_segment.weight"][0] * (segments == 0)[:, :, None]
    for l in range(layers):
        x = half_step(x, l, "before", lambda u: np.maximum(u, 0))
        normed = plain_norm(x)
        x = x + attention(p, names("encoder", l, "mix")[0], normed, normed, real, heads)
        if l == layers - 1:
            x = np.concatenate([x[:, 0], x.reshape(-1, x.shape[-1])[rows]])
        x = half_step(x, l, "after", gelu)
    x = plain_norm(x)
    h = layer_norm(p, "mid_layer.2", gelu(linear(p, "mid_layer.0", x[len(ids) :])), EPSILON)
    return h @ p["encoder.embed_tokens.weight"].T, linear(p, "classifier", x[: len(ids)])[:, 0]
