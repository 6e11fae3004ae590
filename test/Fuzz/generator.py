"""Builds random models: each statement is one of the `operations`, on tensors that
are there, and is kept when its values are of use: finite, neither huge nor tiny,
and known to within a small error."""

import random

import numpy as np

import bounded as B
import layers
from graph import NUMPY, Declaration, Entry, Input, Model, Tensor, World, run
from sizes import Size, shape_at

STATIC_SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 19, 24, 31, 33]
DYNAMIC_SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 33]
LARGEST_TENSOR = 20000
LARGEST_RANK = 5


def normal(scale):
    return lambda rng, shape: (scale * rng.standard_normal(shape)).astype(np.float32)


def quarters(rng, shape):
    """Values with ties, and exact zeros."""
    return (rng.integers(-8, 9, shape) / 4).astype(np.float32)


def positive(rng, shape):
    return rng.uniform(0.1, 2, shape).astype(np.float32)


def whole(low, high, dtype):
    return lambda rng, shape: rng.integers(low, high, shape, endpoint=True).astype(NUMPY[dtype])


def coins(share):
    return lambda rng, shape: rng.random(shape) < share


def parameter_values(rng, shape, scale):
    if scale == layers.GAIN:
        values = 1 + 0.2 * rng.standard_normal(shape)
    elif scale == layers.POSITIVE:
        values = rng.uniform(0.5, 1.5, shape)
    else:
        factor = {layers.OFFSET: 0.5, layers.SMALL: 0.3}.get(scale, scale)
        values = factor * rng.standard_normal(shape)
    return values.astype(np.float32)


