"""KArAt as an ONNX graph: a ViT with sums of Fourier series in the place of softmax."""

import math

import numpy as np
from onnx_vit import vit


def basis(g, a):
    """cos a, .. cos 3 a, sin a, .. sin 3 a, from one cosine and one sine."""
    cos, sin = g.node("Cos", a), g.node("Sin", a)
    twice = g.node("Add", cos, cos)
    cos2 = g.node("Sub", g.node("Mul", twice, cos), g.constant(np.float32(1), "one"))
    sin2 = g.node("Mul", twice, sin)
    cos3, sin3 = (g.node("Sub", g.node("Mul", twice, y), x) for x, y in ((cos, cos2), (sin, sin2)))
    return g.node("Concat", cos, cos2, cos3, sin, sin2, sin3, axis=-1)


def karat(task, weights, one_node_attention):
    """The map W meets the values before the sums do, which are short."""
    heads, D = task.sizes["heads"], task.sizes["D"]
    cut = (task.batch, -1, heads, D // heads)

    def mix(g, name, q, k, v):
        q, k, v = (g.node("Reshape", x, g.shape(*cut)) for x in (q, k, v))
        q, v = (g.node("Transpose", x, perm=[0, 2, 1, 3]) for x in (q, v))
        k = g.node("Transpose", k, perm=[0, 2, 3, 1])
        scale = g.constant(np.float32(1 / math.sqrt(D // heads)), "scale")
        a = g.node("MatMul", g.node("Mul", q, scale), k)
        coef = weights[name + ".sigma.phi.coef"].transpose(0, 3, 2, 1)
        y = g.node("MatMul", basis(g, a), g.constant(coef.reshape(heads, -1, coef.shape[-1])))
        W = g.constant(weights[name + ".sigma.W"].transpose(0, 2, 1))
        mixed = g.node("MatMul", y, g.node("MatMul", W, v))
        mixed = g.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return g.node("Reshape", mixed, g.shape(task.batch, -1, D))

    return vit(task, weights, one_node_attention, mix=mix)
