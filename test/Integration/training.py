# RUN: %python %s %tenonc %t
"""Training: the losses of 200 steps and the parameters after them agree with NumPy in
float64, written from the equations, for each optimizer; equal bits on 1, 2 and 3 threads
and when a training stops and goes on; each pass takes each sample once."""

import json
import subprocess

import numpy as np

from support import arguments, compile_model, relative_frobenius, run_command
from weights_io import random_weights, read_safetensors, write_safetensors

MODEL = """
model perceptron[H = 13, rate = 0.01]:
    dim B
    fc1: linear[H]
    norm: layer_norm
    fc2: linear[3]
    frozen param shift: [4] = 0.25

    entry forward(x: [B, 4]) -> (logits: [B, 3]):
        return fc2(norm(tanh(fc1(x + shift))))

    train classify(x: [B, 4], label: i64[B]):
        logits = forward(x)
        minimize cross_entropy(logits, label) + 0.001 * sum(fc2.weight ^ 2, ".. ->") + 0.002 * sum(abs(fc1.weight), ".. ->")
        metric accuracy = mean(cast(argmax(logits, "B C -> B") == label, f32), "B ->")
        RULES
        defaults steps = 200
"""
RULES = {
    "sgd": 'update "*" with sgd[rate * 10, momentum = 0.9]',
    "warming": 'update "*" with sgd[rate * 5, momentum = 0.9 * (1 - 1 / step)]',
    "nesterov": 'update "*" with sgd[rate * 5, momentum = 0.9, nesterov = true]',
    "adagrad": 'update "*" with adagrad[rate * 5, weight_decay = 0.01]',
    "adam": 'update "*" with adam[rate * (1 - step / 400)]',
    "lazy": 'update "*" with lazy_adam[rate]',
    "adamw": 'update "*.bias" with adamw[rate, weight_decay = 0.0]\n        update "*" with adamw[rate]\n        clip_norm 0.5',
    "parts": 'update "*.bias" with adamw[rate, weight_decay = 0.0]\n        update "*" with adamw[rate]\n        clip_norm 0.5\n        defaults accumulate = 3',
    "averaged": 'update "*" with sgd[rate * 10]\n        clip_norm 20 / step\n        ema 0.9',
    "frozen": 'freeze "fc1.*", "norm.*"\n        update "*" with sgd[rate]',
}
STEPS = 200

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(5)
x = rng.standard_normal((61, 4)).astype(np.float32)
label = np.argmax(x @ rng.standard_normal((4, 3)), 1)
np.save(scratch / "x.npy", x)
np.save(scratch / "label.npy", label)
SHAPES = {
    "fc1.weight": (13, 4), "fc1.bias": (13,), "norm.weight": (13,), "norm.bias": (13,),
    "fc2.weight": (3, 13), "fc2.bias": (3,), "shift": (4,),
}  # fmt: skip
weights = random_weights(SHAPES)
write_safetensors(scratch / "w.safetensors", weights)


def train(program, checkpoint, *options, inputs=("x", "label"), **keywords):
    """Runs the command; the lines of its log and the tensors of its checkpoint."""
    log = scratch / f"{checkpoint}.jsonl"
    command = [program.path, "train", "--log", log, "--checkpoint", scratch / checkpoint]
    for name in inputs:
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command([*command, *options], **keywords)
    return [json.loads(line) for line in log.read_text().splitlines()], read_safetensors(scratch / checkpoint)


# ---------------------------------------------------------------- against NumPy


