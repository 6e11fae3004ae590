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
# Of the published code: how the parts of a layer's branches begin, and the norm of each.
ENCODER = {"before": ("macaron_", "layer_norms.2"), "mix": ("self_attn.", "layer_norms.0"), "after": ("", "layer_norms.1")}
DECODER = {
    "before": ("macaron_", "macaron_layer_norm"),
    "mix": ("self_attn.", "self_attn_layer_norm"),
    "look": ("encoder_attn.", "encoder_attn_layer_norm"),
    "after": ("", "final_layer_norm"),
}
SIDES = {"encoder": ENCODER, "decoder": DECODER}


def names(side, l, branch):
    """How the parameters of a branch begin, and its norm."""
    return tuple(f"{side}.layers.{l}.{end}" for end in SIDES[side][branch])


def norm_shapes(norms, D):
    return {f"{norm}.{kind}": (D,) for norm in norms for kind in ("weight", "bias")}


def attention_shapes(part, D):
    return {part + "in_proj_weight": (3 * D, D), part + "in_proj_bias": (3 * D,),
            part + "out_proj.weight": (D, D), part + "out_proj.bias": (D,)}  # fmt: skip


def half_step_shapes(part, D, hidden):
    return {part + "fc1.weight": (hidden, D), part + "fc1.bias": (hidden,),
            part + "fc2.weight": (D, hidden), part + "fc2.bias": (D,)}  # fmt: skip


def shapes(vocab, D, hidden, layers, macaron=True, pre=True, **_):
    """Name and shape of every parameter."""
    result = {"encoder.embed_tokens.weight": (vocab, D)}
    norms = ["encoder.layer_norm", "decoder.layer_norm"] if pre else []
    for side, branches in SIDES.items():
        for l in range(layers):
            for branch in branches:
                part, norm = names(side, l, branch)
                if branch == "before" and not macaron:
                    continue
                is_half = branch in ("before", "after")
                result |= half_step_shapes(part, D, hidden) if is_half else attention_shapes(part, D)
                norms.append(norm)
    return result | norm_shapes(norms, D)


def waves(real, D, dtype):
    """Sines, then cosines, of places that count the real tokens from 2; zeros elsewhere."""
    place = (np.cumsum(real, axis=1) + 1).astype(dtype)
    speed = np.exp(np.arange(D // 2) * (-np.log(10000.0) / (D // 2 - 1))).astype(dtype)
    angle = place[:, :, None] * speed
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=-1) * real[:, :, None]


def embed(p, ids, pad):
    table = p["encoder.embed_tokens.weight"]
    D = table.shape[1]
    return table[ids] * table.dtype.type(D**0.5) + waves(ids != pad, D, table.dtype)


def attention(p, part, x, source, allowed, heads):
    weight, bias = p[part + "in_proj_weight"], p[part + "in_proj_bias"]
    D = x.shape[-1]
    q, k, v = (
        split_heads(t @ weight[i * D : (i + 1) * D].T + bias[i * D : (i + 1) * D], heads)
        for i, t in enumerate((x, source, source))
    )
    scores = q @ k.swapaxes(-1, -2) * x.dtype.type((D // heads) ** -0.5)
    return linear(p, part + "out_proj", merge_heads(softmax(scores, allowed) @ v))


def forward(p, source, target, heads, pad=1, pre=True, scale=0.5):
    """Logits [B, T, vocab] of sources [B, S] and targets [B, T]."""

    def residual(name, x, branch, factor=1.0):
        norm = lambda y: layer_norm(p, name, y, EPSILON)
        factor = x.dtype.type(factor)
        return x + factor * branch(norm(x)) if pre else norm(x + factor * branch(x))

    def half_step(x, *place):
        part, norm = names(*place)
        if part + "fc1.weight" not in p:
            return x
        hidden = lambda u: np.maximum(linear(p, part + "fc1", u), 0)
        return residual(norm, x, lambda u: linear(p, part + "fc2", hidden(u)), scale)

    def attend(x, memory, allowed, *place):
        part, norm = names(*place)
        return residual(norm, x, lambda u: attention(p, part, u, u if memory is None else memory, allowed, heads))

    def final(name, x):
        return layer_norm(p, name, x, EPSILON) if pre else x

    layers = sum(name.startswith("encoder.") and name.endswith("layer_norms.0.bias") for name in p)
    real = (source != pad)[:, None, None, :]
    memory = embed(p, source, pad)
    for l in range(layers):
        memory = half_step(memory, "encoder", l, "before")
        memory = attend(memory, None, real, "encoder", l, "mix")
        memory = half_step(memory, "encoder", l, "after")
    memory = final("encoder.layer_norm", memory)
    y = embed(p, target, pad)
    causal = np.tril(np.ones((target.shape[1],) * 2, bool))
    for l in range(layers):
        y = half_step(y, "decoder", l, "before")
        y = attend(y, None, causal, "decoder", l, "mix")
        y = attend(y, memory, real, "decoder", l, "look")
        y = half_step(y, "decoder", l, "after")
    return final("decoder.layer_norm", y) @ p["encoder.embed_tokens.weight"].T
