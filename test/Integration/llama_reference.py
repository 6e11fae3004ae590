"""A Llama decoder (Touvron et al., 2023) with the names of Hugging Face.

    x += o(attention(rope(q(n(x))), rope(k(n(x))), v(n(x)))), causal
    x += down(silu(gate(n(x))) * up(n(x)))
    y = head(n(x)),  n(x) = x / sqrt(mean(x^2) + eps) * g

Heads share keys and values in groups; rope turns the pair (i, i + d/2) of each
head by position * theta^(-2i/d).
"""

import math

import numpy as np

from common_math import merge_heads, softmax, split_heads


def shapes(D, layers, heads, kv_heads, hidden, vocab, tied=False, **_):
    """Name and shape of every parameter."""
    shared = kv_heads * (D // heads)
    result = {"model.embed_tokens.weight": (vocab, D), "model.norm.weight": (D,)}
    if not tied:
        result["lm_head.weight"] = (vocab, D)
    for l in range(layers):
        layer = f"model.layers.{l}."
        result[layer + "input_layernorm.weight"] = (D,)
        result[layer + "post_attention_layernorm.weight"] = (D,)
        for name, outputs, inputs in (
            ("self_attn.q_proj", D, D),
            ("self_attn.k_proj", shared, D),
            ("self_attn.v_proj", shared, D),
            ("self_attn.o_proj", D, D),
            ("mlp.gate_proj", hidden, D),
            ("mlp.up_proj", hidden, D),
            ("mlp.down_proj", D, hidden),
        ):
            result[f"{layer}{name}.weight"] = (outputs, inputs)
    return result


def rms_norm(p, name, x, epsilon):
    mean = (x * x).mean(-1, keepdims=True)
    return x / np.sqrt(mean + x.dtype.type(epsilon)) * p[name + ".weight"]


def rope(x, theta):
    """[batch, heads, tokens, d], every head turned by its token's position."""
    tokens, size = x.shape[-2:]
    speed = theta ** (-2 * np.arange(size // 2) / size)
    angle = np.arange(tokens)[:, None] * speed
    c, s = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
    a, b = x[..., : size // 2], x[..., size // 2 :]
    return np.concatenate([a * c - b * s, b * c + a * s], axis=-1)


def attention(p, layer, x, heads, kv_heads, theta):
    def project(name, count):
        return split_heads(x @ p[f"{layer}self_attn.{name}.weight"].T, count)

    q = rope(project("q_proj", heads), theta)
    k = rope(project("k_proj", kv_heads), theta)
    v = project("v_proj", kv_heads)
    k, v = (np.repeat(t, heads // kv_heads, axis=1) for t in (k, v))
    scores = np.einsum("bhnd,bhmd->bhnm", q, k) * x.dtype.type(1 / math.sqrt(q.shape[-1]))
    seen = np.tril(np.ones(scores.shape[-2:], bool))
    mixed = merge_heads(np.einsum("bhnm,bhmd->bhnd", softmax(scores, seen), v))
    return mixed @ p[layer + "self_attn.o_proj.weight"].T


def feed_forward(p, layer, x):
    gate = x @ p[layer + "mlp.gate_proj.weight"].T
    up = x @ p[layer + "mlp.up_proj.weight"].T
    return (gate / (1 + np.exp(-gate)) * up) @ p[layer + "mlp.down_proj.weight"].T


def forward(p, ids, heads, kv_heads, theta=10000.0, epsilon=1e-6):
    """Logits [B, N, vocab] of token numbers [B, N]."""
    x = p["model.embed_tokens.weight"][ids]
    layers = sum(name.endswith("q_proj.weight") for name in p)
    for l in range(layers):
        layer = f"model.layers.{l}."
        z = rms_norm(p, layer + "input_layernorm", x, epsilon)
        x = x + attention(p, layer, z, heads, kv_heads, theta)
        z = rms_norm(p, layer + "post_attention_layernorm", x, epsilon)
        x = x + feed_forward(p, layer, z)
    head = p.get("lm_head.weight", p["model.embed_tokens.weight"])
    return rms_norm(p, "model.norm", x, epsilon) @ head.T
