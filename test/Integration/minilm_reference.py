"""all-MiniLM-L6-v2: a BERT encoder (Devlin et al., 2019; post-norm), the mean
of the real tokens' states, scaled to length 1.

    x = norm(word[ids] + position[0..N] + kind[kinds])
    x = norm(x + dense(attention(x)));  x = norm(x + fc2(gelu(fc1(x))))
    y = m / |m|,  m = sum of mask * x / sum of mask
"""

import numpy as np

from common_math import attend, gelu, layer_norm, linear


def shapes(D, layers, hidden, vocab, positions, kinds=2, **_):
    """Name and shape of every parameter that the model reads."""
    result = {
        "embeddings.word_embeddings.weight": (vocab, D),
        "embeddings.position_embeddings.weight": (positions, D),
        "embeddings.token_type_embeddings.weight": (kinds, D),
        "embeddings.LayerNorm.weight": (D,),
        "embeddings.LayerNorm.bias": (D,),
    }
    for l in range(layers):
        layer = f"encoder.layer.{l}."
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            result[f"{layer}{norm}.weight"] = (D,)
            result[f"{layer}{norm}.bias"] = (D,)
        for name, outputs, inputs in (
            ("attention.self.query", D, D),
            ("attention.self.key", D, D),
            ("attention.self.value", D, D),
            ("attention.output.dense", D, D),
            ("intermediate.dense", hidden, D),
            ("output.dense", D, hidden),
        ):
            result[f"{layer}{name}.weight"] = (outputs, inputs)
            result[f"{layer}{name}.bias"] = (outputs,)
    return result


def encode(p, ids, mask, kinds, heads, epsilon):
    """State of every token after the last layer, [B, N, D]."""
    table = {k: p[f"embeddings.{k}_embeddings.weight"] for k in
             ("word", "position", "token_type")}  # fmt: skip
    x = table["word"][ids] + table["position"][: ids.shape[1]]
    x = layer_norm(p, "embeddings.LayerNorm", x + table["token_type"][kinds], epsilon)
    layers = sum(name.endswith("self.query.weight") for name in p)
    for l in range(layers):
        layer = f"encoder.layer.{l}."
        q, k, v = (
            linear(p, f"{layer}attention.self.{part}", x)
            for part in ("query", "key", "value")
        )
        mixed = linear(p, layer + "attention.output.dense", attend(q, k, v, heads, mask))
        x = layer_norm(p, layer + "attention.output.LayerNorm", x + mixed, epsilon)
        hidden = gelu(linear(p, layer + "intermediate.dense", x))
        mixed = linear(p, layer + "output.dense", hidden)
        x = layer_norm(p, layer + "output.LayerNorm", x + mixed, epsilon)
    return x


def forward(p, ids, mask, kinds=None, heads=12, epsilon=1e-12):
    """Embeddings [B, D] of token numbers [B, N]; `mask` is true on real
    tokens; `kinds` (zeros when none) selects the sentence of a pair."""
    kinds = np.zeros_like(ids) if kinds is None else kinds
    x = encode(p, ids, mask, kinds, heads, epsilon)
    m = mask[:, :, None].astype(x.dtype)
    count = np.maximum(m.sum(1), x.dtype.type(1e-9))
    mean = (x * m).sum(1) / count
    length = np.sqrt((mean * mean).sum(-1, keepdims=True))
    return mean / np.maximum(length, x.dtype.type(1e-12))
