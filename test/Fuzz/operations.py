"""What the statements of a random model do, built-in by built-in: how each chooses
its operands, how it is written, and what it computes. Functions made by
`@operation(weight)` return a statement, or None when nothing there fits them."""

import numpy as np

import bounded as B
import layers
from graph import Statement, Tensor
from sizes import Size

ALL = []
LETTERS = "abcdefgh"


def operation(weight):
    def add(function):
        function.weight = weight
        ALL.append(function)
        return function

    return add


def make(g, text, operands, shape, compute, dtype="f32", **more):
    result = Tensor(g.fresh("v"), tuple(map(Size, shape)), dtype)
    return Statement(result, text, operands, compute, **more)


def number(g):
    """A number for the text of a model."""
    return g.choose([0.5, 2, -1, 0.1, 3, -0.25, 1.5, 0.75, 1])


def letters(count):
    return list(LETTERS[:count])


def pattern(left, right):
    return '"' + " ".join(left) + " -> " + " ".join(right) + '"'


def some(g, items, least=1):
    """A part of the items, in their order."""
    items = list(items)
    count = g.random.randint(min(least, len(items)), len(items))
    return sorted(g.random.sample(items, count))


def is_static(tensor, axis):
    return tensor.shape[axis].known is not None


def width(tensor):
    """The size of the last axis when it is a number of at least 1, else None."""
    return (tensor.shape[-1].known or None) if tensor.rank else None


# ------------------------------------------------------------- one element at a time


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


# ------------------------------------------------------------- combining elements

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


# ------------------------------------------------------------- contraction


def contract_in_turn(sides, right, operands):
    """Operands from left to right; an index is summed as soon as no other operand
    and not the result has it."""
    current, value = sides[0], operands[0]
    for i in range(1, len(sides) + 1):
        later = set(right).union(*sides[i:])
        kept = [n for n in current if n in later]
        value = B.contract("".join(current) + "->" + "".join(kept), value)
        current = kept
        if i == len(sides):
            break
        later = set(right).union(*sides[i + 1 :])
        own = [n for n in sides[i] if n in later or n in current]
        other = B.contract("".join(sides[i]) + "->" + "".join(own), operands[i])
        both = list(dict.fromkeys(current + own))
        wanted = [n for n in both if n in later]
        pattern = "".join(current) + "," + "".join(own) + "->" + "".join(wanted)
        current, value = wanted, B.contract(pattern, value, other)
    return B.contract("".join(current) + "->" + "".join(right), value)


@operation(6)
def einsum(g):
    x = g.pick(when=lambda t: 0 < t.rank <= 4)
    if x is None:
        return None
    names = letters(x.rank)
    size_of = dict(zip(names, x.shape))
    free = iter(LETTERS[x.rank :])
    operands, sides = [x], [names]
    for _ in range(g.choose([1, 1, 1, 2])):
        own = some(g, size_of, least=0)
        for _ in range(g.choose([0, 1, 1, 2])):
            name = next(free)
            size_of[name] = g.size()
            own.append(name)
        own = g.random.sample(own, len(own))[:4]
        if not own:
            return None
        shape = tuple(size_of[n] for n in own)
        if not g.fits(shape):
            return None
        there = g.pick(when=lambda t: t.shape == shape)
        operands.append(there if there and g.chance(0.5) else g.input(shape, sample=None))
        sides.append(own)
    present = [n for n in size_of if any(n in side for side in sides)]
    right = [n for n in present if g.chance(0.6)]
    if g.chance(0.3):
        g.random.shuffle(right)
    if len(present) > 7:
        return None
    left = ", ".join(" ".join(side) for side in sides)
    places = ", ".join(f"{{{i}}}" for i in range(len(operands)))
    return make(
        g,
        f'einsum({places}, "{left} -> {" ".join(right)}")',
        operands,
        [size_of[n] for n in right],
        lambda w, *a: contract_in_turn(sides, right, a),
    )


@operation(3)
def product(g):
    x = g.pick(when=lambda t: t.rank >= 2)
    if x is None:
        return None
    outer = x.shape[:-2] if g.chance(0.4) else ()
    y = g.input(outer + (x.shape[-1], g.size()))
    compute = lambda w, a, b: B.contract("...ij,...jk->...ik", a, b)
    return make(g, "{0} @ {1}", [x, y], x.shape[:-1] + y.shape[-1:], compute)


# ------------------------------------------------------------- moving elements


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
    from generator import whole

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


# ------------------------------------------------------------- made of nothing


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


# ------------------------------------------------------------- statements of several lines


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
