"""Sentence embeddings from a decoder (Tang and Yang, 2024, arXiv 2409.02727): the decoder of
llama_reference with W + s B A for W, and what makes one vector of its states S_1 .. S_L.

    1: S_L[last]      2: pool([S_L[last]])      3: pool([S_1[last], ..., S_L[last]] + w)
    4: pool(S_L)      5: pool([mean of S_1, ..., mean of S_L] + w)

    pool(Z) = mean over latents of x + down(u gelu(g)),  [u, g] = up(n(x)),
    x = Q + Wo attention(Wq n(Q), Wk n(Z), Wv n(Z)),  n the layer norm

S_L is normalized, the others are not. In 4 and 5 a token sees all others that are real, in 1
to 3 those before it, the last `window` of them. e is of length 1.
"""

import numpy as np

import llama_reference
from common_math import gelu, layer_norm, linear, merge_heads, softmax, split_heads
from llama_reference import rms_norm, rope

EPSILON = 1e-5
ATTEND, FEED = "attn_pool.cross_attend_blocks.0", "attn_pool.cross_attend_blocks.1"


def shapes(C, layers, heads, kv_heads, hidden, vocab, r, latents, pool_heads, d, variant=5, **_):
    """Name and shape of every parameter."""
    result = {}
    for name, shape in llama_reference.shapes(C, layers, heads, kv_heads, hidden, vocab, tied=True).items():
        result[name] = shape
        if name.endswith("_proj.weight"):
            part = name.removesuffix("weight")
            result[part + "lora_A.weight"], result[part + "lora_B.weight"] = (r, shape[1]), (shape[0], r)
    if variant > 1:
        inner = pool_heads * d
        result |= {"attn_pool.latents": (latents, C), f"{ATTEND}.fn.to_q.weight": (inner, C)}
        result |= {f"{ATTEND}.fn.to_kv.weight": (2 * inner, C), f"{ATTEND}.fn.to_out.weight": (C, inner)}
        result |= {f"{FEED}.fn.net.0.weight": (8 * C, C), f"{FEED}.fn.net.0.bias": (8 * C,)}
        result |= {f"{FEED}.fn.net.2.weight": (C, 4 * C), f"{FEED}.fn.net.2.bias": (C,)}
        for norm in (f"{ATTEND}.norm", f"{ATTEND}.norm_context", f"{FEED}.norm"):
            result[norm + ".weight"] = result[norm + ".bias"] = (C,)
    if variant in (3, 5):
        result["attn_pool.pos_emb.weight"] = (layers, C)
    return result


def adapted(p, scale):
    """The decoder's parameters with the corrections added."""
    result = dict(p)
    for name in p:
        if name.endswith(".lora_A.weight"):
            part = name.removesuffix("lora_A.weight")
            scaled = p[part + "lora_B.weight"] * p[name].dtype.type(scale)
            result[part + "weight"] = p[part + "weight"] + scaled @ p[name]
    return result


def visible(real, causal, window):
    """Which keys [B, 1, N, N] each query sees."""
    place = np.arange(real.shape[1])
    seen = real[:, None, None, :]
    if causal:
        back = place[:, None] - place
        seen = seen & (back >= 0) & ((back < window) if window else True)
    return np.broadcast_to(seen, (len(real), 1, len(place), len(place)))


def attention(p, layer, x, heads, kv_heads, seen):
    q, k, v = (
        split_heads(x @ p[f"{layer}self_attn.{name}_proj.weight"].T, count)
        for name, count in (("q", heads), ("k", kv_heads), ("v", kv_heads))
    )
    q, k = rope(q, 10000.0), rope(k, 10000.0)
    k, v = (np.repeat(t, heads // kv_heads, axis=1) for t in (k, v))
    scores = np.einsum("bhnd,bhmd->bhnm", q, k) * x.dtype.type(q.shape[-1] ** -0.5)
    mixed = np.einsum("bhnm,bhmd->bhnd", softmax(scores, seen), v)
    return merge_heads(mixed) @ p[layer + "self_attn.o_proj.weight"].T


def states(p, ids, heads, kv_heads, causal, window, pad=0):
    """S_1 .. S_L, each [B, N, C]."""
    seen = visible(ids != pad, causal, window)
    x = p["model.embed_tokens.weight"][ids]
    layers = sum(name.endswith("q_proj.weight") for name in p)
    for l in range(layers):
        layer = f"model.layers.{l}."
        x = x + attention(p, layer, rms_norm(p, layer + "input_layernorm", x, EPSILON), heads, kv_heads, seen)
        z = rms_norm(p, layer + "post_attention_layernorm", x, EPSILON)
        x = x + llama_reference.feed_forward(p, layer, z)
        yield rms_norm(p, "model.norm", x, EPSILON) if l == layers - 1 else x


def pool_weights(p, z, heads):
    """How the latents attend to the vectors z [B, n, C], [B, heads, latents, n], and the values."""
    latents = layer_norm(p, f"{ATTEND}.norm_context", p["attn_pool.latents"], EPSILON)
    q = split_heads((latents @ p[f"{ATTEND}.fn.to_q.weight"].T)[None], heads)
    keys = layer_norm(p, f"{ATTEND}.norm", z, EPSILON) @ p[f"{ATTEND}.fn.to_kv.weight"].T
    k, v = (split_heads(t, heads) for t in np.split(keys, 2, axis=-1))
    scores = np.einsum("hmd,bhnd->bhmn", q[0], k) * z.dtype.type(q.shape[-1] ** -0.5)
    return softmax(scores), v


def pool(p, z, heads):
    weights, v = pool_weights(p, z, heads)
    x = p["attn_pool.latents"] + merge_heads(weights @ v) @ p[f"{ATTEND}.fn.to_out.weight"].T
    u, g = np.split(linear(p, f"{FEED}.fn.net.0", layer_norm(p, f"{FEED}.norm", x, EPSILON)), 2, axis=-1)
    return (x + linear(p, f"{FEED}.fn.net.2", u * gelu(g))).mean(1)


def embed(p, ids, heads, kv_heads, pool_heads, variant, window, scale, pad=0):
    """e [B, C] of token numbers [B, N]."""
    p = adapted(p, scale)
    s = list(states(p, ids, heads, kv_heads, variant <= 3, window if variant <= 3 else 0, pad))
    if variant == 5:
        real = (ids != pad).astype(s[0].dtype)[..., None]
        means = [(x * real).sum(1) / np.maximum(real.sum(1), 1) for x in s]
        z = np.stack(means, axis=1) + p["attn_pool.pos_emb.weight"]
    elif variant == 4:
        z = s[-1]
    elif variant == 3:
        z = np.stack([x[:, -1] for x in s], axis=1) + p["attn_pool.pos_emb.weight"]
    else:
        z = s[-1][:, -1:]
    e = z[:, 0] if variant == 1 else pool(p, z, pool_heads)
    return e / np.maximum(np.sqrt((e * e).sum(-1, keepdims=True)), 1e-12)
