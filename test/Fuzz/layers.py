"""The standard library's parts, computed with bounds: for each its declaration,
the parameters that it has, and what it computes from them. They are written from
the equations, not from the library's text."""

import math

import numpy as np

import bounded as B


class Part:
    """`kind` is what stands after `name:`; `parameters` gives shape and scale by
    name; `apply(get, x)` computes, with `get(name)` a parameter's value."""

    def __init__(self, kind, parameters, apply):
        self.kind, self.parameters, self.apply = kind, parameters, apply

    def under(self, prefix):
        """Its parameters, as they are called inside of a part."""
        return {prefix + name: kind for name, kind in self.parameters.items()}

    def within(self, prefix):
        return lambda get, x: self.apply(lambda name: get(prefix + name), x)


# Scales of parameters: matrices keep the size of what they are applied to.
GAIN, OFFSET, SMALL, POSITIVE = "gain", "offset", "small", "positive"


def matrix(fan_in):
    return 1 / np.sqrt(max(fan_in, 1))


# ------------------------------------------------------------- elementwise


def erf(v):
    return np.vectorize(math.erf, otypes=[float])(v)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gelu_tanh(v):
    return 0.5 * v * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v**3)))


def elu(v):
    return np.where(v > 0, v, np.expm1(np.minimum(v, 0)))


def hard_sigmoid(v):
    return np.clip(v / 6 + 0.5, 0, 1)


def size_of(x):
    """|x| where it is finite: the scale of what a formula cancels."""
    return np.where(np.isfinite(x.value), np.abs(x.value), 0)


def hard_swish(x):
    return B.multiply(x, FUNCTIONS["hard_sigmoid"](x))


def softplus(v):
    return np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v)))


def gelu(v):
    return 0.5 * v * (1 + erf(v * np.sqrt(0.5)))


def wave(function):
    def apply(x):
        y = B.lipschitz(x, function, 1)
        far = np.isfinite(x.value) & (np.abs(x.value) + x.error > 2**22)
        return B.Bounded(y.value, np.where(far, np.inf, y.error))

    return apply


def rising(function, absolute=None):
    return lambda x: B.monotone(x, function, absolute(x) if absolute else 0.0)


def bent(function, slope, absolute=None):
    """Not monotone: errors pass at the steepest slope."""
    return lambda x: B.lipschitz(x, function, slope, absolute(x) if absolute else 0.0)


FUNCTIONS = {
    "exp": rising(np.exp),
    "log": rising(np.log),
    "sqrt": rising(np.sqrt),
    "rsqrt": rising(lambda v: 1 / np.sqrt(v)),
    "sin": wave(np.sin),
    "cos": wave(np.cos),
    "tanh": rising(np.tanh),
    "erf": rising(erf),
    "sigmoid": rising(sigmoid),
    "abs": lambda x: B.Bounded(np.abs(x.value), x.error),
    "floor": lambda x: B.monotone(x, np.floor, ulps=0),
    "ceil": lambda x: B.monotone(x, np.ceil, ulps=0),
    "round": lambda x: B.monotone(x, np.rint, ulps=0),
    "sign": lambda x: B.monotone(x, np.sign, ulps=0),
    "relu": lambda x: B.monotone(x, lambda v: np.maximum(v, 0), ulps=0),
    "gelu": bent(gelu, 1.2, size_of),
    "gelu_tanh": bent(gelu_tanh, 1.2, size_of),
    "silu": bent(lambda v: v * sigmoid(v), 1.2),
    "softplus": rising(softplus),
    "leaky_relu": rising(lambda v: np.maximum(v, 0) + 0.01 * np.minimum(v, 0)),
    "elu": rising(elu),
    "hard_sigmoid": rising(hard_sigmoid, lambda x: size_of(x) + 1),
    "hard_swish": hard_swish,
    "identity": lambda x: x,
    "zero": lambda x: B.Bounded(np.zeros(x.shape)),
}


# ------------------------------------------------------------- maps over the last axis


def last(x):
    """The last axis, as what reductions take."""
    return (len(x.shape) - 1,)


def linear_map(x, weight, bias=None):
    y = B.contract("...i,oi->...o", x, weight)
    return B.add(y, bias) if bias is not None else y


