"""Llama and Mixture-of-Transformers as ONNX graphs."""

import math

import numpy as np
from onnx import TensorProto
from onnx_graph import FAR, MICROSOFT, Graph


def rms_norm(g, name, x):
    square = g.node("Pow", x, g.constant(np.float32(2), "two"))
    mean = g.node("ReduceMean", square, g.shape(-1), keepdims=1)
    root = g.node("Sqrt", g.node("Add", mean, g.constant(np.float32(g.epsilon), "epsilon")))
    return g.node("Mul", g.node("Div", x, root), g.parameter(name + ".weight"))


def gated(g, name, x, parts=("gate_proj", "up_proj", "down_proj")):
    gate, up, down = (f"{name}.{part}" for part in parts)
    gate = g.linear(gate, x)
    gate = g.node("Mul", gate, g.node("Sigmoid", gate))
    return g.linear(down, g.node("Mul", gate, g.linear(up, x)))


def turns(tokens, size, theta):
    """Cosine and sine of every position's angles, [tokens, size / 2]."""
    speed = theta ** (-np.arange(size // 2) / (size // 2))
    angle = np.outer(np.arange(tokens), speed)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def rope(g, x, tables):
    """x [batch, heads, tokens, d], turned by position, as exporters write it."""
    cos, sin = (np.concatenate([t, t], -1) for t in tables)
    a, b = g.node("Split", x, outputs=2, axis=-1, num_outputs=2)
    other = g.node("Concat", g.node("Neg", b), a, axis=-1)
    kept = g.node("Mul", x, g.constant(cos, "cos"))
    return g.node("Add", kept, g.node("Mul", other, g.constant(sin, "sin")))


def by_head(g, x, batch, tokens, heads, size):
    """[batch, tokens, heads * d] as [batch, heads, tokens, d]."""
    x = g.node("Reshape", x, g.shape(batch, tokens, heads, size))
    return g.node("Transpose", x, perm=[0, 2, 1, 3])


def attention(g, q, k, v, mask, size):
    """Attention by head; `mask` is added to the scores."""
    scale = g.constant(np.float32(1 / math.sqrt(size)), "scale")
    scores = g.node("MatMul", q, g.node("Transpose", k, perm=[0, 1, 3, 2]))
    scores = g.node("Add", g.node("Mul", scores, scale), mask)
    return g.node("MatMul", g.node("Softmax", scores, axis=-1), v)


def together(g, x, batch, tokens, width):
    """[batch, heads, tokens, d] as [batch, tokens, width]."""
    x = g.node("Transpose", x, perm=[0, 2, 1, 3])
    return g.node("Reshape", x, g.shape(batch, tokens, width))


def shared_attention(g, q, k, v, tokens, tables, sizes):
    """Causal attention of [1, tokens, width] with turned queries and keys, whose heads
    share keys and values in groups."""
    heads, groups = sizes["heads"], sizes["kv_heads"]
    size = sizes["D"] // heads
    if g.one_node_attention:
        last = g.constant(np.array([tokens - 1], np.int32), "last")
        total = g.constant(np.int32(tokens), "total")
        cos, sin = g.constant(tables[0], "cos"), g.constant(tables[1], "sin")
        return g.node(
            "GroupQueryAttention", q, k, v, "", "", last, total, cos, sin,
            domain=MICROSOFT, outputs=3, num_heads=heads, kv_num_heads=groups, do_rotary=1,
        )[0]  # fmt: skip
    q = rope(g, by_head(g, q, 1, tokens, heads, size), tables)
    k = rope(g, by_head(g, k, 1, tokens, groups, size), tables)
    v = by_head(g, v, 1, tokens, groups, size)

    def repeated(x):
        x = g.node("Reshape", x, g.shape(1, groups, 1, tokens, size))
        x = g.node("Expand", x, g.shape(1, groups, heads // groups, tokens, size))
        return g.node("Reshape", x, g.shape(1, heads, tokens, size))

    causal = np.triu(np.full((tokens, tokens), FAR, np.float32), 1)
    y = attention(g, q, repeated(k), repeated(v), g.constant(causal, "causal"), size)
    return together(g, y, 1, tokens, sizes["D"])


def llama(task, weights, one_node_attention):
    """With the names of Hugging Face."""
    s, g = task.sizes, Graph(weights, one_node_attention, epsilon=1e-6)
    tokens = task.inputs["ids"].shape[1]
    tables = turns(tokens, s["D"] // s["heads"], 10000.0)
    x = g.node("Gather", g.parameter("model.embed_tokens.weight"), "ids")
    for l in range(s["layers"]):
        layer = f"model.layers.{l}."
        z = rms_norm(g, layer + "input_layernorm", x)
        q, k, v = (g.linear(f"{layer}self_attn.{part}_proj", z) for part in "qkv")
        mixed = shared_attention(g, q, k, v, tokens, tables, s)
        x = g.node("Add", x, g.linear(layer + "self_attn.o_proj", mixed))
        z = rms_norm(g, layer + "post_attention_layernorm", x)
        x = g.node("Add", x, gated(g, layer + "mlp", z))
    x = g.linear("lm_head", rms_norm(g, "model.norm", x))
    return g.model(task.inputs, task.output, x, (1, tokens, s["vocab"]))


class Routing:
    """Tokens sorted by modality, cut, and put back; how many there are of each is
    known beforehand."""

    def __init__(self, g, modality):
        self.g, (_, self.tokens) = g, modality.shape
        self.counts = np.bincount(modality.ravel())
        if len(self.counts) == 1:
            return
        ids = g.node("Cast", "modality", to=TensorProto.INT64)
        ids = g.node("Reshape", ids, g.shape(self.tokens))
        spread = g.node("Mul", ids, g.constant(np.int64(self.tokens)))
        self.order = self.sorting(g.node("Add", spread, g.constant(np.arange(self.tokens))))
        self.back = self.sorting(self.order)

    def sorting(self, keys):
        """Where the least key stands, the next one, and so on."""
        return self.g.node("TopK", keys, self.g.shape(self.tokens), outputs=2, largest=0)[1]

    def __call__(self, function, x):
        """The values that function(m, rows of modality m) gives, in the places of the
        rows of x [tokens, D]."""
        g = self.g
        if len(self.counts) == 1:
            return function(0, x)
        rows = g.node("Gather", x, self.order, axis=0)
        cut = g.node("Split", rows, g.shape(*self.counts), outputs=len(self.counts), axis=0)
        parts = [function(m, part) for m, part in enumerate(cut)]
        whole = (g.node("Concat", *part, axis=0) for part in zip(*parts))
        return [g.node("Gather", y, self.back, axis=0) for y in whole]


def seen_keys(g, tokens):
    """What is added to the scores: nothing where a position sees another."""
    image = g.node("Reshape", "image", g.shape(1, 1, tokens, 1))
    across = g.node("Reshape", "image", g.shape(1, 1, 1, tokens))
    inside = g.node("Greater", image, g.constant(np.int32(0)))
    same = g.node("And", g.node("Equal", image, across), inside)
    seen = g.node("Or", same, g.constant(np.tri(tokens, dtype=bool)))
    return g.node("Where", seen, g.constant(np.float32(0)), g.constant(FAR))


def mot(task, weights, one_node_attention):
    """With the weights of a token's modality, one sequence."""
    s, g = task.sizes, Graph(weights, one_node_attention, epsilon=1e-5)
    D, heads, tokens = s["D"], s["heads"], task.inputs["ids"].shape[1]
    size = D // heads
    tables, mask = turns(tokens, size, 10000.0), seen_keys(g, tokens)
    route = Routing(g, task.inputs["modality"])
    x = g.node("Gather", g.parameter("tokens.weight"), "ids")
    x = g.node("Reshape", x, g.shape(tokens, D))
    for l in range(s["layers"]):

        def projections(m, rows, name=f"blocks.{l}.attention.local_experts"):
            q, k, v = (
                g.node("Reshape", g.linear(f"{name}_w{part}.{m}", rows), g.shape(-1, heads, size))
                for part in "qkv"
            )
            if not s.get("qk_norm", True):
                return q, k, v
            q = rms_norm(g, f"{name}_q_normalization.{m}", q)
            return q, rms_norm(g, f"{name}_k_normalization.{m}", k), v

        def out(m, rows, name=f"blocks.{l}.attention.local_experts"):
            y = g.linear(f"{name}_wo.{m}", rows)
            return (rms_norm(g, f"{name}_attention_norm.{m}", y),)

        def mlp(m, rows, name=f"blocks.{l}.feed_forward.local_experts"):
            y = gated(g, f"{name}.{m}", rows, ("w1", "w3", "w2"))
            return (rms_norm(g, f"{name}_ffn_norm.{m}", y),)

        q, k, v = (by_head(g, y, 1, tokens, heads, size) for y in route(projections, x))
        q, k = rope(g, q, tables), rope(g, k, tables)
        mixed = together(g, attention(g, q, k, v, mask, size), 1, tokens, D)
        mixed = g.node("Reshape", mixed, g.shape(tokens, D))
        x = g.node("Add", x, route(out, mixed)[0])
        x = g.node("Add", x, route(mlp, x)[0])
    x = g.linear("head", rms_norm(g, "norm.0", x))
    x = g.node("Reshape", x, g.shape(1, tokens, s["vocab"]))
    return g.model(task.inputs, task.output, x, (1, tokens, s["vocab"]))