class Generator:
    """Builds one model. `pick` choices come from `self.random`, values of arrays
    from `self.rng`; both follow the seed."""

    def __init__(self, seed, operations):
        self.random = random.Random(seed)
        self.rng = np.random.default_rng(seed)
        self.operations = operations
        low = self.random.choice([0, 0, 1, 2])
        self.dims = {"B": 0, "N": low, "M": 0}
        self.parameters = {}
        self.declarations = {}
        self.count = 0
        self.shared = []  # parts that may be used again: name, part, widths
        self.worlds = [self.make_world(empty=False), self.make_world(empty=True)]

    def make_world(self, empty):
        sizes = DYNAMIC_SIZES + ([0, 0, 1] if empty else [])
        dims = {
            name: self.random.choice([n for n in sizes if n >= least])
            for name, least in self.dims.items()
        }
        dims["B"] = min(dims["B"], 5)
        return World(dims, self.parameters)

    # ------------------------------------------------------------- names and choices

    def fresh(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def chance(self, share):
        return self.random.random() < share

    def choose(self, items):
        items = list(items)
        return self.random.choice(items) if items else None

    def pick(self, dtype="f32", when=lambda tensor: True):
        """A tensor that is there, a new one more often."""
        fitting = [t for t in self.tensors if t.dtype == dtype and when(t)]
        if not fitting:
            return None
        return fitting[-1 - min(int(self.random.expovariate(0.4)), len(fitting) - 1)]

    def static_size(self, most=33):
        return Size(self.choose(n for n in STATIC_SIZES if n <= most))

    def size(self):
        return Size(self.choose(self.dims)) if self.chance(0.45) else self.static_size()

    def shape(self, rank=None):
        rank = self.choose([1, 2, 2, 3, 3, 3, 4]) if rank is None else rank
        while True:
            shape = tuple(self.size() for _ in range(rank))
            if self.fits(shape):
                return shape

    def fits(self, shape):
        if len(shape) > LARGEST_RANK:
            return False
        return all(np.prod(shape_at(shape, w.dims)) <= LARGEST_TENSOR for w in self.worlds)

    def value(self, tensor):
        return self.values[tensor.name]

    # ------------------------------------------------------------- what a model has

    def input(self, shape, dtype="f32", sample=None):
        """A new input of the entry."""
        if sample is None:
            sample = {
                "f32": self.choose([normal(1), normal(1), normal(4), quarters, positive]),
                "bool": coins(self.choose([0.5, 0.8, 0.1])),
            }.get(dtype) or whole(-5, 9, dtype)
        tensor = Tensor(self.fresh("x"), tuple(map(Size, shape)), dtype)
        self.inputs.append(Input(tensor, sample))
        array = sample(self.rng, shape_at(tensor.shape, self.worlds[0].dims))
        self.arrays[tensor.name] = array
        self.values[tensor.name] = B.exact(array)
        self.tensors.append(tensor)
        return tensor

    def declare(self, letter, part, frozen=False, count=None):
        """A part of the model, or an array of `count` parts."""
        name = self.fresh(letter)
        prefixes = [name] if count is None else [f"{name}.{i}" for i in range(count)]
        found = {}
        for prefix in prefixes:
            for own, kind in part.parameters.items():
                found[f"{prefix}.{own}"] = kind
        index = "" if count is None else f"[{count}]"
        text = f"{'frozen ' if frozen else ''}{name}{index}: {part.kind}"
        return self.add_declaration(name, Declaration(text, found))

    def declare_parameter(self, shape, scale=layers.OFFSET):
        name = self.fresh("w")
        keyword = "frozen param" if self.chance(0.3) else "param"
        sizes = ", ".join(map(str, shape))
        text = f"{keyword} {name}: [{sizes}] = 0"
        return self.add_declaration(name, Declaration(text, {name: (shape, scale)}))

    def add_declaration(self, name, declaration):
        self.declarations[name] = declaration
        for own, (shape, scale) in declaration.parameters.items():
            self.parameters[own] = parameter_values(self.rng, shape, scale)
        return name

    # ------------------------------------------------------------- building

    def try_statement(self):
        """One more statement; False when it came to nothing."""
        names, weights = zip(*[(o, o.weight) for o in self.operations])
        operation = self.random.choices(names, weights)[0]
        inputs, tensors = len(self.inputs), len(self.tensors)
        statement = operation(self)
        if statement is None or not self.fits(statement.result.shape):
            return self.forget(inputs, tensors)
        value = run(statement, self.worlds[0], self.values)
        if not self.is_useful(value):
            return self.forget(inputs, tensors)
        self.values[statement.result.name] = value
        self.statements.append(statement)
        self.tensors.append(statement.result)
        return True

    def forget(self, inputs, tensors):
        """Removes inputs that were made for nothing."""
        del self.inputs[inputs:]
        del self.tensors[tensors:]
        return False

    def is_useful(self, value):
        if value.value.size == 0:
            return True
        if not np.all(np.isfinite(value.value)) or not np.all(value.known):
            return self.chance(0.02)
        size = np.max(np.abs(value.value.astype(float)))
        small = not value.is_float or size == 0 or size > 1e-6
        return size < 1e5 and small and np.max(value.error) <= 1e-3 * max(size, 1e-3)

    def entry(self, number):
        self.inputs, self.statements, self.tensors = [], [], []
        self.arrays, self.values = {}, {}
        for _ in range(self.random.randint(1, 3)):
            self.input(self.shape())
        for dtype in ("i64", "i32", "bool"):
            if self.chance(0.2):
                self.input(self.shape(), dtype)
        wanted = self.random.randint(2, 12)
        for _ in range(wanted * 6):
            if len(self.statements) == wanted:
                break
            self.try_statement()
        used = {t.name for s in self.statements for t in s.operands}
        results = [s.result for s in self.statements]
        ends = [t for t in results if t.name not in used]
        extra = [t for t in results if t.name in used and self.chance(0.15)]
        outputs = (ends + extra)[:6]
        if not outputs:
            return None
        return Entry(f"entry{number}", self.inputs, self.statements, outputs).live()

    def model(self):
        entries = [self.entry(i) for i in range(self.choose([1, 1, 1, 2, 3]))]
        entries = [entry for entry in entries if entry]
        return Model(self.dims, entries) if entries else None


def sample_inputs(entry, world, rng):
    return {
        item.tensor.name: item.sample(rng, shape_at(item.tensor.shape, world.dims))
        for item in entry.inputs
    }


def spoil(inputs, rng):
    """Puts values at the edges of float32 into a few places."""
    edges = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, -1e-39, 3e38, -3e38, 1e20, -88.8]
    for array in inputs.values():
        if array.dtype == np.float32 and array.size and rng.random() < 0.7:
            flat = array.reshape(-1)
            for _ in range(rng.integers(1, 4)):
                flat[rng.integers(array.size)] = np.float32(rng.choice(edges))
    return inputs
