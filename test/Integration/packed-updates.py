# RUN: %python %s %tenonc %t
"""A step packs the next values of matrices itself, in tasks of rows, and what it has not packed
is packed after it: three steps agree with NumPy in float64, and a training that stops and goes
on, which packs everything anew, gives equal bits, whatever the sizes, the optimizer and what is
frozen."""

import json

import numpy as np

from support import arguments, compile_model, run_command
from weights_io import read_safetensors

# Rows that fill panels or not; matrices so wide that a task has one vector of rows; one with
# fewer rows than a panel; a small one; one whose packing has batches; one behind a map.
MODEL = """
model layers:
    dim B
    a: linear[520]
    b: linear[2100]
    c: linear[128]
    d: linear[24]
    e: linear[11000]
    f: linear[3]
    param heads: [3, 2, 64, 100] ~ normal(std = 0.1)
    param scale: [3, 7] ~ normal()

    entry forward(x: [B, 513]) -> (y: [B, 7]):
        h = b(tanh(a(x))) |> tanh |> c |> tanh
        parts = einsum(rearrange(h, "B (g i) -> B g i", i = 64), heads, "B g i, s g i o -> B s g o")
        return f(tanh(e(tanh(d(h))))) @ exp(scale) + 0.001 * sum(parts, "B s g o -> B")[:, none]

    train fit(x: [B, 513], t: [B, 7]):
        minimize mean((forward(x) - t) ^ 2, ".. ->")
        RULES
"""
RULES = {
    "sgd": 'update "*" with sgd[0.05]',
    "adamw": 'update "*" with adamw[1e-3]',
    "momentum": 'update "*" with sgd[1e-3, momentum = 0.9]\n        ema 0.9',
    "frozen": 'freeze "b.*", "heads"\n        update "*" with adamw[1e-3]\n        clip_norm 1',
    "parts": 'update "*" with adamw[1e-3]\n        defaults accumulate = 2',
}

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(8)
np.save(scratch / "x.npy", rng.standard_normal((5, 513)).astype(np.float32))
np.save(scratch / "t.npy", rng.standard_normal((5, 7)).astype(np.float32))


def train(program, checkpoint, *options):
    log = scratch / f"{checkpoint}.jsonl"
    inputs = ["--input", f"x={scratch / 'x.npy'}", "--input", f"t={scratch / 't.npy'}"]
    run_command([program.path, "train", *inputs, "--log", log, "--checkpoint", scratch / checkpoint, *options])
    losses = [json.loads(line)["loss"] for line in log.read_text().splitlines()]
    return losses, read_safetensors(scratch / checkpoint)


def gradients(w):
    """Of the loss, layer by layer."""
    x, t = (np.load(scratch / f"{name}.npy").astype(np.float64) for name in "xt")
    values, inputs = [x], []
    for layer in "abcdef":
        inputs.append(values[-1])
        y = inputs[-1] @ w[f"{layer}.weight"].T + w[f"{layer}.bias"]
        values.append(y if layer == "f" else np.tanh(y))
    h, scale = values[3], np.exp(w["scale"])
    parts = h.reshape(len(x), 2, 64)
    y = values[6] @ scale + 0.001 * np.einsum("Bgi,sgio->B", parts, w["heads"])[:, None]
    dy = 2 * (y - t) / y.size
    found = {"scale": values[6].T @ dy * scale}
    dsum = 0.001 * dy.sum(1)
    found["heads"] = np.broadcast_to(np.einsum("B,Bgi->gi", dsum, parts)[None, :, :, None], w["heads"].shape)
    dh = (dsum[:, None, None] * w["heads"].sum((0, 3))).reshape(len(x), 128)
    d = dy @ scale.T
    for k, layer in reversed(list(enumerate("abcdef"))):
        d = d if layer == "f" else (d + (dh if layer == "c" else 0)) * (1 - values[k + 1] ** 2)
        found[f"{layer}.weight"], found[f"{layer}.bias"] = d.T @ inputs[k], d.sum(0)
        d = d @ w[f"{layer}.weight"]
    return found


def packings(source):
    """The launches of a step that pack next values."""
    text = run_command([tenonc, source, "--train", "--mcpu=x86-64-v3", "--stop-after=layout"])
    step = text[text.index("@train.fit(") :].split("func.func")[0].splitlines()
    stored = {line.split()[0] for line in step if "kernel.stored" in line}
    return [line for line in step if "launch @pack" in line and line.split(")")[0].split()[-1] in stored]


