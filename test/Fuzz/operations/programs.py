"""Statements of several lines: loops, and functions of the file."""

import numpy as np

import bounded as B
import layers
from sizes import Size

from .movement import joined
from .table import make, number, operation


@operation(2)
def loop(g):
    x, turns, c = g.pick(), g.random.randint(1, 4), g.choose([0.5, 0.25])
    name = g.choose(["tanh", "sigmoid", "gelu", "relu", "sin"])

    def compute(w, a):
        for i in range(turns):
            a = layers.FUNCTIONS[name](B.add(B.multiply(a, B.constant(c)), B.constant(i)))
        return a

    lines = [
        "{out} = {0}",
        f"for i in 0..{turns}:",
        f"    {{out}} := {name}({{out}} * {c} + i)",
    ]
    return make(g, "\n".join(lines), [x], x.shape, compute)


@operation(1)
def collected(g):
    x, turns = g.pick(when=lambda t: t.rank < 4), g.random.randint(1, 3)
    if x is None:
        return None
    lines = [
        f"{{out}}_all = for i in 0..{turns}:",
        "    yield {0} * (i + 1)",
        "{out} = stack({out}_all, axis = -1)",
    ]

    def compute(w, a):
        return joined(np.stack, [B.multiply(a, B.constant(i + 1)) for i in range(turns)], -1)

    return make(g, "\n".join(lines), [x], x.shape + (Size(turns),), compute)


@operation(1)
def own_function(g):
    """A function of the file, with a condition that is known when compiling."""
    x, name = g.pick(when=lambda t: t.rank > 0), g.fresh("f")
    if x is None:
        return None
    flag, c = g.chance(0.5), number(g)
    text = "\n".join(
        [
            f"fn {name}(a: [.., D], k: float, up: bool) -> [.., D]:",
            "    if up:",
            "        b = a * k + 1",
            "    else:",
            "        b = maximum(a, k)",
            "    return b - a",
        ]
    )

    def compute(w, a):
        inner = (
            B.add(B.multiply(a, B.constant(c)), B.constant(1))
            if flag
            else B.extreme(a, B.constant(c), np.maximum)
        )
        return B.subtract(inner, a)

    call = f"{name}({{0}}, {float(c)}, {str(flag).lower()})"
    return make(g, call, [x], x.shape, compute, above=[text])
