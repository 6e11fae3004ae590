"""Kolmogorov-Arnold layers as ONNX graphs."""

import numpy as np
from onnx_graph import Graph


def layer(task, weights, basis):
    """Terms times coefficients, and a linear map of silu(x). `basis` adds the nodes
    that make the terms of x as a column."""
    g, (I, O) = Graph(weights), (task.sizes["I"], task.sizes["O"])
    terms = basis(g, g.node("Reshape", "x", g.shape(task.batch, I, 1)))
    terms = g.node("Reshape", terms, g.shape(task.batch, -1))
    coefficients = g.constant(weights["layer.coef"].reshape(O, -1).T, "layer.coef")
    y = g.node("MatMul", terms, coefficients)
    base = g.linear("layer", g.node("Mul", "x", g.node("Sigmoid", "x")))
    return g.model(task.inputs, task.output, g.node("Add", y, base), (task.batch, O))


def kan_spline(task, weights, _):
    """Cubic B-splines over equal intervals of -1 to 1, as differences of cubes."""
    G = task.sizes["G"]

    def basis(g, x):
        def cube(reach, away):
            inside = g.node("Relu", g.node("Sub", g.constant(np.float32(reach)), away))
            return g.node("Mul", g.node("Mul", inside, inside), inside)

        place = g.node("Mul", x, g.constant(np.float32(G / 2)))
        center = g.constant(np.arange(-1, G + 2, dtype=np.float32) - np.float32(G / 2))
        away = g.node("Abs", g.node("Sub", place, center))
        wide = g.node("Mul", cube(2, away), g.constant(np.float32(1 / 6)))
        narrow = g.node("Mul", cube(1, away), g.constant(np.float32(4 / 6)))
        return g.node("Sub", wide, narrow)

    return layer(task, weights, basis)


def kan_fourier(task, weights, _):
    """Cosines and sines of the multiples of x."""

    def basis(g, x):
        multiples = g.constant(np.arange(1, task.sizes["G"] + 1, dtype=np.float32))
        angle = g.node("Mul", x, multiples)
        return g.node("Concat", g.node("Cos", angle), g.node("Sin", angle), axis=-1)

    return layer(task, weights, basis)
