"""Statements in which the order along an axis counts."""

import numpy as np

import bounded as B

from .table import make, operation


@operation(2)
def running_sum(g):
    x = g.pick(g.choose(["f32", "f32", "i64", "i32"]), lambda t: t.rank > 0)
    if x is None:
        return None
    axis = g.random.randrange(x.rank)

    def compute(w, a):
        before = np.tri(a.shape[axis], dtype=bool)

        def spread(v):
            return np.where(before, np.moveaxis(v, axis, -1)[..., None, :], v.dtype.type(0))

        sums = B.total(B.Bounded(spread(a.value), spread(a.error)), (x.rank,))
        return sums.move(lambda v: np.moveaxis(v, -1, axis))

    return make(g, f"cumsum({{0}}, axis = {axis})", [x], x.shape, compute, x.dtype)


@operation(3)
def order(g):
    """sort and argsort. A sorted element is off by no more than the worst of its line;
    of the places nothing is known once an element is not exact."""
    x = g.pick(g.choose(["f32", "f32", "i64", "i32"]), lambda t: t.rank > 0)
    if x is None:
        return None
    axis, descending, wants_places = g.random.randrange(x.rank), g.chance(0.4), g.chance(0.4)

    def compute(w, a):
        # NaN is the largest; equal elements keep their order.
        nan = np.isnan(a.value) if a.is_float else np.zeros(a.shape, bool)
        value = np.where(nan, 0, a.value)
        places = np.broadcast_to(
            np.arange(a.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.rank)]), a.shape
        )
        if descending:
            keys = (places, ~value if not a.is_float else -value, ~nan)
        else:
            keys = (places, value, nan)
        places = np.lexsort(keys, axis=axis).astype(np.int64)
        worst = np.max(a.error, axis=axis, keepdims=True, initial=0)
        if wants_places:
            return B.Bounded(places, np.where(worst > 0, np.inf, 0) + np.zeros(a.shape))
        return B.Bounded(np.take_along_axis(a.value, places, axis), np.broadcast_to(worst, a.shape))

    name, more = "argsort" if wants_places else "sort", ", descending = true" if descending else ""
    text = f"{name}({{0}}, axis = {axis}{more})"
    return make(g, text, [x], x.shape, compute, "i64" if wants_places else x.dtype)
