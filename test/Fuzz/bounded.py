"""Arrays with error bounds.

`Bounded(value, error)` holds what a model computes in exact arithmetic (float64
here) and, element by element, how far a computation in float32 may be from it:
the rounding of each operation at the scale of what it adds up, passed on through
everything that follows. An error of infinity says that nothing is known: a
comparison of two values that are equal but for rounding, say. No tolerance is
chosen anywhere: what is well conditioned is held tightly, the rest is known to
be loose, and `Bounded.known` says which is which.

Integers and booleans have bounds as well: 0 unless a float decided them.
"""

import itertools

import numpy as np

UNIT = 2.0**-24  # a rounding of float32, relative
TINY = 2.0**-148  # of denormals, absolute
SMALLEST_NORMAL = 2.0**-126
LARGEST = 3.4e38  # beyond it float32 may be infinite
ULPS = 8  # of an elementary function, generously
BITS = {np.dtype(np.int32): 32, np.dtype(np.int64): 64}


class Bounded:
    """A value with its error; both have one shape."""

    def __init__(self, value, error=None):
        self.value = np.asarray(value)
        if error is None:
            error = np.zeros(self.value.shape)
        self.error = np.broadcast_to(np.asarray(error, np.float64), self.value.shape)
        self.chain = None  # of a product: see Chain

    @property
    def shape(self):
        return self.value.shape

    @property
    def is_float(self):
        return self.value.dtype == np.float64

    @property
    def known(self):
        return np.isfinite(self.error)

    def move(self, function):
        """The elements elsewhere: `function` is applied to value and error."""
        moved = Bounded(function(self.value), function(self.error))
        moved.chain = self.chain
        return moved


def exact(array):
    """An array of an input or parameter, as float32, integer or boolean."""
    array = np.asarray(array)
    return Bounded(array.astype(np.float64) if array.dtype == np.float32 else array)


def constant(number):
    """A number of the model's text, as float32 holds it."""
    return Bounded(np.float64(np.float32(number)))


def settle(value, error, *operands):
    """A float result. Where an operand is not known, the result is not; a result
    that is not finite is certain, unless an error reached it."""
    value = np.asarray(value, np.float64)
    error = np.array(np.broadcast_to(error, value.shape), np.float64)
    with np.errstate(all="ignore"):
        error += np.where((value != 0) & (np.abs(value) < 1e-37), TINY, 0)
        error = np.where(np.isfinite(value), error, np.where(error == np.inf, np.inf, 0))
        error = np.where(np.isnan(error), np.inf, error)
        finite = np.isfinite(value)
        error = np.where(finite & (np.abs(value) + error > LARGEST), np.inf, error)
    for operand in operands:
        error = np.where(np.broadcast_to(operand.known, value.shape), error, np.inf)
    return Bounded(value, error)


def add(a, b, sign=1):
    with np.errstate(all="ignore"):
        value = a.value + sign * b.value
        return settle(value, a.error + b.error + UNIT * np.abs(value), a, b)


def subtract(a, b):
    return add(a, b, -1)


def infinite_anyway(value, *operands):
    """Where a result is not finite for every value that the operands may have: none
    of them is 0 but for rounding, or one is NaN."""
    clear = [(x.error == 0) | (x.error < np.abs(x.value)) for x in operands]
    spoiled = [np.isnan(x.value) & x.known for x in operands]
    return ~np.isfinite(value) & (np.logical_and(*clear) | np.logical_or(*spoiled))


def multiply(a, b):
    with np.errstate(all="ignore"):
        value = a.value * b.value
        error = product_error(a, b) + UNIT * np.abs(value)
        return settle(value, np.where(infinite_anyway(value, a, b), 0, error), a, b)


def divide(a, b):
    with np.errstate(all="ignore"):
        value = a.value / b.value
        low = np.abs(b.value) - b.error
        error = (a.error + np.abs(value) * b.error) / low + 2 * UNIT * np.abs(value)
        error = np.where((b.error > 0) & ~(low > 0), np.inf, error)
        return settle(value, np.where(infinite_anyway(value, a, b), 0, error), a, b)


def negate(a):
    return Bounded(-a.value, a.error)


def widened(value, error, function):
    """How far `function` moves when its monotone argument moves by the error."""
    with np.errstate(all="ignore"):
        center, low, high = function(value), function(value - error), function(value + error)
        same = (center == low) & (center == high) | np.isnan(center) & np.isnan(low) & np.isnan(high)
        moved = np.maximum(np.abs(low - center), np.abs(high - center))
        moved = np.where(np.isnan(moved), np.inf, moved)
        return np.where((error == 0) | same, 0, moved)


