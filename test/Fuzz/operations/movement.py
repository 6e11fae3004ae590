"""Statements that move elements."""

import numpy as np

import bounded as B
from sizes import Size

from .table import LETTERS, letters, make, operation, pattern


@operation(6)
def rearrange(g):
    """Splits some axes, permutes all, merges some."""
    x = g.pick(g.choose(["f32", "f32", "f32", "i64", "bool"]), lambda t: t.rank > 0)
    if x is None:
        return None
    fresh = iter(LETTERS)
    left, factors, sizes, named = [], [], [], []
    for axis, size in enumerate(x.shape):
        known = size.known
        divisors = [d for d in range(2, (known or 0)) if known % d == 0]
        if divisors and g.chance(0.4) and len(factors) < 5:
            a, b = next(fresh), next(fresh)
            first = g.choose(divisors)
            left.append(f"({a} {b})")
            named.append(f"{a} = {first}")
            factors += [a, b]
            sizes += [Size(first), Size(known // first)]
        else:
            a = next(fresh)
            left.append(a)
            factors.append(a)
            sizes.append(size)
    order = list(range(len(factors)))
    if g.chance(0.8):
        g.random.shuffle(order)
    right, shape, i = [], [], 0
    while i < len(order):
        if i + 1 < len(order) and g.chance(0.3):
            a, b = order[i], order[i + 1]
            right.append(f"({factors[a]} {factors[b]})")
            shape.append(sizes[a] * sizes[b])
            i += 2
        else:
            right.append(factors[order[i]])
            shape.append(sizes[order[i]])
            i += 1
        if g.chance(0.08):
            right.append("1")
            shape.append(Size(1))
    more = "".join(", " + text for text in named)

    def compute(w, a):
        split = [size.at(w.dims) for size in sizes]
        merged = [size.at(w.dims) for size in shape]
        return a.move(lambda v: v.reshape(split).transpose(order).reshape(merged))

    text = f"rearrange({{0}}, {pattern(left, right)}{more})"
    return make(g, text, [x], shape, compute, x.dtype)


@operation(3)
def repeat(g):
    x = g.pick(g.choose(["f32", "f32", "f32", "i32"]), lambda t: t.rank < 5)
    if x is None:
        return None
    names = letters(x.rank)
    at = g.random.randint(0, x.rank)
    size = g.size()
    if size.known is None:
        new, more = str(size), ""
    else:
        new, more = "k", f", k = {size}"
    right = names[:at] + [new] + names[at:]
    shape = x.shape[:at] + (size,) + x.shape[at:]

    def compute(w, a):
        return a.move(lambda v: np.repeat(np.expand_dims(v, at), size.at(w.dims), axis=at))

    text = f"repeat({{0}}, {pattern(names, right)}{more})"
    return make(g, text, [x], shape, compute, x.dtype)


@operation(3)
def grow(g):
    """Axes written 1 grow in place."""
    x = g.pick(when=lambda t: any(size == 1 for size in t.shape))
    if x is None:
        return None
    axis = g.choose(i for i, size in enumerate(x.shape) if size == 1)
    size = Size(g.choose(g.dims))
    names = letters(x.rank)
    left = names[:axis] + ["1"] + names[axis + 1 :]
    right = names[:axis] + [str(size)] + names[axis + 1 :]
    shape = x.shape[:axis] + (size,) + x.shape[axis + 1 :]

    def compute(w, a):
        return a.move(lambda v: np.repeat(v, size.at(w.dims), axis=axis))

    return make(g, f"repeat({{0}}, {pattern(left, right)})", [x], shape, compute)


def joined(function, values, axis):
    return B.Bounded(
        function([v.value for v in values], axis), function([v.error for v in values], axis)
    )


@operation(4)
def concat(g):
    x = g.pick(g.choose(["f32", "f32", "f32", "i64"]), lambda t: t.rank > 0)
    if x is None:
        return None
    axis = g.random.randrange(x.rank)
    parts = [x]
    for _ in range(g.choose([1, 1, 2])):
        fits = lambda t: t.rank == x.rank and all(
            i == axis or a == b for i, (a, b) in enumerate(zip(t.shape, x.shape))
        )
        part = g.pick(x.dtype, fits) if g.chance(0.6) else None
        if part is None:
            part = g.input(x.shape[:axis] + (g.size(),) + x.shape[axis + 1 :], x.dtype)
        parts.append(part)
    g.random.shuffle(parts)
    size = Size(0)
    for part in parts:
        size = size + part.shape[axis]
    places = ", ".join(f"{{{i}}}" for i in range(len(parts)))
    shown = axis if g.chance(0.5) else axis - x.rank
    shape = x.shape[:axis] + (size,) + x.shape[axis + 1 :]
    compute = lambda w, *a: joined(np.concatenate, a, axis)
    return make(g, f"concat([{places}], axis = {shown})", parts, shape, compute, x.dtype)


@operation(2)
def stack(g):
    x = g.pick(when=lambda t: t.rank < 4)
    if x is None:
        return None
    parts = [x] + [
        g.pick(when=lambda t: t.shape == x.shape) for _ in range(g.choose([0, 1, 2, 3]))
    ]
    axis = g.random.randint(0, x.rank)
    places = ", ".join(f"{{{i}}}" for i in range(len(parts)))
    shape = x.shape[:axis] + (Size(len(parts)),) + x.shape[axis:]
    text = f"stack([{places}], axis = {axis})"
    return make(g, text, parts, shape, lambda w, *a: joined(np.stack, a, axis))


@operation(2)
def split(g):
    """One of the parts of a split."""
    x = g.pick(when=lambda t: any((size.known or 0) > 1 for size in t.shape))
    if x is None:
        return None
    axis = g.choose(i for i, size in enumerate(x.shape) if (size.known or 0) > 1)
    known = x.shape[axis].known
    if g.chance(0.5):
        first = g.random.randint(0, known)
        sizes, text = [first, known - first], f"[{first}, {known - first}]"
    else:
        parts = g.choose(d for d in range(1, known + 1) if known % d == 0)
        sizes, text = [known // parts] * parts, str(parts)
    index = g.random.randrange(len(sizes))
    start = sum(sizes[:index])
    shape = x.shape[:axis] + (Size(sizes[index]),) + x.shape[axis + 1 :]
    place = (slice(None),) * axis + (slice(start, start + sizes[index]),)
    compute = lambda w, a: a.move(lambda v: v[place])
    return make(g, f"split({{0}}, {text}, axis = {axis})[{index}]", [x], shape, compute)


@operation(2)
def pad(g):
    x = g.pick(g.choose(["f32", "f32", "i64", "bool"]), lambda t: t.rank > 0)
    if x is None:
        return None
    axis = g.random.randrange(x.rank)
    before, after = g.random.randint(0, 2), g.random.randint(0, 3)
    value, more = 0, ""
    if x.dtype != "bool" and g.chance(0.5):
        value = g.choose([-1, 2])
        more = f", value = {value}"
    shape = x.shape[:axis] + (x.shape[axis] + Size(before + after),) + x.shape[axis + 1 :]
    if not g.fits(shape):
        return None

    def fill(array, filling):
        widths = [(0, 0)] * x.rank
        widths[axis] = (before, after)
        return np.pad(array, widths, constant_values=filling)

    compute = lambda w, a: B.Bounded(fill(a.value, value), fill(a.error, 0))
    text = f"pad({{0}}, [{before}, {after}], axis = {axis}{more})"
    return make(g, text, [x], shape, compute, x.dtype)


@operation(2)
def turn(g):
    """roll and flip."""
    x = g.pick(g.choose(["f32", "f32", "i32", "bool"]), lambda t: t.rank > 0)
    if x is None:
        return None
    axis = g.random.randrange(x.rank)
    if g.chance(0.4):
        text = f"flip({{0}}, axis = {axis})"
        return make(g, text, [x], x.shape, lambda w, a: a.move(lambda v: np.flip(v, axis)), x.dtype)
    least = x.shape[axis].at(g.dims)  # no size is smaller
    most = least if x.shape[axis].known is None else 9
    shift = g.random.randint(-most, most)
    compute = lambda w, a: a.move(lambda v: np.roll(v, shift, axis))
    return make(g, f"roll({{0}}, {shift}, axis = {axis})", [x], x.shape, compute, x.dtype)


@operation(5)
def subscript(g):
    """Indices, slices and new axes."""
    x = g.pick(g.choose(["f32", "f32", "f32", "i64", "bool"]), lambda t: 0 < t.rank < 5)
    if x is None:
        return None
    texts, shape, index = [], [], []
    for size in x.shape:
        least = size.at(g.dims)  # no size is smaller
        known = size.known is not None
        kind = g.choose(["all", "all", "index", "slice", "back", "none"])
        if kind == "none" and len(shape) < 4:
            texts.append("none")
            shape.append(Size(1))
            index.append(None)
        if kind == "index" and least > 0:
            at = g.random.randrange(least)
            at = g.choose([at, at - least]) if known else g.choose([at, -1 - at])
            texts.append(str(at))
            index.append(at)
        elif kind == "slice" and least > 0:
            first = g.random.randint(0, least)
            last = g.random.randint(first, least)
            step = g.choose([1, 1, 2, 3])
            texts.append(f"{first}:{last}" + (f":{step}" if step > 1 else ""))
            shape.append(Size(-(-(last - first) // step)))
            index.append(slice(first, last, step))
        elif kind == "back" and least > 0:
            cut = g.random.randint(1, least)
            if g.chance(0.5):
                texts.append(f"-{cut}:")
                shape.append(Size(cut))
                index.append(slice(-cut, None))
            else:
                texts.append(f"{cut}:")
                shape.append(size + Size(-cut))
                index.append(slice(cut, None))
        else:
            texts.append(":")
            shape.append(size)
            index.append(slice(None))
    if all(text == ":" for text in texts):
        return None
    compute = lambda w, a: a.move(lambda v: v[tuple(index)])
    return make(g, f"{{0}}[{', '.join(texts)}]", [x], shape, compute, x.dtype)
