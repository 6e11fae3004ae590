"""Statements that sum products."""

import bounded as B

from .table import LETTERS, letters, make, operation, some


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