def monotone(x, function, absolute=0.0, ulps=ULPS):
    """A function that rises or falls everywhere (or is a power); `absolute` is the
    scale of what it cancels inside."""
    with np.errstate(all="ignore"):
        value = function(x.value)
        error = widened(x.value, x.error, function)
        error = error + ulps * UNIT * (np.abs(value) + absolute)
    # An infinite step to a finite neighbour is not certain.
    error = np.where(np.isfinite(value) | (widened(x.value, x.error, function) == 0), error, np.inf)
    return settle(value, error, x)


def lipschitz(x, function, slope, absolute=0.0):
    """A function whose steepest slope is `slope`."""
    with np.errstate(all="ignore"):
        value = function(x.value)
        error = slope * x.error + ULPS * UNIT * (np.abs(value) + absolute)
    return settle(value, error, x)


def power(x, exponent):
    if exponent == 0:
        return Bounded(np.ones(x.shape))
    if abs(exponent) == 0.5:  # a root, also of what is negative
        return monotone(x, lambda v: np.sqrt(v) if exponent > 0 else 1 / np.sqrt(v))
    return monotone(x, lambda v: np.float_power(v, exponent), ulps=2 * ULPS + abs(exponent))


def extreme(a, b, pick):
    with np.errstate(all="ignore"):
        value = pick(a.value, b.value)
    error = np.broadcast_to(np.maximum(a.error, b.error), value.shape)
    return settle(value, error, a, b) if a.is_float else Bounded(value, error)


def compare(a, b, function):
    with np.errstate(all="ignore"):
        value = function(a.value, b.value)
        margin = a.error + b.error
        distance = np.abs(a.value.astype(np.float64) - b.value)
        doubtful = (margin > 0) & ~(distance > margin)
    return Bounded(value, np.where(doubtful, np.inf, 0))


def logical(a, b, is_and):
    """and / or: one certain operand may decide."""
    value = a.value & b.value if is_and else a.value | b.value
    decided = (a.known & (a.value != is_and)) | (b.known & (b.value != is_and))
    return Bounded(value, np.where(decided | (a.known & b.known), 0, np.inf))


def where(condition, a, b):
    value = np.where(condition.value, a.value, b.value)
    error = np.where(condition.value, a.error, b.error)
    with np.errstate(all="ignore"):
        either = np.abs(a.value.astype(np.float64) - b.value) + a.error + b.error
    either = np.where(np.isnan(either), np.inf, either)
    return Bounded(value, np.where(condition.known, error, np.broadcast_to(either, value.shape)))


def wrap(value, dtype):
    """Two's complement, as integers of a model have it."""
    return np.asarray(value).astype(np.int64).astype(dtype)


def integers(a, b, function, scale=None):
    """+, -, * of integers; `scale(a, b)` bounds the error."""
    dtype = max(a.value.dtype, b.value.dtype, key=lambda d: d.itemsize)
    with np.errstate(all="ignore"):
        value = wrap(function(a.value.astype(np.int64), b.value.astype(np.int64)), dtype)
        error = a.error + b.error if scale is None else scale(a, b)
    return Bounded(value, np.where(np.isnan(error), np.inf, error))


def product_error(a, b):
    return np.abs(a.value) * b.error + a.error * (np.abs(b.value) + b.error)


def doubtful_if_any(a, b, value):
    """An integer result of which nothing is known once an operand is not exact."""
    return Bounded(value, np.where((a.error > 0) | (b.error > 0), np.inf, 0))


def cast(x, dtype):
    """Between float32, integers and booleans."""
    source, dtype = x.value.dtype, np.dtype(dtype)
    if dtype == np.float64:
        value = x.value.astype(np.float64)
        return Bounded(value, x.error + UNIT * np.abs(value) * (source != np.bool_))
    if dtype == np.bool_:
        doubtful = (x.error > 0) & ~(np.abs(x.value) > x.error)
        return Bounded(x.value != 0, np.where(doubtful, np.inf, 0))
    if source != np.float64:
        return Bounded(wrap(x.value, dtype), x.error)
    low, high = -(2.0 ** (BITS[dtype] - 1)), 2.0 ** (BITS[dtype] - 1)

    def toward_zero(v):
        v = np.where(np.isnan(v), 0, np.trunc(v))
        return np.clip(v, low, high)

    with np.errstate(all="ignore"):
        value = toward_zero(x.value)
        error = widened(x.value, x.error, toward_zero)
    error = np.where(x.known, error, np.inf)
    top = np.iinfo(dtype).max
    whole = np.where(value >= high, top, np.minimum(value, np.nextafter(high, 0)).astype(np.int64))
    return Bounded(whole.astype(dtype), error)


