"""The table of statements, and what they share. A function made by `@operation(weight)`
returns a statement, or None when nothing in the model fits it."""

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


def width(tensor):
    """The size of the last axis when it is a number of at least 1, else None."""
    return (tensor.shape[-1].known or None) if tensor.rank else None
