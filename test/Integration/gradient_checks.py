"""Gradients of a compiled system, held against differences of its float64 reference.

A step of gradient descent at a rate of 2^20 moves a parameter so far that the gradient
can be read from it with all of its bits.
"""

import json

import numpy as np

from support import beside_models, compile_model, environment, run_command
from weights_io import read_safetensors, widened

RATE = 2.0**20
BAR = 1e-5  # of a directional derivative, relative to the gradient's norm
DIRECTIONS = 2  # besides the gradient's own
STEP = 1e-5

MODEL = """from "{model}.tenon" import {names}

model gradients:
    dim {dims}
    net: {model}[{sizes}] as ""
    entry run({inputs}) -> (result: {result}):
        return net.{entry}({arguments}){part}
    train descend({inputs}, weight: {result}):
        minimize sum(run({arguments}) * weight, ".. ->")
        update "*" with sgd[{rate}]
        defaults steps = 1
"""


def literal(value, is_choice):
    """A hyper-parameter's value as it is written in a model."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) and is_choice else str(value)


def compiled_gradients(
    tenonc, folder, system, inputs, weight, types, dims="B", entry="forward", part="", emulation=None, **sizes
):
    """By parameter, of sum(weight * result); `types` of the inputs and of the result are
    texts in the model's language, `part` chooses one of several results, `sizes` are more hyper-parameters, such as
    those that turn dropout off; on a GPU when `emulation` is the folder of the emulated driver."""
    *headers, result = types
    every = {**system.sizes, **sizes}
    text = MODEL.format(
        model=system.source.stem,
        dims=dims,
        sizes=", ".join(f"{name} = {literal(value, name not in system.blocks)}" for name, value in every.items()),
        inputs=", ".join(f"{name}: {type}" for name, type in zip(inputs, headers)),
        names=", ".join([system.source.stem, *(every[name] for name in system.blocks if name in every)]),
        arguments=", ".join(inputs),
        result=result,
        entry=entry,
        part=part,
        rate=RATE,
    )
    source = beside_models(folder, text, "gradients.tenon")
    options = ["--train", "--mcpu=native", *(["--target=cuda", "--emulated"] if emulation else [])]
    program = compile_model(tenonc, source, folder / "gradients", options=options)
    program = program.with_weights(system.weights)
    command = [program.path, "train", "--weights", program.weights]
    command += ["--checkpoint", folder / "moved.safetensors", "--log", folder / "log.jsonl"]
    for name, value in {**inputs, "weight": weight}.items():
        np.save(folder / f"{name}.npy", value)
        command += ["--input", f"{name}={folder / name}.npy"]
    if emulation:
        run_command([*command, "--device", "cuda"], env=environment(LD_LIBRARY_PATH=emulation))
    else:
        run_command(command)
    moved = widened(read_safetensors(folder / "moved.safetensors"))
    loss = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["loss"]
    return {name: (value - moved[name]) / RATE for name, value in widened(system.weights).items()}, loss


def check_gradients(tenonc, folder, system, inputs, types, **options):
    """Each parameter's gradient along itself and along random directions; returns them."""
    weights = widened(system.weights)
    wide = {name: value.astype(np.float64) if value.dtype.kind == "f" else value for name, value in inputs.items()}
    truth = system.forward(weights, **wide)
    rng = np.random.default_rng(5)
    weight = rng.standard_normal(truth.shape).astype(np.float32)
    gradients, loss = compiled_gradients(tenonc, folder, system, inputs, weight, types, **options)
    expected, bound = (truth * weight).sum(), np.abs(truth * weight).sum()
    assert abs(loss - expected) <= 1e-5 * bound, f"loss {loss}, expected {expected}"

    def difference(name, direction):
        """The derivative of the reference's loss along the direction."""
        near = ({**weights, name: weights[name] + s * direction} for s in (STEP, -STEP))
        up, down = ((system.forward(w, **wide) * weight).sum() for w in near)
        return (up - down) / (2 * STEP)

    worst, total = 0.0, np.linalg.norm([np.linalg.norm(g) for g in gradients.values()])
    for name, gradient in gradients.items():
        size = max(np.linalg.norm(gradient), 1e-30)
        directions = [gradient, *rng.standard_normal((DIRECTIONS, *gradient.shape))]
        for direction in directions:
            direction = direction / max(np.linalg.norm(direction), 1e-30)
            got, wanted = (gradient * direction).sum(), difference(name, direction)
            error = abs(got - wanted)
            worst = max(worst, error / max(size, 0.01 * total))
            # Where a derivative is 0 only after terms cancel, and the error of the differences.
            slack = 1e-7 * total + 1e-15 * bound / STEP
            assert error <= BAR * size + slack, (
                f"{system.sizes}: gradient of {name}: {got}, by differences {wanted}, norm {size}"
            )
    print(f"{system.sizes}: {len(gradients)} gradients, worst relative error {worst:.1e}")
    return gradients
