"""Statements that combine the elements of windows."""

import numpy as np

import bounded as B
from sizes import Size

from .reductions import REDUCTIONS
from .table import make, operation


@operation(1)
def pool(g):
    x = g.pick(when=lambda t: 3 <= t.rank <= 4 and all((s.known or 0) > 0 for s in t.shape[2:]))
    if x is None:
        return None
    name, spatial = g.choose(["max", "max", "mean"]), x.shape[2:]
    window = [g.random.randint(1, min(size.known, 4)) for size in spatial]
    stride = [g.choose([n, n, 1, 2, 5]) for n in window]
    pad = [g.random.randint(0, n // 2) for n in window]
    shape = x.shape[:2] + tuple(
        Size((size.known + 2 * p - n) // step + 1)
        for size, n, step, p in zip(spatial, window, stride, pad)
    )
    axes = tuple(range(2, x.rank))
    places = (slice(None), slice(None), *(slice(None, None, step) for step in stride))

    def windows(array, filling):
        wide = np.pad(array, [(0, 0), (0, 0)] + [(p, p) for p in pad], constant_values=filling)
        return np.lib.stride_tricks.sliding_window_view(wide, window, axes)[places]

    def compute(w, a):
        every = B.Bounded(windows(a.value, -np.inf if name == "max" else 0), windows(a.error, 0))
        return REDUCTIONS[name](every, tuple(range(x.rank, 2 * x.rank - 2)))

    word = "max_pool" if name == "max" else "avg_pool"
    text = f"{word}({{0}}, {window}, stride = {stride}, pad = {pad})"
    return make(g, text, [x], shape, compute)
