"""The Macaron net as an ONNX graph."""

import math

import numpy as np
from macaron_names import names
from onnx import TensorProto
from onnx_graph import Graph

PAD = 1


def waves(longest, D):
    """Sines, then cosines, of each place; padding has the place `PAD` and zeros."""
    speed = np.exp(np.arange(D // 2) * (-math.log(10000.0) / (D // 2 - 1)))
    angle = np.arange(longest + PAD + 1)[:, None] * speed
    table = np.concatenate([np.sin(angle), np.cos(angle)], -1).astype(np.float32)
    table[PAD] = 0
    return table


class Macaron(Graph):
    """Half feed-forward steps around attention, norms before the branches."""

    def __init__(self, task, weights, one_node_attention):
        super().__init__(weights, one_node_attention, task.sizes["heads"], 1e-5)
        self.D, self.batch = task.sizes["D"], task.batch
        self.lengths = {name: value.shape[1] for name, value in task.inputs.items()}

    def embed(self, name):
        """The vectors of tokens, and which of these are real, as numbers."""
        real = self.node("Not", self.node("Equal", name, self.constant(np.int64(PAD), "pad")))
        real = self.node("Cast", real, to=TensorProto.INT64)
        places = self.node("Mul", self.node("CumSum", real, self.constant(np.int64(1), "axis")), real)
        places = self.node("Add", places, self.constant(np.int64(PAD), "pad"))
        table = self.constant(waves(max(self.lengths.values()), self.D), "waves")
        rows = self.node("Gather", self.parameter("encoder.embed_tokens.weight"), name)
        rows = self.node("Mul", rows, self.constant(np.float32(self.D**0.5), "root"))
        x = self.node("Add", rows, self.node("Gather", table, places))
        return x, self.node("Cast", real, to=TensorProto.FLOAT)

    def half_step(self, name, norm, x):
        hidden = self.node("Relu", self.linear(name + "fc1", self.layer_norm(norm, x)))
        half = self.node("Mul", self.linear(name + "fc2", hidden), self.constant(np.float32(0.5), "half"))
        return self.node("Add", x, half)

    def project(self, name, part, x):
        rows = slice(part * self.D, (part + 1) * self.D)
        weight, bias = (self.weights[f"{name}in_proj_{kind}"][rows] for kind in ("weight", "bias"))
        product = self.node("MatMul", x, self.constant(np.ascontiguousarray(weight.T)))
        return self.node("Add", product, self.constant(bias))

    def heads_of(self, x, length, perm):
        cut = self.node("Reshape", x, self.shape(0, length, self.heads, self.D // self.heads))
        return self.node("Transpose", cut, perm=perm)

    def attend(self, name, norm, x, length, memory=None, mask=None):
        z = self.layer_norm(norm, x)
        source, keys = (z, length) if memory is None else (memory, self.lengths["source"])
        q, k, v = (self.project(name, part, y) for part, y in enumerate((z, source, source)))
        q, v = (self.heads_of(y, n, [0, 2, 1, 3]) for y, n in ((q, length), (v, keys)))
        scores = self.node("MatMul", q, self.heads_of(k, keys, [0, 2, 3, 1]))
        scale = self.constant(np.float32((self.D // self.heads) ** -0.5), "scale")
        scores = self.node("Add", self.node("Mul", scores, scale), mask)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), v)
        mixed = self.node("Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), self.shape(0, length, self.D))
        return self.node("Add", x, self.linear(name + "out_proj", mixed))


def macaron(task, weights, _):
    """Attention as the nodes that exporters write."""
    g, layers = Macaron(task, weights, False), task.sizes["layers"]
    S, T = g.lengths["source"], g.lengths["target"]
    x, real = g.embed("source")
    seen = g.key_mask(real, task.batch, S)
    for l in range(layers):
        x = g.half_step(*names("encoder", l, "before"), x)
        x = g.attend(*names("encoder", l, "mix"), x, S, mask=seen)
        x = g.half_step(*names("encoder", l, "after"), x)
    memory, (y, _) = g.layer_norm("encoder.layer_norm", x), g.embed("target")
    causal = g.constant(np.triu(np.full((T, T), -3e38, np.float32), 1), "causal")
    for l in range(layers):
        y = g.half_step(*names("decoder", l, "before"), y)
        y = g.attend(*names("decoder", l, "mix"), y, T, mask=causal)
        y = g.attend(*names("decoder", l, "look"), y, T, memory, seen)
        y = g.half_step(*names("decoder", l, "after"), y)
    table = g.constant(np.ascontiguousarray(weights["encoder.embed_tokens.weight"].T), "table")
    y = g.node("MatMul", g.layer_norm("decoder.layer_norm", y), table)
    return g.model(task.inputs, task.output, y, (task.batch, T, task.sizes["vocab"]))
