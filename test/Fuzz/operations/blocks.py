"""Statements of random models that apply blocks: the library's parts, attention,
towers of equal layers, mixtures."""

import numpy as np

import bounded as B
import layers
from generator import coins, normal, whole
from sizes import Size

from .movement import joined
from .table import make, operation, width


def divisor(g, number):
    return g.choose(d for d in range(1, number + 1) if number % d == 0)


def any_act(g):
    return g.choose(["gelu", "silu", "relu", "tanh", "sigmoid", "gelu_tanh", "softplus", "elu"])


def same_width(g, D):
    """A part that maps a last axis of D to one of D."""
    groups = divisor(g, D)
    return g.choose(
        [
            lambda: layers.linear(D, D),
            lambda: layers.layer_norm(D, g.choose([1e-5, 1e-3])),
            lambda: layers.rms_norm(D),
            lambda: layers.prelu(D),
            lambda: layers.ffn(D, g.static_size().known, any_act(g)),
            lambda: layers.gated_ffn(D, g.static_size().known, any_act(g)),
            lambda: layers.group_rational(D, groups, g.choose(["sum_of_abs", "abs_of_sum"])),
        ]
    )()


def any_part(g, D):
    """A part for a last axis of D, and the width that it gives."""
    O = g.static_size().known
    basis = g.choose(layers.BASES)
    return g.choose(
        [
            lambda: (layers.linear(D, O, g.chance(0.7)), O),
            lambda: (layers.linear(D, O), O),
            lambda: (layers.transposed_linear(D, O), O),
            lambda: (layers.lora(D, O, g.random.randint(1, 4)), O),
            lambda: (layers.kan(D, O, basis, g.random.randint(2, 4)), O),
            lambda: (same_width(g, D), D),
            lambda: (same_width(g, D), D),
        ]
    )()


@operation(12)
def part(g):
    """A part of the library, or one more use of one that is there."""
    x = g.pick(when=lambda t: t.rank > 0 and width(t))
    if x is None:
        return None
    D = width(x)
    known = [p for p in g.shared if p[2] == D]
    if known and g.chance(0.35):
        name, block, _, O = g.choose(known)
    else:
        block, O = any_part(g, D)
        name = g.declare("p", block, frozen=g.chance(0.2))
        g.shared.append((name, block, D, O))
    compute = lambda w, a: block.apply(w.of(name), a)
    shape = x.shape[:-1] + (Size(O),)
    return make(g, f"{name}({{0}})", [x], shape, compute, parts={name: g.declarations[name]})


@operation(2)
def embedding(g):
    rows, D = g.static_size().known, g.static_size().known
    dtype = g.choose(["i64", "i32"])
    ids = g.input(g.shape(g.choose([1, 2])), dtype, whole(0, rows - 1, dtype))
    block = layers.Part(f"embedding[{rows}, {D}]", {"weight": ((rows, D), 1.0)}, None)
    name = g.declare("p", block)

    def compute(w, i):
        return w.of(name)("weight").move(lambda v: v[i.value])

    shape = ids.shape + (Size(D),)
    return make(g, f"{name}({{0}})", [ids], shape, compute, parts={name: g.declarations[name]})