def loss_and_gradients(w):
    """cross entropy + 0.001 |fc2.weight|^2 + 0.002 |fc1.weight|_1 and its derivatives, layer by layer."""
    n, shifted = len(x), x.astype(np.float64) + w["shift"]
    h = np.tanh(shifted @ w["fc1.weight"].T + w["fc1.bias"])
    centered = h - h.mean(1, keepdims=True)
    deviation = np.sqrt((centered**2).mean(1, keepdims=True) + 1e-5)
    unit = centered / deviation
    y = unit * w["norm.weight"] + w["norm.bias"]
    logits = y @ w["fc2.weight"].T + w["fc2.bias"]
    e = np.exp(logits - logits.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    penalty = 0.001 * (w["fc2.weight"] ** 2).sum() + 0.002 * np.abs(w["fc1.weight"]).sum()
    loss = -np.log(p[np.arange(n), label]).mean() + penalty
    accuracy = (logits.argmax(1) == label).mean()
    d = (p - np.eye(3)[label]) / n
    dy = d @ w["fc2.weight"]
    du = dy * w["norm.weight"]
    dh = (du - du.mean(1, keepdims=True) - unit * (du * unit).mean(1, keepdims=True)) / deviation
    dz = dh * (1 - h**2)
    return loss, accuracy, {
        "fc1.weight": dz.T @ shifted + 0.002 * np.sign(w["fc1.weight"]), "fc1.bias": dz.sum(0),
        "norm.weight": (dy * unit).sum(0), "norm.bias": dy.sum(0),
        "fc2.weight": d.T @ y + 0.002 * w["fc2.weight"], "fc2.bias": d.sum(0),
    }  # fmt: skip


def update(kind, name, w, g, state, step):
    """One parameter after one step, by the optimizers' papers."""
    if kind in ("sgd", "averaged", "frozen"):
        if kind == "frozen" and name[:3] in ("fc1", "nor"):
            return w
        state["m"] = (0.9 if kind == "sgd" else 0) * state.get("m", 0) + g
        return w - (0.01 if kind == "frozen" else 0.1) * state["m"]
    if kind == "nesterov":
        state["m"] = 0.9 * state.get("m", 0) + g
        return w - 0.05 * (g + 0.9 * state["m"])
    if kind == "warming":
        state["m"] = 0.9 * (1 - 1 / step) * state.get("m", 0) + g
        return w - 0.05 * state["m"]
    if kind == "adagrad":
        g = g + 0.01 * w
        state["s"] = state.get("s", 0) + g**2
        return w - 0.05 * g / (np.sqrt(state["s"]) + 1e-10)
    rate = 0.01 * (1 - step / 400) if kind == "adam" else 0.01
    decay = 0.01 if kind in ("adamw", "parts") and not name.endswith("bias") else 0.0
    met = (g != 0) | (kind != "lazy")
    state["m"] = np.where(met, 0.9 * state.get("m", 0) + 0.1 * g, state.get("m", 0))
    state["v"] = np.where(met, 0.999 * state.get("v", 0) + 0.001 * g**2, state.get("v", 0))
    m, v = state["m"] / (1 - 0.9**step), state["v"] / (1 - 0.999**step)
    if kind == "lazy":
        return np.where(met, w - rate * m / (np.sqrt(v) + 1e-8), w)
    return w * (1 - rate * decay) - rate * m / (np.sqrt(v) + 1e-8)


def reference(kind):
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    states, lines, means = {name: {} for name in w}, [], dict(w)
    for step in range(1, STEPS + 1):
        loss, accuracy, gradients = loss_and_gradients(w)
        lines.append((loss, accuracy))
        if kind in ("adamw", "parts", "averaged"):
            norm, limit = np.sqrt(sum((g**2).sum() for g in gradients.values())), 20 / step if kind == "averaged" else 0.5
            gradients = {n: g * limit / max(norm, limit) for n, g in gradients.items()}
        w = {n: update(kind, n, w[n], gradients[n], states[n], step) if n in gradients else w[n] for n in w}
        means = {n: 0.9 * means[n] + 0.1 * w[n] for n in w}
    if kind == "averaged":
        w.update({f"tenon.ema.{n}": means[n] for n in gradients})
    return lines, w


programs = {}
for kind, rules in RULES.items():
    source = scratch / f"{kind}.tenon"
    source.write_text(MODEL.replace("RULES", rules))
    options = ["--train", "--mcpu=x86-64-v3"]
    programs[kind] = program = compile_model(tenonc, source, scratch / kind, options=options)
    lines, tensors = train(program, f"{kind}.safetensors", "--weights", scratch / "w.safetensors")
    truth, final = reference(kind)
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    for line, (loss, accuracy) in zip(lines[:50], truth):
        assert abs(line["loss"] - loss) <= 1e-5 * abs(loss), (kind, line, loss)
        assert abs(line["accuracy"] - accuracy) < 1e-6, (kind, line, accuracy)
    for name, array in final.items():
        error = relative_frobenius(tensors[name], array)
        print(f"{kind}, {name}: {error:.1e}")
        assert error <= 1e-3, f"{kind}, {name}: relative error {error:.2e}"
    assert truth[-1][0] < truth[0][0], "nothing was learned"
    y = np.load(scratch / "x.npy")
    logits = program("logits", options=["--weights", scratch / f"{kind}.safetensors"], x=y)
    assert (logits.argmax(1) == label).mean() > 0.8 or kind == "frozen", kind

# `run --ema` takes the averages; what has none stays.
trained = read_safetensors(scratch / "averaged.safetensors")
means = {name: trained.get(f"tenon.ema.{name}", trained[name]) for name in SHAPES}
write_safetensors(scratch / "means.safetensors", means)
ask = lambda *options: programs["averaged"]("logits", options=["--weights", *options], x=x)
averaged = ask(scratch / "averaged.safetensors", "--ema")
assert averaged.tobytes() == ask(scratch / "means.safetensors").tobytes()
assert averaged.tobytes() != ask(scratch / "averaged.safetensors").tobytes()
none = subprocess.run([programs["sgd"].path, "run", "--weights", scratch / "sgd.safetensors", "--ema",
                       "--input", f"x={scratch / 'x.npy'}", "--output", f"logits={scratch / 'none.npy'}"],
                      capture_output=True, text=True)  # fmt: skip
assert none.returncode == 1 and "sgd.safetensors: error: holds no averages" in none.stderr, none.stderr
train(programs["averaged"], "part", "--steps", 90, "--weights", scratch / "w.safetensors")
_, tensors = train(programs["averaged"], "part", "--resume", scratch / "part")
for name, array in trained.items():
    assert tensors[name].tobytes() == array.tobytes(), f"averages after a stop: {name}"

# ---------------------------------------------------------------- determinism, resuming

program = programs["adamw"]
batches = ["--batch", 7, "--seed", 3, "--steps", 40]
lines, whole = train(program, "whole", *batches, "--threads", 1)
for threads in (2, 3):
    others, tensors = train(program, f"threads{threads}", *batches, "--threads", threads)
    assert [line["loss"] for line in others] == [line["loss"] for line in lines], threads
    for name in whole:
        assert tensors[name].tobytes() == whole[name].tobytes(), (threads, name)
for stop in (1, 8, 9, 17, 39):
    train(program, "part", "--batch", 7, "--seed", 3, "--steps", stop)
    _, tensors = train(program, "part", "--resume", scratch / "part", "--steps", 40)
    for name in whole:
        assert tensors[name].tobytes() == whole[name].tobytes(), (stop, name)
_, other = train(program, "other", "--batch", 7, "--seed", 4, "--steps", 40)
assert other["fc1.weight"].tobytes() != whole["fc1.weight"].tobytes(), "the seed changes nothing"

# ---------------------------------------------------------------- a step in parts

program = programs["parts"]
lines, whole = train(program, "whole", *batches, "--accumulate", 1, "--threads", 1)
same, tensors = train(programs["adamw"], "same", *batches)
assert [line["loss"] for line in lines] == [line["loss"] for line in same], "one part is no whole step"
lines, whole = train(program, "whole", *batches, "--accumulate", 4, "--threads", 1)
for line, other in zip(lines[:20], same):
    assert abs(line["loss"] - other["loss"]) <= 1e-5 * other["loss"], (line, other)
    assert abs(line["gradient_norm"] - other["gradient_norm"]) <= 1e-4 * other["gradient_norm"], (line, other)
assert not [name for name in whole if name.startswith("tenon.gradient")], "sums are no part of a checkpoint"
for threads in (2, 3):
    _, tensors = train(program, "threads", *batches, "--accumulate", 4, "--threads", threads)
    assert all(tensors[name].tobytes() == whole[name].tobytes() for name in whole), threads
train(program, "part", "--batch", 7, "--seed", 3, "--steps", 17, "--accumulate", 4)
_, tensors = train(program, "part", "--resume", scratch / "part", "--steps", 40)
assert all(tensors[name].tobytes() == whole[name].tobytes() for name in whole), "after a stop"

# ---------------------------------------------------------------- batches

(scratch / "sums.tenon").write_text("""
model sums:
    dim B
    param w: [] = 1

    entry forward(x: [B]) -> (y: [B]):
        return x * w

    train fit(x: [B], scale: []):
        minimize mean(forward(x) ^ 2, "B ->") * scale
        metric total = sum(x, "B ->")
        metric samples = sum(x * 0 + 1, "B ->")
        update "*" with sgd[0.001]
        defaults steps = 16, batch = 3, drop_last = DROP
""".replace("DROP", "false"))
np.save(scratch / "x.npy", 2.0 ** np.arange(8, dtype=np.float32))
np.save(scratch / "scale.npy", np.float32(1))
program = compile_model(tenonc, scratch / "sums.tenon", scratch / "sums", options=["--train"])
lines, _ = train(program, "sums.safetensors", inputs=("x", "scale"))
passes = [lines[k : k + 3] for k in range(0, 15, 3)]
assert all([line["samples"] for line in lines] == [3, 3, 2] for lines in passes), passes
assert all(sum(line["total"] for line in lines) == 255 for lines in passes), passes
assert len({tuple(line["total"] for line in lines) for lines in passes}) > 1, "passes are equal"
