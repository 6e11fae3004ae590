"""The Deep Interest Network as an ONNX graph."""

import numpy as np
from onnx_graph import Graph


def both(g, ids):
    """An item's row and its category's."""
    category = g.node("Gather", g.parameter("cate_of"), ids)
    item = g.node("Gather", g.parameter("item.weight"), ids)
    return g.node(
        "Concat", item, g.node("Gather", g.parameter("cate.weight"), category), axis=-1
    )


def sigmoids(g, names, x):
    """Linear maps, a sigmoid after each."""
    for name in names:
        x = g.node("Sigmoid", g.linear(name, x))
    return x


def batch_norm(g, name, x):
    parts = ("weight", "bias", "running_mean", "running_var")
    parameters = (g.parameter(f"{name}.{part}") for part in parts)
    return g.node("BatchNormalization", x, *parameters, epsilon=1e-3)


def interest(g, task, query, keys):
    """The rows of the history, weighted by how each meets the candidate."""
    (B, T), E = task.inputs["history"].shape, 2 * task.sizes["W"]
    q = g.node("Reshape", query, g.shape(B, 1, E))
    q = g.node("Expand", q, g.shape(B, T, E))
    pair = [q, keys, g.node("Sub", q, keys), g.node("Mul", q, keys)]
    hidden = sigmoids(g, ["att.fc1", "att.fc2"], g.node("Concat", *pair, axis=-1))
    scores = g.node("Reshape", g.linear("att.fc3", hidden), g.shape(B, T))
    length = g.node("Reshape", "length", g.shape(B, 1))
    real = g.node("Less", g.constant(np.arange(T)[None]), length)
    scores = g.node("Where", real, scores, g.constant(np.float32(-4294967295.0)))
    scores = g.node("Mul", scores, g.constant(np.float32(E**-0.5)))
    shares = g.node("Reshape", g.node("Softmax", scores, axis=-1), g.shape(B, 1, T))
    return g.node("Reshape", g.node("MatMul", shares, keys), g.shape(B, E))


def din(task, weights, _):
    """As the release of 2018: softmax over the history, sigmoids between layers."""
    g = Graph(weights)
    v, keys = both(g, "candidate"), both(g, "history")
    u = batch_norm(g, "hist_bn", interest(g, task, v, keys))
    u = g.linear("hist_fc", u)
    x = batch_norm(g, "top_bn", g.node("Concat", u, v, g.node("Mul", u, v), axis=-1))
    x = g.linear("fc3", sigmoids(g, ["fc1", "fc2"], x))
    x = g.node("Reshape", x, g.shape(task.batch))
    bias = g.node("Gather", g.parameter("item_bias"), "candidate")
    return g.model(task.inputs, task.output, g.node("Add", x, bias), (task.batch,))
