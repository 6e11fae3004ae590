"""Statements that compute one element at a time."""

import numpy as np

import bounded as B
import layers
from sizes import Size

from .table import make, number, operation, width


@operation(10)
def function(g):
    x = g.pick()
    name = g.choose(n for n in layers.FUNCTIONS if n not in ("identity", "zero") or g.chance(0.1))
    form = g.choose(["{name}({{0}})", "{{0}} |> {name}"])
    return make(
        g, form.format(name=name), [x], x.shape, lambda w, a: layers.FUNCTIONS[name](a)
    )


@operation(5)
def with_number(g):
    x, c = g.pick(), number(g)
    texts = {
        f"{{0}} + {c}": lambda w, a: B.add(a, B.constant(c)),
        f"{c} - {{0}}": lambda w, a: B.subtract(B.constant(c), a),
        f"{{0}} * {c}": lambda w, a: B.multiply(a, B.constant(c)),
        f"{{0}} / {c}": lambda w, a: B.divide(a, B.constant(c)),
        f"{c} / {{0}}": lambda w, a: B.divide(B.constant(c), a),
        f"maximum({{0}}, {c})": lambda w, a: B.extreme(a, B.constant(c), np.maximum),
        f"minimum({c}, {{0}})": lambda w, a: B.extreme(a, B.constant(c), np.minimum),
        "-{0}": lambda w, a: B.negate(a),
    }
    text = g.choose(texts)
    return make(g, text, [x], x.shape, texts[text])


@operation(3)
def powers(g):
    x = g.pick()
    if g.chance(0.3):
        base = g.choose([0.5, 2, 2.5, 1.0])
        grow = lambda v: np.float_power(float(base), v)
        return make(g, f"{base} ^ {{0}}", [x], x.shape, lambda w, a: B.monotone(a, grow))
    n = g.choose([0, 1, 2, 3, 4, 7, -1, -2, 0.5, -0.5])
    return make(g, f"{{0}} ^ {n}", [x], x.shape, lambda w, a: B.power(a, n))


@operation(2)
def clamp(g):
    x, low = g.pick(), number(g)
    high = low + g.choose([0, 0.5, 2])

    def compute(w, a):
        return B.extreme(B.extreme(a, B.constant(low), np.maximum), B.constant(high), np.minimum)

    return make(g, f"clamp({{0}}, {low}, {high})", [x], x.shape, compute)


def partner(g, x, dtype=None):
    """A tensor that meets x by one of the three rules of broadcasting, and the shape
    of both: of equal shape, with axes of 1, an end of x's, or a scalar."""

    def meets(t):
        short = min(t.rank, x.rank)
        if t.rank != x.rank:
            return x.shape[x.rank - short :] == t.shape[t.rank - short :]
        return all(a == b or a == 1 or b == 1 for a, b in zip(t.shape, x.shape))

    dtype = dtype or x.dtype
    y = g.pick(dtype, meets) if g.chance(0.6) else None
    if y is None:
        kind = g.choose(["ones", "end", "same"])
        shape = x.shape
        if kind == "ones":
            shape = tuple(Size(1) if g.chance(0.5) else size for size in shape)
        elif kind == "end":
            shape = shape[g.random.randint(0, x.rank) :]
        y = g.input(shape, dtype)
    if x.rank != y.rank:
        return y, max(x.shape, y.shape, key=len)
    return y, tuple(b if a == 1 else a for a, b in zip(x.shape, y.shape))


BINARY = {
    "{0} + {1}": lambda w, a, b: B.add(a, b),
    "{0} - {1}": lambda w, a, b: B.subtract(a, b),
    "{0} * {1}": lambda w, a, b: B.multiply(a, b),
    "{0} / {1}": lambda w, a, b: B.divide(a, b),
    "maximum({0}, {1})": lambda w, a, b: B.extreme(a, b, np.maximum),
    "minimum({0}, {1})": lambda w, a, b: B.extreme(a, b, np.minimum),
    "{0} * {1} + {0}": lambda w, a, b: B.add(B.multiply(a, b), a),
}


def spread(value, like):
    """As wide as the result of a broadcast."""
    shape = np.broadcast_shapes(value.shape, like.shape)
    return value.move(lambda a: np.broadcast_to(a, shape))


@operation(9)
def binary(g):
    x = g.pick()
    y, shape = partner(g, x)
    text = g.choose(BINARY)
    return make(g, text, g.random.sample([x, y], 2), shape, BINARY[text])


@operation(2)
def with_parameter(g):
    x = g.pick(when=lambda t: all(size.known for size in t.shape[-1:]))
    if x is None:
        return None
    own = g.choose([1, width(x) or 1])
    name = g.declare_parameter((own,) if x.rank else ())
    if x.rank > 1 and own == 1:
        return None
    text = g.choose(list(BINARY)[:3])

    def compute(w, a):
        return BINARY[text](w, a, B.exact(w.parameters[name]))

    return make(
        g,
        text.replace("{1}", name),
        [x],
        x.shape,
        compute,
        parts={name: g.declarations[name]},
    )


