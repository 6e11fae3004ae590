# RUN: %python %s %tenonc %t
"""The example in each op's description is one: it parses and compiles, and at odd and
empty sizes the compiled code, the reference, and the reference after blocks were
decomposed agree. Every op that computes something has an example."""

import pathlib
import re
import textwrap

import numpy as np

from support import ROOT, Executable, arguments, check_positions, relative_frobenius, run_command

DIALECT = ROOT / "include" / "tenon" / "Dialect" / "Tenon" / "IR"
TYPE = r"!tenon\.tensor<\[[^\]]*\] \w+>"
TYPES = {"f32": np.float32, "i64": np.int64, "i32": np.int32, "i1": np.bool_}
BAR = 2e-6
# Nothing computes it: it becomes a graph of others (gradients.py). One has several
# results (attention-gradients.py).
REPLACED = {"gradient", "attention_gradient"}


def descriptions():
    """Name and description of each op that only computes its result."""
    for file in sorted(DIALECT.glob("*.td")):
        for definition in re.split(r"(?m)^(?=def )", file.read_text()):
            name = re.match(r'def \w+ : Tenon_PureOp<"(\w+)"', definition)
            text = re.search(r"let description = \[\{(.*?)\}\];", definition, re.S)
            if name and name.group(1) not in REPLACED:
                yield name.group(1), text.group(1) if text else ""


def statements(description):
    for text in re.findall(r"Example: `([^`]*)`", description):
        yield text
    for block in re.findall(r"```mlir\n(.*?)```", description, re.S):
        yield from re.split(r"(?m)^(?=%)", textwrap.dedent(block))[1:]


class Example:
    """One statement as the entry of a program."""

    def __init__(self, name, statement):
        self.name = name
        self.result, op = re.match(r"(%\w+) = (.*)", statement, re.S).groups()
        start = re.search(r"\s:\s+(?=[!(])", op)
        header = op[: start.start()] if start else ""
        operands = re.findall(r"%\w+", re.sub(r"%\w+ = ", "", header))
        before, after = op[start.end() if start else 0 :].split("->", 1)
        types = re.findall(TYPE, before)
        assert len(types) == len(operands), f"{name}: {operands} of types {types}"
        self.inputs = dict(zip((operand[1:] for operand in operands), types))
        self.type = re.search(TYPE, after).group(0)
        sizes = " ".join(re.findall(r"\[([^\]]*)\]", " ".join(types + [self.type])))
        self.symbols = sorted(set(re.findall(r"[A-Z]\w*", sizes)))
        # Sizes that no operand has stand in one more.
        bound = {size for kind in types for size in shape_of(kind)}
        for symbol in self.symbols:
            if symbol not in bound:
                self.inputs[f"of_size_{symbol}"] = f"!tenon.tensor<[{symbol}] f32>"
        header = ", ".join(f'%{n}: {t} {{tenon.name = "{n}"}}' for n, t in self.inputs.items())
        self.text = (
            f'func.func @{name}({header}) -> ({self.type} {{tenon.name = "result"}}) {{\n'
            f"  {statement}\n  return {self.result} : {self.type}\n}}\n"
        )

    def values(self, rng, sizes):
        for name, kind in self.inputs.items():
            shape = [eval(size, {}, sizes) for size in shape_of(kind)]
            dtype = TYPES[kind.split()[-1].rstrip(">")]
            value = rng.standard_normal(shape)
            if dtype != np.float32:
                value = rng.integers(0, 2, shape)  # every axis here has at least two elements
            yield name, np.asarray(value, dtype)


def shape_of(kind):
    sizes = re.search(r"\[([^\]]*)\]", kind).group(1)
    return [size.strip() for size in sizes.split(",")] if sizes else []


tenonc, scratch, _ = arguments()
tools = pathlib.Path(tenonc).parent
examples = []
for op, description in descriptions():
    own = list(statements(description))
    assert own, f"tenon.{op} has no example"
    assert all(f"tenon.{op}" in text for text in own), f"tenon.{op}: an example of another op"
    examples += [Example(f"{op}_{number}", text) for number, text in enumerate(own)]
assert examples, "no op was found"

symbols = sorted({symbol for example in examples for symbol in example.symbols})
module = scratch / "examples.mlir"
text = "".join(f"tenon.size @{symbol} from 0 to *\n" for symbol in symbols)
module.write_text(text + "".join(example.text for example in examples))
decomposed = scratch / "decomposed.mlir"
run_command([tools / "tenon-opt", module, "--tenon-decompose-blocks", "-o", decomposed])
run_command([tenonc, module, "-o", scratch / "examples"])
program = Executable(scratch / "examples")


def reference(file, example, values):
    command = [tools / "tenon-reference", file, "--entry", example.name, "--output-dir", scratch]
    for name, value in values.items():
        np.save(scratch / f"{name}.npy", value)
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command(command)
    return np.load(scratch / "result.npy")


rng = np.random.default_rng(1)
for first, step in ((3, 2), (0, 1)):
    sizes = {symbol: first + step * place for place, symbol in enumerate(symbols)}
    for example in examples:
        values = dict(example.values(rng, sizes))
        truth = reference(module, example, values)
        parts = reference(decomposed, example, values)
        compiled = program("result", options=["--entry", example.name], **values)
        for what, result in (("decomposed", parts), ("compiled", compiled)):
            what = f"{example.name}, {sizes}, {what}"
            check_positions(what, result, truth)
            finite = np.isfinite(truth)
            error = relative_frobenius(result[finite], truth[finite].astype(np.float64))
            assert error <= BAR, f"{what}: relative error {error:.3e}"
print(len(examples), "examples")