def total(x, axes):
    """The sum over axes."""
    axes = tuple(axes)
    if not x.is_float:
        value = wrap(np.sum(x.value, axis=axes, dtype=np.int64), x.value.dtype)
        return Bounded(value, np.sum(x.error, axis=axes))
    count = int(np.prod([x.shape[axis] for axis in axes], initial=1))
    with np.errstate(all="ignore"):
        value = np.sum(x.value, axis=axes)
        finite = np.where(np.isfinite(x.value), np.abs(x.value), 0)
        scale = np.sum(finite + np.where(x.known, x.error, 0), axis=axes)
        error = np.sum(x.error, axis=axes) + (count + 2) * UNIT * scale
    known = Bounded(value, np.where(np.all(x.known, axis=axes), 0, np.inf))
    error = np.where(np.isfinite(value), error, 0)
    doubtful = scale > LARGEST  # on the way, even if an infinity is among the terms
    return settle(value, np.where(doubtful, np.inf, error), known)


def mean(x, axes):
    count = np.prod([x.shape[axis] for axis in axes], initial=1)
    return divide(total(x, axes), Bounded(np.float64(count)))


def largest(x, axes, sign=1):
    """The largest element over axes, or the smallest."""
    axes = tuple(axes)
    bound = np.inf if x.is_float else np.iinfo(x.value.dtype)
    first = -sign * bound if x.is_float else (bound.min if sign > 0 else bound.max)
    reduce = np.max if sign > 0 else np.min
    with np.errstate(all="ignore"):
        value = reduce(x.value, axis=axes, initial=first)
    error = np.max(x.error, axis=axes, initial=0)
    return Bounded(value, error)


def product(x, axes):
    axes = tuple(axes)
    if not x.is_float:
        value = wrap(np.prod(x.value, axis=axes, dtype=np.int64), x.value.dtype)
        return Bounded(value, np.where(np.max(x.error, axis=axes, initial=0) > 0, np.inf, 0))
    count = int(np.prod([x.shape[axis] for axis in axes], initial=1))
    with np.errstate(all="ignore"):
        value = np.prod(x.value, axis=axes)
        least = np.prod(np.abs(x.value), axis=axes)
        most = np.prod(np.abs(x.value) + x.error, axis=axes)
        error = (most - least) * (1 + 1e-9) + (count + 1) * UNIT * most
        # A part of the product may leave the range that the whole stays in.
        logs = np.sum(np.abs(np.log2(np.abs(np.where(x.value == 0, 1, x.value)))), axis=axes)
        error = np.where(np.isfinite(value) & (logs > 120), np.inf, error)
    known = Bounded(value, np.where(np.all(x.known, axis=axes), 0, np.inf))
    return settle(value, error, known)


class Chain:
    """The factors of a product of products, whose order is the compiler's: the
    greatest magnitude of each, and at least how many terms a sum of them has."""

    def __init__(self, greatest, terms):
        self.greatest, self.terms = greatest, terms

    @staticmethod
    def of(operands, terms):
        greatest = []
        for operand in operands:
            if operand.chain:
                greatest += operand.chain.greatest
                terms *= operand.chain.terms
            else:
                high = np.abs(operand.value.astype(np.float64)) + operand.error
                greatest.append(float(np.max(np.where(np.isnan(high), np.inf, high), initial=0)))
        return Chain(greatest, max(float(terms), 1.0))

    def error(self):
        """What some order may add: a part may overflow where the whole does not, or
        lose bits as a denormal that the other factors make large."""
        lost = 0.0
        for count in range(2, len(self.greatest)):
            for part in itertools.combinations(range(len(self.greatest)), count):
                rest = [g for i, g in enumerate(self.greatest) if i not in part]
                if self.terms * np.prod([self.greatest[i] for i in part]) > LARGEST:
                    return np.inf
                lost = max(lost, self.terms * TINY * np.prod(rest))
        return lost