def linear(inputs, outputs, bias=True):
    parameters = {"weight": ((outputs, inputs), matrix(inputs))}
    if bias:
        parameters["bias"] = ((outputs,), OFFSET)
    text = f"linear[{outputs}]" if bias else f"linear[{outputs}, bias = false]"
    return Part(
        text,
        parameters,
        lambda get, x: linear_map(x, get("weight"), get("bias") if bias else None),
    )


def transposed_linear(inputs, outputs):
    return Part(
        f'linear[{outputs}, layout = "io"]',
        {"weight": ((inputs, outputs), matrix(inputs)), "bias": ((outputs,), OFFSET)},
        lambda get, x: B.add(B.contract("...i,io->...o", x, get("weight")), get("bias")),
    )


def lora(inputs, outputs, rank):
    def apply(get, x):
        low = linear_map(x, get("lora_A.weight"))
        up = linear_map(low, get("lora_B.weight"))
        return B.add(linear_map(x, get("weight")), B.multiply(B.constant(0.75), up))

    parameters = {
        "weight": ((outputs, inputs), matrix(inputs)),
        "lora_A.weight": ((rank, inputs), matrix(inputs)),
        "lora_B.weight": ((outputs, rank), matrix(rank)),
    }
    return Part(f"lora_linear[{outputs}, {rank}, scale = 0.75]", parameters, apply)


def layer_norm(width, eps=1e-5):
    def apply(get, x):
        y = B.normalize(x, last(x), eps)
        return B.add(B.multiply(y, get("weight")), get("bias"))

    parameters = {"weight": ((width,), GAIN), "bias": ((width,), OFFSET)}
    return Part(f"layer_norm[eps = {eps}]", parameters, apply)


def rms_norm(width, eps=1e-6):
    def apply(get, x):
        square = B.mean(B.multiply(x, x), last(x))
        root = B.power(B.add(square, B.Bounded(np.float64(eps), eps * B.UNIT)), -0.5)
        return B.multiply(B.multiply(x, B.expand(root, last(x))), get("weight"))

    return Part(f"rms_norm[eps = {eps}]", {"weight": ((width,), GAIN)}, apply)


def prelu(width):
    def apply(get, x):
        zero = B.constant(0)
        low = B.extreme(x, zero, np.minimum)
        return B.add(FUNCTIONS["relu"](x), B.multiply(get("alpha"), low))

    return Part("prelu", {"alpha": ((width,), OFFSET)}, apply)


def ffn(width, hidden, act="gelu"):
    first, second = linear(width, hidden), linear(hidden, width)
    middle = FUNCTIONS[act]

    def apply(get, x):
        inner = middle(first.within("fc1.")(get, x))
        return second.within("fc2.")(get, inner)

    return Part(
        f"ffn[{hidden}, act = {act}]",
        {**first.under("fc1."), **second.under("fc2.")},
        apply,
    )


def gated_ffn(width, hidden, act="silu"):
    gate, up = linear(width, hidden, False), linear(width, hidden, False)
    down = linear(hidden, width, False)

    def apply(get, x):
        opened = FUNCTIONS[act](gate.within("gate_proj.")(get, x))
        return down.within("down_proj.")(get, B.multiply(opened, up.within("up_proj.")(get, x)))

    return Part(
        f"gated_ffn[{hidden}, act = {act}]",
        {**gate.under("gate_proj."), **up.under("up_proj."), **down.under("down_proj.")},
        apply,
    )


