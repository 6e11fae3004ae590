"""The Macaron net for translation (Lu et al., 2019, arXiv 1906.02762).

With f one of the branches, pre-norm x += c f(n(x)), post-norm x = n(x + c f(x)):

    encoder: x: FFN1 with c = 1/2, attention with c = 1, FFN2 with c = 1/2
    decoder: the same, with causal attention and then attention to the encoder
    logits = n(y) E^T,  x_0 = sqrt(D) E[token] + [sin(place speed) | cos(place speed)]

Places count the real tokens, from 2; without `macaron` FFN1 is missing and c = 1.
"""

import numpy as np

from common_math import layer_norm, linear, merge_heads, softmax, split_heads

EPSILON = 1e-5


def shapes(vocab, D, hidden, layers, macaron=True, pre=True, **_):
    """Name and shape of every parameter."""
    result = {"tokens.weight": (vocab, D)}
    norms = ["encoder_norm", "decoder_norm"] if pre else []
    for side, attentions in (("encoder", ["mix"]), ("decoder", ["mix", "look"])):
        for l in range(layers):
            for name in attentions:
                part = f"{side}.{l}.{name}"
                result[part + ".in_proj_weight"], result[part + ".in_proj_bias"] = (3 * D, D), (3 * D,)
                result[part + ".out_proj.weight"], result[part + ".out_proj.bias"] = (D, D), (D,)
                norms.append(part + ".norm")
            for name in ["before", "after"] if macaron else ["after"]:
                part = f"{side}.{l}.{name}"
                result[part + ".fc1.weight"], result[part + ".fc1.bias"] = (hidden, D), (hidden,)
                result[part + ".fc2.weight"], result[part + ".fc2.bias"] = (D, hidden), (D,)
                norms.append(part + ".norm")
    for norm in norms:
        result[norm + ".weight"] = result[norm + ".bias"] = (D,)
    return result


def embed(p, ids, pad):
    table = p["tokens.weight"]
    D, real = table.shape[1], ids != pad
    place = (np.cumsum(real, axis=1) + 1).astype(table.dtype)
    speed = np.exp(np.arange(D // 2) * (-np.log(10000.0) / (D // 2 - 1))).astype(table.dtype)
    angle = place[:, :, None] * speed
    waves = np.concatenate([np.sin(angle), np.cos(angle)], axis=-1)
    return table[ids] * table.dtype.type(D**0.5) + waves * real[:, :, None]


def attention(p, part, x, source, allowed, heads):
    weight, bias = p[part + ".in_proj_weight"], p[part + ".in_proj_bias"]
    D = x.shape[-1]
    q, k, v = (
        split_heads(t @ weight[i * D : (i + 1) * D].T + bias[i * D : (i + 1) * D], heads)
        for i, t in enumerate((x, source, source))
    )
    scores = q @ k.swapaxes(-1, -2) * x.dtype.type((D // heads) ** -0.5)
    return linear(p, part + ".out_proj", merge_heads(softmax(scores, allowed) @ v))


def forward(p, source, target, heads, pad=1, pre=True, scale=0.5):
    """Logits [B, T, vocab] of sources [B, S] and targets [B, T]."""

    def residual(part, x, branch, factor=1.0):
        norm = lambda y: layer_norm(p, part + ".norm", y, EPSILON)
        factor = x.dtype.type(factor)
        return x + factor * branch(norm(x)) if pre else norm(x + factor * branch(x))

    def half_step(part, x):
        if part + ".fc1.weight" not in p:
            return x
        hidden = lambda u: np.maximum(linear(p, part + ".fc1", u), 0)
        return residual(part, x, lambda u: linear(p, part + ".fc2", hidden(u)), scale)

    def final(name, x):
        return layer_norm(p, name, x, EPSILON) if pre else x

    layers = sum(name.startswith("encoder.") and name.endswith("mix.norm.bias") for name in p)
    real = (source != pad)[:, None, None, :]
    memory = embed(p, source, pad)
    for l in range(layers):
        layer = f"encoder.{l}."
        memory = half_step(layer + "before", memory)
        mix = lambda u: attention(p, layer + "mix", u, u, real, heads)
        memory = half_step(layer + "after", residual(layer + "mix", memory, mix))
    memory = final("encoder_norm", memory)
    y = embed(p, target, pad)
    causal = np.tril(np.ones((target.shape[1],) * 2, bool))
    for l in range(layers):
        layer = f"decoder.{l}."
        y = half_step(layer + "before", y)
        mix = lambda u: attention(p, layer + "mix", u, u, causal, heads)
        y = residual(layer + "mix", y, mix)
        look = lambda u: attention(p, layer + "look", u, memory, real, heads)
        y = half_step(layer + "after", residual(layer + "look", y, look))
    return final("decoder_norm", y) @ p["tokens.weight"].T
