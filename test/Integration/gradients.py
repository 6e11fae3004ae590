# RUN: %python %s %tenonc %t
"""Derivatives of every op and block: the graph that `tenon-differentiate` builds agrees
with differences of the f64 interpreter's losses, and what is compiled from it with
that graph in f64; at odd sizes, batch 1 and 3."""

import pathlib
import re

import numpy as np

from support import arguments, compile_model, relative_frobenius, run_command

HERE = pathlib.Path(__file__).resolve().parent
STEP = 2.0**-8  # numbers stay multiples of it that float32 holds
DIRECTIONS = 2
DIFFERENCE_BAR, COMPILED_BAR = 1e-6, 1e-5

tenonc, scratch, _ = arguments()
TOOLS = pathlib.Path(tenonc).parent


def with_gradients(module):
    """The module whose entries return, after their loss, its derivatives by all of
    their float inputs and parameters."""
    parameters = dict(re.findall(r'tenon\.param trainable @("?[\w.]+"?) : (\S.*)', module))

    def extend(match):
        head, body, loss = match.group(1), match.group(2), match.group(3)
        inputs = re.findall(r'(%\w+): (!tenon\.tensor<\[[^]]*\] f32>) \{tenon\.name = "(\w+)"\}', head)
        reads = []
        for name, kind in parameters.items():
            if f"tenon.read @{name} " in body:
                value = f"%read{len(reads)}"
                body += f"    {value} = tenon.read @{name} : {kind}\n"
                reads.append((value, kind, name.strip('"')))
        wanted = inputs + reads
        kinds = [kind for _, kind, _ in wanted]
        gradient = (
            f"    %gradients:{len(wanted)} = tenon.gradient of {loss} by "
            f"{', '.join(value for value, _, _ in wanted)} : !tenon.tensor<[] f32>, "
            f"({', '.join(kinds)}) -> ({', '.join(kinds)})\n"
        )
        results = "".join(f', {kind} {{tenon.name = "d.{name}"}}' for _, kind, name in wanted)
        values = "".join(f", %gradients#{k}" for k in range(len(wanted)))
        types = "".join(f", {kind}" for kind in kinds)
        head = head.replace('{tenon.name = "loss"})', '{tenon.name = "loss"}' + results + ")")
        return f"{head}{body}{gradient}    return {loss}{values} : !tenon.tensor<[] f32>{types}\n"

    entry = r"(  func\.func @[^\n]*\n)(.*?)    return (%\w+) : !tenon\.tensor<\[\] f32>\n"
    return re.sub(entry, extend, module, flags=re.DOTALL)


