"""Statements that make tensors of nothing or of sizes."""

import numpy as np

import bounded as B

from .table import make, number, operation


@operation(2)
def positions(g):
    size = g.size()
    compute = lambda w: B.Bounded(np.arange(size.at(w.dims), dtype=np.int64))
    return make(g, f"iota({size})", [], (size,), compute, "i64")


@operation(1)
def filled(g):
    shape = g.shape()
    dtype = g.choose(["f32", "f32", "i64"])
    c = g.random.randint(-2, 3) if dtype == "i64" else number(g)
    sizes = ", ".join(map(str, shape))
    type_of = np.int64 if dtype == "i64" else np.float64

    def compute(w):
        value = np.float32(c) if dtype == "f32" else c
        return B.Bounded(np.full([s.at(w.dims) for s in shape], value, type_of))

    texts = [f"full([{sizes}], {c}, {dtype})"]
    texts += [f"zeros([{sizes}], {dtype})"] if c == 0 else []
    texts += [f"ones([{sizes}], {dtype})"] if c == 1 else []
    return make(g, g.choose(texts), [], shape, compute, dtype)


@operation(1)
def sizes_as_numbers(g):
    x, name = g.pick(), g.choose(g.dims)
    text = g.choose(["{0} * (" + name + " + 1)", "{0} + " + name])

    def compute(w, a):
        n = B.Bounded(np.float64(w.dims[name] + ("1" in text.split(name)[1])))
        return B.multiply(a, n) if "*" in text else B.add(a, n)

    return make(g, text, [x], x.shape, compute)