def contract(pattern, *operands):
    """einsum of one or two operands; the pattern as NumPy writes it."""
    if len(operands) == 1 and pattern.split("->")[0] == pattern.split("->")[1]:
        return operands[0]
    values = [operand.value for operand in operands]
    with np.errstate(all="ignore"):
        value = np.einsum(pattern, *values)
        chain = Chain.of(operands, np.prod([n for v in values for n in v.shape]))
        size = [np.where(np.isfinite(v), np.abs(v), 0) for v in values]
        slack = [np.where(operand.known, operand.error, 0) for operand in operands]
        scale = np.einsum(pattern, *size)
        most = np.einsum(pattern, *[a + e for a, e in zip(size, slack)])
    terms = np.einsum(pattern, *[np.ones(v.shape) for v in values])
    count = float(np.max(terms, initial=1)) + 2 * len(operands)
    error = (most - scale) * (1 + 1e-9) + count * UNIT * most
    # An operand of unknown error makes unknown all that it reaches; so does one that
    # is 0 but for rounding where it meets an infinite one.
    ones = [np.ones(operand.shape) for operand in operands]
    unknown = 0
    for i, operand in enumerate(operands):
        marks = ones[:i] + [(~operand.known).astype(float)] + ones[i + 1 :]
        unknown = unknown + np.einsum(pattern, *marks)
    if len(operands) == 2:
        infinite = [np.isinf(v).astype(float) for v in values]
        zero = [((x.error > 0) & (x.error >= np.abs(x.value))).astype(float) for x in operands]
        unknown = unknown + np.einsum(pattern, infinite[0], zero[1])
        unknown = unknown + np.einsum(pattern, zero[0], infinite[1])
        # A part that occurs twice is multiplied once, with the sum of its weights: an
        # infinite one whose weights have different signs need not give NaN.
        for i, v in enumerate(values):
            for one in (np.inf, -np.inf):
                marks = ones[:i] + [(v == one).astype(float)] + ones[i + 1 :]
                unknown = unknown + (np.isnan(value) & (np.einsum(pattern, *marks) > 1))
    error = np.where(np.isfinite(value), error, 0)
    # So do finite products that overflow, even beside infinite ones.
    doubtful = (unknown > 0) | (most > LARGEST)
    result = settle(value, np.where(doubtful, np.inf, error) + chain.error())
    result.chain = chain
    return result


def softmax(x, axis):
    """exp(x - max) / sum over one axis."""
    with np.errstate(all="ignore"):
        top = np.max(x.value, axis=axis, keepdims=True, initial=-np.inf)
        shifted = x.value - top
        raised = np.exp(shifted)
        value = raised / np.sum(raised, axis=axis, keepdims=True)
        noise = np.max(x.error, axis=axis, keepdims=True, initial=0)
        noise = np.where(np.isfinite(noise), noise, 0)
        distance = np.where(np.isfinite(shifted), np.abs(shifted), 0)
        spread = np.max(np.where(raised > 0, distance * raised, 0), axis=axis, keepdims=True, initial=0)
        relative = np.expm1(2 * noise) + (x.shape[axis] + 16 + 4 * distance + 4 * spread) * UNIT
        size = np.where(np.isfinite(x.value), np.abs(x.value), 0)
        relative += 4 * UNIT * np.max(size, axis=axis, keepdims=True, initial=0) * (noise > 0)
        # A weight that is a denormal may as well be 0: the largest is near 1.
        error = np.minimum(value * relative, 1) + SMALLEST_NORMAL
    known = np.all(x.known, axis=axis, keepdims=True)
    line = Bounded(value, np.where(np.broadcast_to(known, value.shape), 0, np.inf))
    return settle(value, error, line)


def logsumexp(x, axes):
    axes = tuple(axes)
    count = int(np.prod([x.shape[axis] for axis in axes], initial=1))
    with np.errstate(all="ignore"):
        top = np.max(x.value, axis=axes, keepdims=True, initial=-np.inf)
        shift = np.where(np.isfinite(top), top, 0)
        inner = np.sum(np.exp(x.value - shift), axis=axes)
        value = np.log(inner) + np.squeeze(shift, axis=axes)
        size = np.where(np.isfinite(value), np.abs(value), 0) + np.abs(np.squeeze(shift, axis=axes))
        error = np.max(x.error, axis=axes, initial=0) + (count + 16 + 8 * size) * UNIT
    known = Bounded(value, np.where(np.all(x.known, axis=axes), 0, np.inf))
    return settle(value, error, known)


def expand(x, axes):
    """The axes that a reduction removed, as axes of size 1."""
    return x.move(lambda a: np.expand_dims(a, tuple(axes)))


def variance(x, axes):
    centered = subtract(x, expand(mean(x, axes), axes))
    return mean(multiply(centered, centered), axes)


def normalize(x, axes, eps):
    centered = subtract(x, expand(mean(x, axes), axes))
    spread = mean(multiply(centered, centered), axes)
    root = add(spread, Bounded(np.float64(eps), np.float64(eps * UNIT)))
    return multiply(centered, expand(power(root, -0.5), axes))