def group_rational(width, groups, form):
    def apply(get, x):
        z = x.move(lambda v: v.reshape(v.shape[:-1] + (groups, width // groups)))
        top, bottom = get("weight_numerator"), get("weight_denominator")

        def term(table, k, exponent):
            coefficient = table.move(lambda t: t[:, k, None])
            return B.multiply(coefficient, B.power(z, exponent))

        numerator = term(top, 0, 0)
        for k in range(1, 6):
            numerator = B.add(numerator, term(top, k, k))
        terms = [term(bottom, k, k + 1) for k in range(4)]
        if form == "sum_of_abs":
            terms = [FUNCTIONS["abs"](t) for t in terms]
        denominator = terms[0]
        for t in terms[1:]:
            denominator = B.add(denominator, t)
        whole = B.add(B.constant(1), FUNCTIONS["abs"](denominator))
        y = B.divide(numerator, whole)
        return y.move(lambda v: v.reshape(v.shape[:-2] + (width,)))

    return Part(
        f'group_rational[groups = {groups}, form = "{form}"]',
        {
            "weight_numerator": ((1, 6), SMALL),
            "weight_denominator": ((groups, 4), SMALL),
        },
        apply,
    )


# ------------------------------------------------------------- learned functions on edges


def stack_last(terms):
    shape = terms[0].shape
    terms = [B.Bounded(np.broadcast_to(t.value, shape), t.error) for t in terms]
    return B.Bounded(
        np.stack([t.value for t in terms], -1), np.stack([t.error for t in terms], -1)
    )


def fourier(x, order):
    angles = [B.multiply(x, B.constant(k + 1)) for k in range(order)]
    return stack_last([FUNCTIONS[f](angle) for f in ("cos", "sin") for angle in angles])


def chebyshev(x, degree):
    t = FUNCTIONS["tanh"](x)
    terms = [B.power(t, 0), t]
    for _ in range(1, degree):
        double = B.multiply(B.multiply(B.constant(2), t), terms[-1])
        terms.append(B.subtract(double, terms[-2]))
    return stack_last(terms)


def rbf(x, count):
    distance = 4.0 / (count - 1)
    terms = []
    for k in range(count):
        center = B.Bounded(np.float64(-2 + distance * k), 4 * B.UNIT)
        away = B.divide(B.subtract(x, center), B.constant(distance))
        terms.append(FUNCTIONS["exp"](B.negate(B.multiply(away, away))))
    return stack_last(terms)


BASES = {
    "fourier": (fourier, lambda n: 2 * n),
    "chebyshev": (chebyshev, lambda n: n + 1),
    "rbf": (rbf, lambda n: n),
}


def kan(inputs, outputs, basis, count):
    function, width = BASES[basis]
    terms = width(count)

    def apply(get, x):
        edges = B.contract("...ik,oik->...o", function(x, count), get("coef"))
        return B.add(edges, linear_map(FUNCTIONS["silu"](x), get("weight")))

    return Part(
        f"kan_linear[{outputs}, basis = {basis}[{count}]]",
        {
            "coef": ((outputs, inputs, terms), matrix(inputs * terms)),
            "weight": ((outputs, inputs), matrix(inputs)),
        },
        apply,
    )


# ------------------------------------------------------------- attention


def attention(q, k, v, scale, bias=None, mask=None, key_mask=None, causal=False):
    """q [.., h, n, d], k and v [.., g, m, d]: softmax over the keys that are seen; a
    row that sees none is 0, and hidden keys have no say."""
    copies = q.shape[-3] // max(k.shape[-3], 1)
    k, v = (t.move(lambda a: np.repeat(a, copies, axis=-3)) for t in (k, v))
    scores = B.contract("...nd,...md->...nm", q, k)
    scores = B.multiply(scores, B.Bounded(np.float64(scale), scale * B.UNIT))
    if bias is not None:
        scores = B.add(scores, bias)
    shape = scores.shape
    hidden = B.constant(-np.inf)
    if mask is not None:
        scores = B.where(mask, scores, hidden)
    seen = np.ones(shape, bool)
    if key_mask is not None:
        seen = seen & key_mask.value[..., None, None, :]
    if causal:
        i, j = np.indices(shape[-2:])
        seen = seen & (j <= i + shape[-1] - shape[-2])
    scores = B.where(B.Bounded(seen), scores, hidden)
    weights = B.softmax(scores, len(shape) - 1)
    with np.errstate(all="ignore"):
        nothing = np.max(scores.value, axis=-1, keepdims=True, initial=-np.inf) == -np.inf
    terms = B.multiply(
        weights.move(lambda a: a[..., None]), v.move(lambda a: a[..., None, :, :])
    )
    keep = seen[..., None] & ~nothing[..., None]
    # A score that is not known may be the one that is seen.
    doubt = np.where(np.all(scores.known, axis=-1, keepdims=True), 0, np.inf)[..., None]
    keep = B.Bounded(keep, np.broadcast_to(doubt, keep.shape))
    terms = B.where(keep.move(lambda a: np.broadcast_to(a, terms.shape)), terms, B.constant(0))
    return B.total(terms, (len(terms.shape) - 2,))


def split_heads(x, heads):
    def move(a):
        return np.moveaxis(a.reshape(a.shape[:-1] + (heads, a.shape[-1] // heads)), -2, -3)

    return x.move(move)


def merge_heads(x):
    def move(a):
        a = np.moveaxis(a, -3, -2)
        return a.reshape(a.shape[:-2] + (a.shape[-2] * a.shape[-1],))

    return x.move(move)


def mha(width, heads, causal):
    qkv, proj = linear(width, 3 * width), linear(width, width)

    def apply(get, x):
        parts = qkv.within("qkv.")(get, x)
        q, k, v = (
            split_heads(parts.move(lambda a: a[..., i * width : (i + 1) * width]), heads)
            for i in range(3)
        )
        y = attention(q, k, v, (width // heads) ** -0.5, causal=causal)
        return proj.within("proj.")(get, merge_heads(y))

    return Part(
        f"mha[{heads}, causal = {str(causal).lower()}]",
        {**qkv.under("qkv."), **proj.under("proj.")},
        apply,
    )


# ------------------------------------------------------------- channels first


def convolution(x, weight, strides, pads, dilations, groups):
    """x [B, C, sizes], weight [O, C / groups, taps]: the taps one by one."""
    spatial = len(strides)
    wide = [(0, 0), (0, 0)] + [(p, p) for p in pads]
    x = x.move(lambda a: np.pad(a, wide))
    taps = weight.shape[2:]
    sizes = [
        (x.shape[2 + i] - dilations[i] * (taps[i] - 1) - 1) // strides[i] + 1
        for i in range(spatial)
    ]
    outputs, inputs = weight.shape[0] // groups, weight.shape[1]
    windows = []
    for tap in np.ndindex(*taps):
        index = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilations, sizes, strides)
        )
        windows.append((tap, index))

    def gather(a):
        return np.stack([a[(slice(None), slice(None), *index)] for _, index in windows], 2)

    seen = x.move(gather)  # [B, C, taps, sizes]
    flat = weight.move(lambda a: a.reshape(weight.shape[0], inputs, -1))
    results = []
    for g in range(groups):
        piece = seen.move(lambda a: a[:, g * inputs : (g + 1) * inputs])
        filters = flat.move(lambda a: a[g * outputs : (g + 1) * outputs])
        results.append(B.contract("bct...,oct->bo...", piece, filters))
    return B.Bounded(
        np.concatenate([r.value for r in results], 1),
        np.concatenate([r.error for r in results], 1),
    )


def conv(spatial, channels, outputs, kernel, stride, pad, dilation, groups):
    def apply(get, x):
        each = [[number] * spatial for number in (stride, pad, dilation)]
        y = convolution(x, get("weight"), *each, groups)
        shaped = get("bias").move(lambda a: a.reshape((-1,) + (1,) * spatial))
        return B.add(y, shaped)

    options = f"stride = {stride}, pad = {pad}, dilation = {dilation}, groups = {groups}"
    fan_in = channels // groups * kernel**spatial
    return Part(
        f"conv{spatial}d[{outputs}, {kernel}, {options}]",
        {
            "weight": ((outputs, channels // groups) + (kernel,) * spatial, matrix(fan_in)),
            "bias": ((outputs,), OFFSET),
        },
        apply,
    )


def batch_norm(channels, eps=1e-5):
    def apply(get, x):
        def along(p):
            return p.move(lambda a: a.reshape((-1,) + (1,) * (len(x.shape) - 2)))

        spread = B.add(get("running_var"), B.Bounded(np.float64(eps), eps * B.UNIT))
        y = B.subtract(x, along(get("running_mean")))
        y = B.multiply(y, along(B.power(spread, -0.5)))
        return B.add(B.multiply(y, along(get("weight"))), along(get("bias")))

    parameters = {name: ((channels,), OFFSET) for name in ("running_mean", "bias")}
    parameters.update({"weight": ((channels,), GAIN), "running_var": ((channels,), POSITIVE)})
    return Part(f"batch_norm[eps = {eps}]", parameters, apply)
