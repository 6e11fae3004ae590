"""The minimal Transformer as an ONNX graph."""

import numpy as np
from onnx_graph import Graph


def minimal(task, weights, one_node_attention):
    """With separate queries and keys, values, and the feed-forward net."""
    s = task.sizes
    g = Graph(weights, one_node_attention, s["heads"], 1e-5)
    D, patches = s["D"], (s["image"] // s["patch"]) ** 2
    x = g.node("Conv", "images", *(g.parameter(f"embed.{part}") for part in ("weight", "bias")),
               strides=[s["patch"]] * 2)  # fmt: skip
    x = g.node("Transpose", g.node("Reshape", x, g.shape(task.batch, D, patches)), perm=[0, 2, 1])
    cls = g.constant(np.broadcast_to(weights["cls"], (task.batch, 1, D)))
    x = g.node("Add", g.node("Concat", cls, x, axis=1), g.parameter("position"))
    for l in range(s["layers"]):
        q, k, v = (g.linear(f"attn.{l}.w{part}", x) for part in "qkv")
        mixed = g.linear(f"attn.{l}.wo", g.attention(q, k, v, patches + 1, D))
        x = g.layer_norm(f"norm1.{l}", g.node("Add", x, mixed))
        hidden = g.gelu(g.linear(f"net.{l}.fc1", x))
        x = g.layer_norm(f"norm2.{l}", g.node("Add", x, g.linear(f"net.{l}.fc2", hidden)))
    x = g.node("Gather", x, g.constant(np.int64(0)), axis=1)
    return g.model(task.inputs, task.output, g.linear("head", x), (task.batch, s["classes"]))