@operation(2.5)
def convolution(g):
    spatial = g.choose([1, 2])
    x = g.pick(when=lambda t: t.rank == spatial + 2 and all(s.known for s in t.shape[1:]))
    if x is None:
        shape = (g.size(), g.static_size(8)) + tuple(g.static_size(12) for _ in range(spatial))
        if not g.fits(shape):
            return None
        x = g.input(shape)
    channels = x.shape[1].known
    groups = divisor(g, channels) if g.chance(0.4) else 1
    outputs = groups * g.random.randint(1, 4)
    least = min(s.known for s in x.shape[2:])
    pad = g.choose([0, 0, 1, 2])
    kernel = g.random.randint(1, min(least + 2 * pad, 4))
    dilation = g.choose([1, 1, 2]) if 2 * (kernel - 1) + 1 <= least + 2 * pad else 1
    stride = g.choose([1, 1, 2, 3])
    reach = dilation * (kernel - 1) + 1
    sizes = tuple(Size((s.known + 2 * pad - reach) // stride + 1) for s in x.shape[2:])
    block = layers.conv(spatial, channels, outputs, kernel, stride, pad, dilation, groups)
    name = g.declare("p", block)
    compute = lambda w, a: block.apply(w.of(name), a)
    shape = (x.shape[0], Size(outputs)) + sizes
    return make(g, f"{name}({{0}})", [x], shape, compute, parts={name: g.declarations[name]})


@operation(1)
def batch_norm(g):
    x = g.pick(when=lambda t: t.rank >= 2 and t.shape[1].known)
    if x is None:
        return None
    block = layers.batch_norm(x.shape[1].known)
    name = g.declare("p", block)
    compute = lambda w, a: block.apply(w.of(name), a)
    return make(g, f"{name}({{0}})", [x], x.shape, compute, parts={name: g.declarations[name]})


# ------------------------------------------------------------- attention


@operation(2.5)
def self_attention(g):
    x = g.pick(when=lambda t: t.rank == 3 and width(t))
    if x is None:
        return None
    D = width(x)
    block = layers.mha(D, divisor(g, D), g.chance(0.4))
    name = g.declare("p", block)
    compute = lambda w, a: block.apply(w.of(name), a)
    return make(g, f"{name}({{0}})", [x], x.shape, compute, parts={name: g.declarations[name]})


def scores_shape(g, batch, heads, queries, keys):
    """A shape that a bias or mask may have: axes of the scores, or 1."""
    full = batch + (heads, queries, keys)
    shape = tuple(Size(1) if g.chance(0.4) else size for size in full)
    return shape[g.random.randint(0, len(shape) - 1) :]


@operation(5)
def attention(g):
    batch = g.choose([(Size("B"),), (), (g.static_size(3), Size("B"))])
    groups = g.choose([1, 2, 3])
    heads = groups * g.choose([1, 1, 2])
    queries = g.size()
    keys = queries if g.chance(0.5) else g.size()
    d, e = g.static_size(19), g.static_size(19)
    shapes = [
        batch + (Size(heads), queries, d),
        batch + (Size(groups), keys, d),
        batch + (Size(groups), keys, e),
    ]
    if not all(map(g.fits, shapes)) or not g.fits(batch + (Size(heads), queries, keys, Size(8))):
        return None
    operands = []
    for shape in shapes:
        there = g.pick(when=lambda t: t.shape == tuple(map(Size, shape)))
        operands.append(there if there and g.chance(0.5) else g.input(shape, sample=normal(1)))
    options = []
    for name, dtype, share in (("bias", "f32", 0.35), ("mask", "bool", 0.35)):
        if g.chance(share):
            shape = scores_shape(g, batch, Size(heads), queries, keys)
            options.append(name)
            operands.append(g.input(shape, dtype, coins(0.7) if dtype == "bool" else normal(1)))
    if g.chance(0.35):
        options.append("key_mask")
        operands.append(g.input(batch + (keys,), "bool", coins(g.choose([0.3, 0.8]))))
    causal = g.chance(0.35)
    scale = g.choose([None, None, 0.5, 1])
    text = "attention({0}, {1}, {2}"
    for i, name in enumerate(options):
        text += f", {name} = {{{3 + i}}}"
    text += ", causal = true" if causal else ""
    text += f", scale = {scale}" if scale else ""
    factor = scale or d.known**-0.5

    def compute(w, q, k, v, *rest):
        return layers.attention(q, k, v, factor, causal=causal, **dict(zip(options, rest)))

    return make(g, text + ")", operands, batch + (Size(heads), queries, e), compute)


@operation(1.5)
def rotary(g):
    x = g.pick(when=lambda t: t.rank >= 2 and width(t) and width(t) % 2 == 0)
    if x is None:
        return None
    d, style = width(x), g.choose(["half", "interleaved"])
    n = x.shape[-2]

    def compute(w, a):
        speed = 10000.0 ** (np.arange(d // 2) * (-2.0 / d))
        angle = np.arange(n.at(w.dims))[:, None] * speed
        noise = 8 * B.UNIT * (1 + np.abs(angle) * (1 + np.abs(np.log(speed))))
        c, s = B.Bounded(np.cos(angle), noise), B.Bounded(np.sin(angle), noise)
        if style == "half":
            halves = slice(None, d // 2), slice(d // 2, None)
        else:
            halves = slice(0, None, 2), slice(1, None, 2)
        p, q = (a.move(lambda v: v[..., half]) for half in halves)
        y = B.subtract(B.multiply(p, c), B.multiply(q, s))
        z = B.add(B.multiply(q, c), B.multiply(p, s))
        if style == "half":
            return joined(np.concatenate, [y, z], -1)
        flat = joined(np.stack, [y, z], -1)
        return flat.move(lambda v: v.reshape(v.shape[:-2] + (d,)))

    text = f'rope({{0}}, iota({n}), style = "{style}")'
    return make(g, text, [x], x.shape, compute)


# ------------------------------------------------------------- equal layers


def chain(g, D, deep):
    """The body of a block over a last axis of D: steps of `x += f(x)` and `x := f(x)`.
    `deep` allows attention, for three axes."""
    steps = []
    for i in range(g.random.randint(1, 3)):
        if deep and g.chance(0.4):
            block = layers.mha(D, divisor(g, D), g.chance(0.3))
        else:
            block = same_width(g, D)
        act = any_act(g) if g.chance(0.4) else "identity"
        steps.append((f"s{i}", block, act, g.chance(0.5)))
    gain = g.chance(0.4)
    return steps, gain


def chain_part(g, D, deep, conditional):
    """A block of the file, as a part."""
    steps, gain = chain(g, D, deep)
    name = g.fresh("block")
    kind = "B, N, D" if deep else ".., D"
    hyper = "[double: bool]" if conditional else ""
    lines = [f"block {name}{hyper}(x: [{kind}]) -> [{kind}]:"]
    lines += [f"    {own}: {block.kind}" for own, block, _, _ in steps]
    lines += ["    param gain: [D] = 1"] if gain else []
    for own, _, act, residual in steps:
        value = f"{own}(x)" if act == "identity" else f"{act}({own}(x))"
        lines.append(f"    x {'+=' if residual else ':='} {value}")
    if conditional:
        lines += ["    if double:", "        x := x * 2", "    else:", "        x -= 0.5"]
    lines.append("    return x * gain" if gain else "    return x")
    parameters = {"gain": ((D,), layers.GAIN)} if gain else {}
    for own, block, _, _ in steps:
        parameters.update(block.under(own + "."))
    double = g.chance(0.5)

    def apply(get, x):
        for own, block, act, residual in steps:
            y = layers.FUNCTIONS[act](block.within(own + ".")(get, x))
            x = B.add(x, y) if residual else y
        if conditional:
            x = B.multiply(x, B.constant(2)) if double else B.subtract(x, B.constant(0.5))
        return B.multiply(x, get("gain")) if gain else x

    made = f"{name}[{str(double).lower()}]" if conditional else name
    return layers.Part(made, parameters, apply), "\n".join(lines)


@operation(4)
def tower(g):
    """An array of equal parts, applied one after the other."""
    x = g.pick(when=lambda t: t.rank >= 2 and width(t))
    if x is None:
        return None
    block, above = chain_part(g, width(x), x.rank == 3, g.chance(0.4))
    turns = g.random.randint(1, 3)
    name = g.declare("t", block, count=turns)

    def compute(w, a):
        for i in range(turns):
            a = block.apply(w.of(f"{name}.{i}"), a)
        return a

    lines = ["{out} = {0}", f"for i in 0..{turns}: {{out}} := {name}[i]({{out}})"]
    return make(
        g,
        "\n".join(lines),
        [x],
        x.shape,
        compute,
        parts={name: g.declarations[name]},
        above=[above],
    )


@operation(3)
def mixture(g):
    """Each token through the part that its id names."""
    x = g.pick(when=lambda t: t.rank >= 2 and width(t))
    if x is None:
        return None
    count = g.random.randint(1, 4)
    D, above = width(x), []
    if g.chance(0.4):
        block, text = chain_part(g, D, False, g.chance(0.3))
        above, O = [text], D
    else:
        block, O = any_part(g, D)
    name = g.declare("r", block, count=count)
    dtype = g.choose(["i32", "i64"])
    leading = x.shape[: g.random.randint(1, x.rank - 1)]
    ids = g.input(leading, dtype, whole(0, count - 1, dtype))

    def compute(w, a, i):
        branches = [block.apply(w.of(f"{name}.{k}"), a) for k in range(count)]
        y = branches[0]
        chosen = i.value.reshape(i.shape + (1,) * (len(y.shape) - len(i.shape)))
        for k in range(1, count):
            hit = B.Bounded(np.broadcast_to(chosen == k, y.shape))
            y = B.where(hit, branches[k], y)
        return y

    shape = x.shape[:-1] + (Size(O),)
    return make(
        g,
        f"route({name}, {{0}}, {{1}})",
        [x, ids],
        shape,
        compute,
        parts={name: g.declarations[name]},
        above=above,
    )