COMPARISONS = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@operation(3)
def comparison(g):
    x = g.pick(g.choose(["f32", "f32", "i64", "i32"]))
    if x is None:
        return None
    sign = g.choose(COMPARISONS)
    test = COMPARISONS[sign]
    if g.chance(0.5):
        c = g.random.randint(-3, 5) if x.dtype != "f32" else number(g)
        other = B.Bounded(np.asarray(c)) if x.dtype != "f32" else B.constant(c)
        return make(
            g, f"{{0}} {sign} {c}", [x], x.shape, lambda w, a: B.compare(a, other, test), "bool"
        )
    y, shape = partner(g, x)
    compute = lambda w, a, b: B.compare(a, b, test)
    return make(g, f"{{0}} {sign} {{1}}", [x, y], shape, compute, "bool")


@operation(2)
def logic(g):
    x = g.pick("bool")
    if x is None:
        return None
    if g.chance(0.3):
        return make(g, "not {0}", [x], x.shape, lambda w, a: B.Bounded(~a.value, a.error), "bool")
    y, shape = partner(g, x)
    word = g.choose(["and", "or"])
    compute = lambda w, a, b: B.logical(a, b, word == "and")
    return make(g, f"{{0}} {word} {{1}}", [x, y], shape, compute, "bool")


@operation(3)
def choice(g):
    x = g.pick(g.choose(["f32", "f32", "f32", "i64", "bool"]))
    if x is None:
        return None
    c, shape = partner(g, x, "bool")
    if g.chance(0.4) and x.dtype == "f32":
        other = number(g)
        text, last = f"where({{0}}, {{1}}, {other})", []
        compute = lambda w, c, a: B.where(spread(c, a), spread(a, c), B.constant(other))
    else:
        same = g.pick(x.dtype, lambda t: t.shape == x.shape) or x
        text, last = "where({0}, {1}, {2})", [same]
        compute = lambda w, c, a, b: B.where(spread(c, a), spread(a, c), spread(b, c))
    return make(g, text, [c, x] + last, shape, compute, x.dtype)


@operation(3)
def cast(g):
    x = g.pick(g.choose(["f32", "i64", "i32", "bool"]))
    if x is None:
        return None
    dtype = g.choose([n for n in ("f32", "f32", "i64", "i32", "bool") if n != x.dtype])
    to = {"f32": np.float64, "i64": np.int64, "i32": np.int32, "bool": np.bool_}[dtype]
    return make(g, f"cast({{0}}, {dtype})", [x], x.shape, lambda w, a: B.cast(a, to), dtype)


@operation(3)
def integer(g):
    x = g.pick(g.choose(["i64", "i32"]))
    if x is None:
        return None
    limit = np.max(np.abs(g.value(x).value.astype(float)), initial=0)
    if limit > 1e6:
        return None
    sums = lambda f: lambda w, a, b: B.integers(a, b, f)
    texts = {
        "{0} + {1}": sums(lambda a, b: a + b),
        "{0} - {1}": sums(lambda a, b: a - b),
        "{0} * {1}": lambda w, a, b: B.integers(a, b, lambda a, b: a * b, B.product_error),
        "maximum({0}, {1})": lambda w, a, b: B.extreme(a, b, np.maximum),
        "minimum({0}, {1})": lambda w, a, b: B.extreme(a, b, np.minimum),
    }
    text = g.choose(texts)
    if g.chance(0.5):
        c = g.random.randint(-4, 6)
        other = B.Bounded(np.asarray(c, g.value(x).value.dtype))
        compute = texts[text]
        return make(
            g,
            text.replace("{1}", str(c)),
            [x],
            x.shape,
            lambda w, a: compute(w, a, other),
            x.dtype,
        )
    y, shape = partner(g, x, g.choose(["i64", "i32"]) if not text.startswith("m") else None)
    dtype = "i64" if "i64" in (x.dtype, y.dtype) else "i32"
    return make(g, text, [x, y], shape, texts[text], dtype)


@operation(1.5)
def division(g):
    """Of integers, by a number: rounded down."""
    x = g.pick(g.choose(["i64", "i32"]))
    if x is None:
        return None
    sign, c = g.choose(["//", "%"]), g.choose([1, 2, 3, 7, -2, -3])
    function = np.floor_divide if sign == "//" else np.mod

    def compute(w, a):
        value = function(a.value, np.asarray(c, a.value.dtype))
        return B.doubtful_if_any(a, B.constant(c), value)

    return make(g, f"{{0}} {sign} {c}", [x], x.shape, compute, x.dtype)
