"""Statements that combine the elements of some axes."""

import numpy as np

import bounded as B
import layers
from sizes import Size

from .table import letters, make, operation, pattern, some

REDUCTIONS = {
    "sum": B.total,
    "mean": B.mean,
    "max": B.largest,
    "min": lambda x, axes: B.largest(x, axes, -1),
    "prod": B.product,
    "var": B.variance,
    "logsumexp": B.logsumexp,
}


@operation(7)
def reduction(g):
    name = g.choose(["sum", "mean", "max", "min", "sum", "mean", "max", "prod", "var", "logsumexp"])
    dtype = "f32"
    if name in ("sum", "max", "min", "prod") and g.chance(0.2):
        dtype = g.choose(["i64", "i32"])
    x = g.pick(dtype, lambda t: t.rank > 0)
    if x is None:
        return None
    axes = some(g, range(x.rank))
    names = letters(x.rank)
    kept = [i for i in range(x.rank) if i not in axes]
    if g.chance(0.3):  # results in another order
        g.random.shuffle(kept)
    right, shape = [names[i] for i in kept], [x.shape[i] for i in kept]
    ones = g.chance(0.35) and kept == sorted(kept)
    if ones:
        right = ["1" if i in axes else n for i, n in enumerate(names)]
        shape = [Size(1) if i in axes else size for i, size in enumerate(x.shape)]
    order = sorted(kept)

    def compute(w, a):
        y = REDUCTIONS[name](a, axes)
        return B.expand(y, axes) if ones else y.move(lambda v: v.transpose([order.index(i) for i in kept]))

    return make(g, f"{name}({{0}}, {pattern(names, right)})", [x], shape, compute, dtype)


@operation(2)
def truths(g):
    x = g.pick("bool", lambda t: t.rank > 0)
    if x is None:
        return None
    axes = some(g, range(x.rank))
    names = letters(x.rank)
    right = [n for i, n in enumerate(names) if i not in axes]
    name = g.choose(["any", "all"])
    shape = [size for i, size in enumerate(x.shape) if i not in axes]

    def compute(w, a):
        reduce = np.any if name == "any" else np.all
        doubt = np.max(a.error, axis=tuple(axes), initial=0)
        return B.Bounded(reduce(a.value, axis=tuple(axes)), doubt)

    return make(g, f"{name}({{0}}, {pattern(names, right)})", [x], shape, compute, "bool")


@operation(3)
def softmax(g):
    x = g.pick(when=lambda t: t.rank > 0)
    if x is None:
        return None
    axis = g.random.randrange(x.rank)
    text = f"softmax({{0}}, axis = {axis})"
    if axis == x.rank - 1 and g.chance(0.7):
        text = g.choose(["softmax({0})", "log_softmax({0})"])
    if text.startswith("log"):

        def compute(w, a):
            return B.subtract(a, B.expand(B.logsumexp(a, [axis]), [axis]))

        return make(g, text, [x], x.shape, compute)
    return make(g, text, [x], x.shape, lambda w, a: B.softmax(a, axis))


@operation(3)
def normalize(g):
    x = g.pick(when=lambda t: t.rank > 0)
    if x is None:
        return None
    axes = some(g, range(x.rank)) if g.chance(0.4) else [x.rank - 1]
    names = letters(x.rank)
    right = ["1" if i in axes else n for i, n in enumerate(names)]
    eps = g.choose([1e-5, 1e-3, 0.1])
    text = f"normalize({{0}}, {pattern(names, right)}, eps = {eps})"
    return make(g, text, [x], x.shape, lambda w, a: B.normalize(a, axes, eps))


@operation(1)
def l2_normalize(g):
    x = g.pick(when=lambda t: t.rank > 0)
    if x is None:
        return None

    def compute(w, a):
        norm = B.power(B.total(B.multiply(a, a), layers.last(a)), 0.5)
        norm = B.extreme(norm, B.constant(1e-12), np.maximum)
        return B.divide(a, B.expand(norm, layers.last(a)))

    return make(g, "l2_normalize({0})", [x], x.shape, compute)


@operation(2)
def place(g):
    """argmax and argmin of what no rounding has reached."""
    x = g.pick(g.choose(["f32", "i64"]), lambda t: any((size.known or 0) > 0 for size in t.shape))
    if x is None:
        return None
    axis = g.choose(i for i, size in enumerate(x.shape) if (size.known or 0) > 0)
    names = letters(x.rank)
    name = g.choose(["argmax", "argmin"])

    def compute(w, a):
        find = np.argmax if name == "argmax" else np.argmin
        doubt = np.where(a.error.max(axis=axis) > 0, np.inf, 0)
        return B.Bounded(find(a.value, axis=axis).astype(np.int64), doubt)

    right = names[:axis] + names[axis + 1 :]
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    return make(g, f"{name}({{0}}, {pattern(names, right)})", [x], shape, compute, "i64")


@operation(1)
def masked_mean(g):
    x = g.pick(when=lambda t: t.rank == 3)
    if x is None:
        return None
    mask = g.input(x.shape[:2], "bool")

    def compute(w, a, m):
        weights = B.cast(m, np.float64).move(lambda v: v[:, :, None])
        top = B.total(B.multiply(a, weights), (1,))
        count = B.total(weights, (1,))
        return B.divide(top, B.extreme(count, B.constant(1e-9), np.maximum))

    return make(g, "masked_mean({0}, {1})", [x, mask], (x.shape[0], x.shape[2]), compute)
