"""ViT as an ONNX graph."""

import numpy as np
from onnx_graph import Graph


def vit(task, weights, one_node_attention):
    """timm's ViT."""
    s = task.sizes
    g = Graph(weights, one_node_attention, s["heads"], 1e-6)
    D, patches = s["D"], (s["image"] // s["patch"]) ** 2
    x = g.node(
        "Conv",
        "images",
        g.parameter("patch_embed.proj.weight"),
        g.parameter("patch_embed.proj.bias"),
        strides=[s["patch"]] * 2,
    )
    x = g.node("Reshape", x, g.shape(task.batch, D, patches))
    x = g.node("Transpose", x, perm=[0, 2, 1])
    cls = g.constant(np.broadcast_to(weights["cls_token"], (task.batch, 1, D)))
    x = g.node("Add", g.node("Concat", cls, x, axis=1), g.parameter("pos_embed"))
    for l in range(s["depth"]):
        block = f"blocks.{l}."
        qkv = g.linear(block + "attn.qkv", g.layer_norm(block + "norm1", x))
        q, k, v = g.node("Split", qkv, outputs=3, axis=-1, num_outputs=3)
        mixed = g.attention(q, k, v, patches + 1, D)
        x = g.node("Add", x, g.linear(block + "attn.proj", mixed))
        hidden = g.linear(block + "mlp.fc1", g.layer_norm(block + "norm2", x))
        x = g.node("Add", x, g.linear(block + "mlp.fc2", g.gelu(hidden)))
    x = g.node("Gather", g.layer_norm("norm", x), g.constant(np.int64(0)), axis=1)
    return g.model(
        task.inputs, task.output, g.linear("head", x), (task.batch, s["classes"])
    )
