"""Random models as graphs: what a model is written as, and what it computes.

A statement holds its text with places for names, and a function from the bounded
values of its operands to those of its results. Since nothing but names connects
statements, some can be left out and the rest still is a model (`shrink.py`).
"""

import dataclasses
import re
import typing

import numpy as np

import bounded as B
from sizes import Size, shape_at, shape_text

NUMPY = {"f32": np.float32, "i64": np.int64, "i32": np.int32, "bool": np.bool_}


@dataclasses.dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple
    dtype: str = "f32"

    @property
    def rank(self):
        return len(self.shape)

    @property
    def type_text(self):
        return ("" if self.dtype == "f32" else self.dtype) + shape_text(self.shape)


@dataclasses.dataclass
class Input:
    """An input of an entry: `sample(rng, shape)` makes its values."""

    tensor: Tensor
    sample: typing.Callable


@dataclasses.dataclass
class Statement:
    """`text` may have several lines, with {0}, {1} for operands and {out} for the
    result; `compute(world, *operands)` gives a bounded value. `parts` maps the
    names of parts of the model to declarations, `above` holds declarations that
    stand before the model."""

    result: Tensor
    text: str
    operands: list
    compute: typing.Callable
    parts: dict = dataclasses.field(default_factory=dict)
    above: list = dataclasses.field(default_factory=list)

    def lines(self):
        text = self.text.format(*[t.name for t in self.operands], out=self.result.name)
        if "{out}" not in self.text:
            text = f"{self.result.name} = {text}"
        return text.split("\n")


@dataclasses.dataclass
class Entry:
    name: str
    inputs: list
    statements: list
    outputs: list

    def live(self):
        """The statements and inputs that the outputs need."""
        needed = {tensor.name for tensor in self.outputs}
        kept = []
        for statement in reversed(self.statements):
            if statement.result.name in needed:
                kept.append(statement)
                needed |= {tensor.name for tensor in statement.operands}
        inputs = [item for item in self.inputs if item.tensor.name in needed]
        found = Entry(self.name, inputs, kept[::-1], self.outputs)
        return found.with_sizes()

    def with_sizes(self):
        """An input beside the others for each dim that none of them has as an axis."""
        sizes = [str(size) for item in self.inputs for size in item.tensor.shape]
        words = re.findall(r"\b[A-Z]\b", " ".join(self.lines()))
        inputs = list(self.inputs)
        for name in dict.fromkeys(words):
            if name not in sizes:
                tensor = Tensor(f"of_{name}", (Size(name),))
                inputs.append(Input(tensor, lambda rng, shape: np.zeros(shape, np.float32)))
        return Entry(self.name, inputs, self.statements, self.outputs)

    def lines(self):
        inputs = ", ".join(f"{i.tensor.name}: {i.tensor.type_text}" for i in self.inputs)
        outputs = ", ".join(f"{t.name}_: {t.type_text}" for t in self.outputs)
        yield f"entry {self.name}({inputs}) -> ({outputs}):"
        for statement in self.statements:
            for line in statement.lines():
                yield "    " + line
        yield "    return " + ", ".join(t.name for t in self.outputs)


@dataclasses.dataclass
class Declaration:
    """A part or parameter of a model: its line, and its parameters' shapes and
    scales by their full names."""

    text: str
    parameters: dict


@dataclasses.dataclass
class World:
    """What a run is given: sizes by dim, and parameters by name."""

    dims: dict
    parameters: dict

    def of(self, part):
        return lambda name: B.exact(self.parameters[f"{part}.{name}"])


@dataclasses.dataclass
class Model:
    dims: dict  # name: smallest size
    entries: list

    def live(self):
        return Model(self.dims, [entry.live() for entry in self.entries])

    def declarations(self):
        parts = {}
        for entry in self.entries:
            for statement in entry.statements:
                parts.update(statement.parts)
        return parts

    def parameters(self):
        found = {}
        for declaration in self.declarations().values():
            found.update(declaration.parameters)
        return found

    def text(self):
        above = dict.fromkeys(
            text for e in self.entries for s in e.statements for text in s.above
        )
        lines = [line for text in above for line in text.split("\n") + [""]]
        lines += ["model random:", "    dim " + ", ".join(self.dims)]
        low = [f"{name} >= {least}" for name, least in self.dims.items() if least]
        lines += ["    require " + ", ".join(low)] if low else []
        for declaration in self.declarations().values():
            lines += ["    " + line for line in declaration.text.split("\n")]
        for entry in self.entries:
            lines += [""] + ["    " + line for line in entry.lines()]
        return "\n".join(lines) + "\n"


def evaluate(entry, world, inputs):
    """The bounded values of an entry's outputs; `inputs` are arrays by name."""
    values = {name: B.exact(array) for name, array in inputs.items()}
    for statement in entry.statements:
        values[statement.result.name] = run(statement, world, values)
    return {tensor.name: values[tensor.name] for tensor in entry.outputs}


def run(statement, world, values):
    """One statement; its result must have the shape and dtype that it claims."""
    operands = [values[tensor.name] for tensor in statement.operands]
    value = statement.compute(world, *operands)
    tensor = statement.result
    shape = shape_at(tensor.shape, world.dims)
    dtype = np.float64 if tensor.dtype == "f32" else NUMPY[tensor.dtype]
    assert value.shape == shape and value.value.dtype == dtype, (
        f"{statement.lines()}: {value.shape} {value.value.dtype}, not {shape} {tensor.dtype}"
    )
    return value
