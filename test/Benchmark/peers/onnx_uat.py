"""One layer of attention and one ReLU network, as an ONNX graph."""

from onnx_graph import Graph


def uat(task, weights, one_node_attention):
    """Without norms, with learned positions and the sum around attention."""
    s, (batch, N, _) = task.sizes, task.inputs["x"].shape
    g = Graph(weights, one_node_attention, s["heads"])
    z = g.node("Add", g.linear("lift", "x"), g.parameter("P"))
    q, k, v = (g.linear(part, z) for part in ("query", "key", "value"))
    z = g.node("Add", z, g.linear("out", g.attention(q, k, v, N, s["heads"] * s["dk"])))
    y = g.linear("fc2", g.node("Relu", g.linear("fc1", z)))
    return g.model(task.inputs, task.output, y, (batch, N, s.get("d_out", 1)))
