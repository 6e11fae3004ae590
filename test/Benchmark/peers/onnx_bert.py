"""BERT as an ONNX graph."""

from onnx import TensorProto
from onnx_graph import Graph


def bert(task, weights, one_node_attention):
    """The encoder of BERT, for sentences of one kind; pooled to unit vectors if
    the task says so."""
    s = task.sizes
    g = Graph(weights, one_node_attention, s["heads"], 1e-12)
    D, tokens = s["D"], task.inputs["ids"].shape[1]
    words = g.node("Gather", g.parameter("embeddings.word_embeddings.weight"), "ids")
    places = weights["embeddings.position_embeddings.weight"][:tokens]
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    x = g.node("Add", words, g.constant(places + kind))
    x = g.layer_norm("embeddings.LayerNorm", x)
    real = g.node("Cast", "mask", to=TensorProto.FLOAT)
    mask = g.key_mask(real, task.batch, tokens)
    for l in range(s["layers"]):
        layer = f"encoder.layer.{l}."
        q, k, v = (
            g.linear(f"{layer}attention.self.{part}", x)
            for part in ("query", "key", "value")
        )
        mixed = g.attention(q, k, v, tokens, D, mask)
        x = g.node("Add", g.linear(layer + "attention.output.dense", mixed), x)
        x = g.layer_norm(layer + "attention.output.LayerNorm", x)
        hidden = g.gelu(g.linear(layer + "intermediate.dense", x))
        x = g.node("Add", g.linear(layer + "output.dense", hidden), x)
        x = g.layer_norm(layer + "output.LayerNorm", x)
    if not task.pooled:
        return g.model(task.inputs, task.output, x, (task.batch, tokens, D))
    real = g.node("Reshape", real, g.shape(task.batch, tokens, 1))
    axis = g.shape(1)
    total = g.node("ReduceSum", g.node("Mul", x, real), axis, keepdims=0)
    mean = g.node("Div", total, g.node("ReduceSum", real, axis, keepdims=0))
    x = g.node("LpNormalization", mean, axis=-1, p=2)
    return g.model(task.inputs, task.output, x, (task.batch, D))