class Problem:
    """One entry of the model, with its sizes, inputs and parameters."""

    def __init__(self, name, sizes, plain, derived, program):
        self.name, self.sizes = name, sizes
        self.plain, self.derived, self.program = plain, derived, program
        text = pathlib.Path(plain).read_text()
        head = re.search(rf"func\.func @{name}\(([^\n]*)\) -> ", text).group(1)
        body = text[text.index(f"func.func @{name}(") :].split("\n  }\n")[0]
        rng = np.random.default_rng(len(name))
        self.inputs, self.parameters = {}, {}
        for shape, dtype, label in re.findall(
            r'!tenon\.tensor<\[([^]]*)\] (\w+)> \{tenon\.name = "(\w+)"\}', head
        ):
            self.inputs[label] = self.draw(rng, shape, dtype, label)
        for label, shape in re.findall(r'tenon\.param \w+ @"?([\w.]+)"? : !tenon\.tensor<\[([^]]*)\]', text):
            self.parameters[label] = self.draw(rng, shape, "f32", label)
        read = {label.strip('"') for label in re.findall(r'tenon\.read @("?[\w.]+"?) ', body)}
        self.wanted = [n for n, a in self.inputs.items() if a.dtype == np.float32]
        self.wanted += [n for n in self.parameters if n in read]

    def draw(self, rng, shape, dtype, label):
        """Numbers away from 0, where kinks are, and from each other along an axis."""
        shape = [int(eval(size, dict(self.sizes))) for size in shape.split(", ") if size]
        if dtype == "i1":
            return rng.random(shape) < 0.7
        if dtype != "f32":
            places = np.arange(int(np.prod(shape))) % 3
            return places.reshape(shape).astype(dtype.replace("i", "int"))
        count = max(int(np.prod(shape)), 1)
        steps = rng.permutation(count) / count + rng.integers(0, 2, count) - 1
        numbers = np.round((1.5 * steps + 0.02) / STEP) * STEP
        numbers = np.where(np.abs(numbers) < 0.05, 0.25, numbers)
        if label.startswith("positive"):
            numbers = np.abs(numbers) + 0.25
        if label.startswith("far"):  # where exponentials leave the range, and 0
            numbers = numbers * 100 * (np.arange(count) % 4 > 0)
        if label.startswith("stepped"):  # away from multiples of 0.3, and of 1/2
            offset = 0.13 if label.endswith("x") else 0.06
            numbers = np.round((0.3 * rng.integers(-4, 5, count) + offset) / STEP) * STEP
        if label.startswith("small"):
            numbers = np.round(numbers / 2 / STEP) * STEP
        return numbers[: int(np.prod(shape))].reshape(shape).astype(np.float32)

    def write(self, **changed):
        """The files of all inputs and parameters, as a command names them."""
        from weights_io import write_safetensors

        folder = scratch / "inputs"
        folder.mkdir(exist_ok=True)
        command = ["--entry", self.name]
        if self.parameters:
            command += ["--weights", folder / "w.safetensors"]
            write_safetensors(folder / "w.safetensors", {n: changed.get(n, a) for n, a in self.parameters.items()})
        for label, array in self.inputs.items():
            np.save(folder / f"{label}.npy", changed.get(label, array))
            command += ["--input", f"{label}={folder / label}.npy"]
        return command + ["--output-dir", folder]

    def loss(self, **changed):
        run_command([TOOLS / "tenon-reference", self.plain, *self.write(**changed)])
        return float(np.load(scratch / "inputs" / "loss.npy"))

    def gradients(self, command):
        run_command([*command, *self.write()])
        return {label: np.load(scratch / "inputs" / f"d.{label}.npy") for label in self.wanted}

    def slope(self, label, direction):
        """The derivative along a direction, by the differences of four losses."""
        array = self.inputs.get(label, self.parameters.get(label))

        def at(steps):
            return self.loss(**{label: (array + steps * STEP * direction).astype(np.float32)})

        return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP)

    def check(self):
        exact = self.gradients([TOOLS / "tenon-reference", self.derived])
        compiled = self.program and self.gradients([self.program.path, "run"])
        rng, size = np.random.default_rng(2), abs(self.loss())
        for label in self.wanted:
            what = f"{self.name} {self.sizes}, {label}"
            for _ in range(DIRECTIONS):
                direction = rng.integers(-1, 2, exact[label].shape)
                expected, got = self.slope(label, direction), float(np.sum(exact[label] * direction))
                bar = 1e-7 * max(1, size) + DIFFERENCE_BAR * abs(expected)
                assert abs(got - expected) <= bar, f"{what}: slope {got}, expected {expected}"
            assert np.linalg.norm(exact[label]) > 0 or exact[label].size == 0, f"{what}: all 0"
            if not compiled:
                continue
            error = relative_frobenius(compiled[label], exact[label])
            print(f"{what}: {error:.1e}")
            assert error <= COMPILED_BAR, f"{what}: compiled code, relative error {error:.2e}"


def check_model(source, is_compiled=True):
    """All entries of a model at two sets of sizes."""
    plain, derived = scratch / f"{source.stem}.mlir", scratch / f"{source.stem}.gradients.mlir"
    run_command([TOOLS / "tenon-opt", source, "-o", plain]
                if source.suffix == ".mlir"
                else [tenonc, source, "--stop-after=import", "-o", plain])  # fmt: skip
    given = scratch / f"{source.stem}.given.mlir"
    given.write_text(with_gradients(plain.read_text()))
    run_command([TOOLS / "tenon-opt", given, "--tenon-differentiate", "-o", derived])
    program = None
    if is_compiled:
        program = compile_model(tenonc, given, scratch / source.stem, options=["--mcpu=x86-64-v3"])
    for sizes in ({"B": 3, "N": 5}, {"B": 1, "N": 3}):
        for name in re.findall(r"func\.func @(\w+)", plain.read_text()):
            Problem(name, sizes, plain, derived, program).check()


check_model(HERE / "Inputs" / "gradients-tensors.tenon")
check_model(HERE / "Inputs" / "gradients-blocks.tenon")
check_model(HERE / "Inputs" / "gradients-windows.tenon")
check_model(HERE / "Inputs" / "gradients-indexed.mlir")
# Not all of these are compiled.
check_model(HERE / "Inputs" / "gradients-scalars.mlir", is_compiled=False)
