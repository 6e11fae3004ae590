"""ViT and KAT as ONNX graphs."""

import numpy as np
from onnx_graph import Graph


def gelu_mlp(g, name, x):
    return g.linear(name + ".fc2", g.gelu(g.linear(name + ".fc1", x)))


def vit(task, weights, one_node_attention, mlp=gelu_mlp, mix=None):
    """timm's ViT; `mix` stands in the place of attention."""
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
        if mix:
            mixed = mix(g, block + "attn", q, k, v)
        else:
            mixed = g.attention(q, k, v, patches + 1, D)
        x = g.node("Add", x, g.linear(block + "attn.proj", mixed))
        x = g.node("Add", x, mlp(g, block + "mlp", g.layer_norm(block + "norm2", x)))
    x = g.node("Gather", g.layer_norm("norm", x), g.constant(np.int64(0)), axis=1)
    return g.model(
        task.inputs, task.output, g.linear("head", x), (task.batch, s["classes"])
    )


def rational(g, name, x, width):
    """P(x) / (1 + |b_1 x| + ... + |b_4 x^4|), both by Horner's rule; the denominators
    of the groups are written out for all channels."""
    a = g.weights[name + ".weight_numerator"][0]
    b = np.abs(g.weights[name + ".weight_denominator"])
    b = np.repeat(b, width // len(b), axis=0)
    top, size = g.constant(a[5]), g.node("Abs", x)
    for k in range(4, -1, -1):
        top = g.node("Add", g.node("Mul", top, x), g.constant(a[k]))
    bottom = g.node("Mul", size, g.constant(b[:, 3]))
    for k in range(2, -1, -1):
        bottom = g.node("Mul", g.node("Add", bottom, g.constant(b[:, k])), size)
    return g.node("Div", top, g.node("Add", bottom, g.constant(np.float32(1))))


def kat(task, weights, one_node_attention):
    """The ViT with a learned rational function before each linear map of the MLP."""
    D = task.sizes["D"]

    def mlp(g, name, x):
        hidden = g.linear(name + ".fc1", rational(g, name + ".act1", x, D))
        return g.linear(name + ".fc2", rational(g, name + ".act2", hidden, 4 * D))

    return vit(task, weights, one_node_attention, mlp)
