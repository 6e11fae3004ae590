"""Sentence embeddings from a decoder as an ONNX graph, with what needs no input computed
beforehand."""

import numpy as np
from onnx import TensorProto
from onnx_decoders import attention, by_head, gated, rms_norm, rope, together, turns
from onnx_graph import Graph

PAD = 0
ATTEND, FEED = "attn_pool.cross_attend_blocks.0", "attn_pool.cross_attend_blocks.1"


def merged(weights, scale):
    """The corrections of the decoder's maps added to them."""
    result = {name: value for name, value in weights.items() if ".lora_" not in name}
    for name in weights:
        if name.endswith(".lora_A.weight"):
            part = name.removesuffix("lora_A.weight")
            result[part + "weight"] = weights[part + "weight"] + scale * weights[part + "lora_B.weight"] @ weights[name]
    return result


def latent_queries(weights, heads, size):
    """By head, with the scale of the scores, [heads, latents, d]."""
    x = weights["attn_pool.latents"]
    z = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    z = z * weights[f"{ATTEND}.norm_context.weight"] + weights[f"{ATTEND}.norm_context.bias"]
    q = z @ weights[f"{ATTEND}.fn.to_q.weight"].T * np.float32(size**-0.5)
    return q.reshape(len(x), heads, size).transpose(1, 0, 2)


def pool(g, z, count, s, batch):
    """Values go through the last map before latents weigh them, and the mean over latents
    before the map that follows."""
    heads, size, C, latents = s["pool_heads"], s["d"], s["C"], s["latents"]
    keys = g.linear(f"{ATTEND}.fn.to_kv", g.layer_norm(f"{ATTEND}.norm", z))
    k, v = g.node("Split", keys, outputs=2, axis=-1, num_outputs=2)
    k = g.node("Transpose", g.node("Reshape", k, g.shape(batch, count, heads, size)), perm=[0, 2, 3, 1])
    v = by_head(g, v, batch, count, heads, size)
    scores = g.node("MatMul", g.constant(latent_queries(g.weights, heads, size)), k)
    weights = g.node("Transpose", g.node("Softmax", scores, axis=-1), perm=[0, 2, 1, 3])
    weights = g.node("Reshape", weights, g.shape(batch, latents, heads * count))
    out = g.constant(g.weights[f"{ATTEND}.fn.to_out.weight"].T.reshape(heads, size, C))
    read = g.node("MatMul", weights, g.node("Reshape", g.node("MatMul", v, out), g.shape(batch, heads * count, C)))
    x = g.node("Add", g.parameter("attn_pool.latents"), read)
    both = g.linear(f"{FEED}.fn.net.0", g.layer_norm(f"{FEED}.norm", x))
    u, gate = g.node("Split", both, outputs=2, axis=-1, num_outputs=2)
    axis, inner = g.shape(1), g.node("Mul", u, g.gelu(gate))
    inner = g.linear(f"{FEED}.fn.net.2", g.node("ReduceMean", inner, axis, keepdims=0))
    return g.node("Add", g.node("ReduceMean", x, axis, keepdims=0), inner)


def pooling(task, weights, _):
    """Means of every layer's states over the real tokens, pooled to a unit vector."""
    s, (batch, tokens) = task.sizes, task.inputs["ids"].shape
    g = Graph(merged(weights, np.float32(s["alpha"] / s["r"])), epsilon=1e-5)
    C, heads, groups = s["C"], s["heads"], s["kv_heads"]
    size = C // heads
    tables = turns(tokens, size, 10000.0)
    real = g.node("Not", g.node("Equal", "ids", g.constant(np.int64(PAD))))
    real = g.node("Cast", real, to=TensorProto.FLOAT)
    mask = g.key_mask(real, batch, tokens)
    share = g.node("Div", real, g.node("ReduceSum", real, g.shape(1), keepdims=1))
    share = g.node("Reshape", share, g.shape(batch, 1, tokens))
    x, means = g.node("Gather", g.parameter("model.embed_tokens.weight"), "ids"), []

    def repeated(y):
        y = g.node("Reshape", y, g.shape(batch, groups, 1, tokens, size))
        y = g.node("Expand", y, g.shape(batch, groups, heads // groups, tokens, size))
        return g.node("Reshape", y, g.shape(batch, heads, tokens, size))

    for l in range(s["layers"]):
        layer = f"model.layers.{l}."
        z = rms_norm(g, layer + "input_layernorm", x)
        q, k, v = (
            by_head(g, g.linear(f"{layer}self_attn.{part}_proj", z), batch, tokens, count, size)
            for part, count in (("q", heads), ("k", groups), ("v", groups))
        )
        k, v = repeated(rope(g, k, tables)), repeated(v)
        mixed = together(g, attention(g, rope(g, q, tables), k, v, mask, size), batch, tokens, C)
        x = g.node("Add", x, g.linear(layer + "self_attn.o_proj", mixed))
        x = g.node("Add", x, gated(g, layer + "mlp", rms_norm(g, layer + "post_attention_layernorm", x)))
        state = rms_norm(g, "model.norm", x) if l == s["layers"] - 1 else x
        means.append(g.node("MatMul", share, state))
    z = g.node("Add", g.node("Concat", *means, axis=1), g.parameter("attn_pool.pos_emb.weight"))
    y = g.node("LpNormalization", pool(g, z, s["layers"], s, batch), axis=-1, p=2)
    return g.model(task.inputs, task.output, y, (batch, C))
