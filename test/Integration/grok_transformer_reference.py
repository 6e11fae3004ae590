"""The Transformer of "To grok or not to grok" (Doshi et al., 2023, arXiv 2310.13061).

    x = E[pair] + position;  x += out(attention(x)), scores q . k / d^((1 + s) / 2)
    x += W2 relu(W1 x);  y = head(x[last]) / D^((1 + s) / 2)
"""

import numpy as np

from common_math import layer_norm, merge_heads, softmax, split_heads

EPSILON = 1e-5


def shapes(p, D, layers, use_norm=False, **_):
    """Name and shape of every parameter."""
    result = {"transformer.wte.weight": (p, D), "transformer.wpe.weight": (2, D), "lm_head.weight": (p, D)}
    norms = ["transformer.ln_f"] if use_norm else []
    for l in range(layers):
        block = f"transformer.h.{l}."
        result[block + "attn.to_qkv.weight"] = (3 * D, D)
        result[block + "attn.o.weight"] = (D, D)
        result[block + "mlp.c_fc.weight"] = (4 * D, D)
        result[block + "mlp.c_proj.weight"] = (D, 4 * D)
        norms += [block + "ln_1", block + "ln_2"] if use_norm else []
    for norm in norms:
        result[norm + ".weight"] = result[norm + ".bias"] = (D,)
    return result


def forward(p, pair, heads, s=1.0):
    """Logits [B, p] of pairs [B, 2]."""

    def normalized(name, x):
        return layer_norm(p, name, x, EPSILON) if name + ".weight" in p else x

    x = p["transformer.wte.weight"][pair] + p["transformer.wpe.weight"]
    D, kind = x.shape[-1], x.dtype.type
    for l in range(sum(name.endswith("attn.to_qkv.weight") for name in p)):
        block = f"transformer.h.{l}."
        qkv = normalized(block + "ln_1", x) @ p[block + "attn.to_qkv.weight"].T
        q, k, v = (split_heads(qkv[..., i * D : (i + 1) * D], heads) for i in range(3))
        weights = softmax(q @ k.swapaxes(-1, -2) * kind((D / heads) ** (-0.5 * (1 + s))))
        x = x + merge_heads(weights @ v) @ p[block + "attn.o.weight"].T
        hidden = np.maximum(normalized(block + "ln_2", x) @ p[block + "mlp.c_fc.weight"].T, 0)
        x = x + hidden @ p[block + "mlp.c_proj.weight"].T
    return kind(D ** (-0.5 * (1 + s))) * (normalized("transformer.ln_f", x)[:, -1] @ p["lm_head.weight"].T)
