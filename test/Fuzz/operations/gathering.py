"""Statements that take elements by their number."""

import numpy as np

import bounded as B
from generator import whole
from sizes import Size

from .table import letters, make, operation, some


@operation(4)
def gather(g):
    table = g.pick(
        g.choose(["f32", "f32", "f32", "i64"]),
        lambda t: 0 < t.rank < 4 and any((size.known or 0) > 0 for size in t.shape),
    )
    if table is None:
        return None
    axis = g.choose(i for i, size in enumerate(table.shape) if (size.known or 0) > 0)
    dtype = g.choose(["i64", "i32"])
    rows = table.shape[axis].known
    ids = g.input(g.shape(g.choose([0, 1, 1, 2])), dtype, whole(0, rows - 1, dtype))
    names = letters(table.rank + ids.rank)
    left, own = names[: table.rank], names[table.rank :]
    right = left[:axis] + own + left[axis + 1 :]
    left = left[:axis] + [f"[{left[axis]}]"] + left[axis + 1 :]
    shape = table.shape[:axis] + ids.shape + table.shape[axis + 1 :]
    if not g.fits(shape):
        return None
    text = f'gather({{0}}, {{1}}, "{" ".join(left)}, {" ".join(own)} -> {" ".join(right)}")'

    def compute(w, a, i):
        return a.move(lambda v: np.take(v, i.value, axis=axis))

    return make(g, text, [table, ids], shape, compute, table.dtype)


@operation(3)
def gather_own(g):
    """Axes that table and indices share."""
    table = g.pick(
        g.choose(["f32", "f32", "i32"]),
        lambda t: 1 < t.rank < 5 and any((size.known or 0) > 0 for size in t.shape[1:]),
    )
    if table is None:
        return None
    axis = g.choose(i for i, size in enumerate(table.shape) if i > 0 and (size.known or 0) > 0)
    shared = some(g, range(axis))
    rows = table.shape[axis].known
    own = g.shape(g.choose([0, 0, 1]))
    dtype = g.choose(["i64", "i32"])
    ids_shape = tuple(table.shape[i] for i in shared) + tuple(own)
    ids = g.input(ids_shape, dtype, whole(0, rows - 1, dtype))
    names = letters(table.rank + len(own))
    added = names[table.rank :]
    others = [i for i in range(table.rank) if i != axis]
    right = [names[i] for i in others] + added
    shape = tuple(table.shape[i] for i in others) + tuple(own)
    if not g.fits(shape):
        return None
    left = [f"[{n}]" if i == axis else n for i, n in enumerate(names[: table.rank])]
    place = " ".join([names[i] for i in shared] + added)
    text = f'gather({{0}}, {{1}}, "{" ".join(left)}, {place} -> {" ".join(right)}")'

    def compute(w, a, i):
        # Ids with a 1 for each axis of the table that they lack, the new ones last.
        sizes = dict(zip(shared, i.value.shape))
        index = i.value.reshape(
            [sizes.get(k, 1) for k in others] + list(i.value.shape[len(shared) :])
        )

        def take(v):
            v = np.moveaxis(v, axis, -1)
            v = v.reshape(v.shape[:-1] + (1,) * len(own) + v.shape[-1:])
            places = np.broadcast_to(index, v.shape[: len(others)] + index.shape[len(others) :])
            wide = np.broadcast_to(v, places.shape + v.shape[-1:])
            return np.take_along_axis(wide, places[..., None].astype(np.int64), -1)[..., 0]

        return a.move(take)

    return make(g, text, [table, ids], shape, compute, table.dtype)


@operation(1)
def one_hot(g):
    x = g.pick(g.choose(["i64", "i32"]), lambda t: t.rank < 4)
    if x is None:
        return None
    n = g.static_size(9).known

    def compute(w, a):
        hit = a.value[..., None] == np.arange(n)
        return B.Bounded(hit.astype(float), np.where(a.error[..., None] > 0, np.inf, 0) + 0.0 * hit)

    return make(g, f"one_hot({{0}}, {n})", [x], x.shape + (Size(n),), compute)