def check(program, trained):
    """The fourth step's parameters are those of NumPy after three steps from the first's."""
    _, w = train(program, "first", "--steps", 1, "--seed", 2)
    w = {name: array.astype(np.float64) for name, array in w.items() if name.split(".")[0] != "tenon"}
    begin = dict(w)
    for _ in range(3):
        found = gradients(w)
        w = {name: w[name] - 0.05 * found[name] for name in w}
    for name, expected in w.items():
        moved = np.linalg.norm(expected - begin[name])
        error = np.linalg.norm(trained[name] - expected)
        assert moved > 0 and error <= 1e-4 * moved + 1e-7 * np.linalg.norm(expected), (name, error, moved)


for name, rules in RULES.items():
    (scratch / f"{name}.tenon").write_text(MODEL.replace("RULES", rules))
    made = packings(scratch / f"{name}.tenon")
    joined = [line for line in made if "join tiles" in line]
    # Two each of b to f, and of a the one of the forward product; of `scale` the one that
    # takes it as it is. That of `heads` has batches. Without momentum products of gradients
    # make next values themselves.
    expected = {"frozen": (10, 10), "sgd": (0, 13)}.get(name, (12, 13))
    assert (len(joined), len(made)) == expected, (name, made)
    for level in ("x86-64-v3", "native"):
        options = ["--train", f"--mcpu={level}"]
        program = compile_model(tenonc, scratch / f"{name}.tenon", scratch / name, options=options)
        losses, whole = train(program, "whole", "--steps", 4, "--seed", 2, "--threads", 1)
        assert len(set(losses)) == 4, losses
        _, others = train(program, "others", "--steps", 4, "--seed", 2, "--threads", 3)
        for stop in (1, 2, 3):
            train(program, "part", "--steps", stop, "--seed", 2)
            _, tensors = train(program, "part", "--resume", scratch / "part", "--steps", 4)
            for tensor in whole:
                assert tensors[tensor].tobytes() == whole[tensor].tobytes(), (name, level, stop, tensor)
                assert others[tensor].tobytes() == whole[tensor].tobytes(), (name, level, tensor)
        if name == "sgd":
            check(program, whole)


# A tensor that two products see as matrices of different rows has packings with tasks of their own.
for O, I in ((40, 8), (48, 3)):
    (scratch / "twice.tenon").write_text(f"""
model twice:
    dim B
    param w: [{O}, {I}, 128] ~ normal(std = 0.05)

    entry forward(x: [B, 128], z: [B, {I}, 128]) -> (y: [B, {O}]):
        first = einsum(x, w, "B c, o i c -> B o i")
        return sum(first, "B o i -> B o") + einsum(z, w, "B i c, o i c -> B o")

    train fit(x: [B, 128], z: [B, {I}, 128], t: [B, {O}]):
        minimize mean((forward(x, z) - t) ^ 2, ".. ->")
        update "*" with sgd[1e-2]
""")
    for name, shape in (("x", (5, 128)), ("z", (5, I, 128)), ("t", (5, O))):
        np.save(scratch / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    program = compile_model(tenonc, scratch / "twice.tenon", scratch / "twice", options=["--train"])
    _, whole = train(program, "whole", "--steps", 3, "--input", f"z={scratch / 'z.npy'}")
    x, z, t = (np.load(scratch / f"{name}.npy").astype(np.float64) for name in "xzt")
    _, w = train(program, "part", "--steps", 1, "--input", f"z={scratch / 'z.npy'}")
    begin = w = w["w"].astype(np.float64)
    for _ in range(2):
        dy = 2 * (np.einsum("bc,oic->bo", x, w) + np.einsum("bic,oic->bo", z, w) - t) / t.size
        w = w - 0.01 * (np.einsum("bo,bc->oc", dy, x)[:, None] + np.einsum("bo,bic->oic", dy, z))
    error, moved = np.linalg.norm(whole["w"] - w), np.linalg.norm(w - begin)
    assert moved > 0 and error <= 1e-4 * moved + 1e-7 * np.linalg.norm(w), (O, I, error, moved)
