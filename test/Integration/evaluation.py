# RUN: %python %s %tenonc %t
"""Held-out samples in training: loss and metrics are those of NumPy on what `run` gives with
the checkpoint of the step, without dropout, with running statistics, of the whole set and
its last, smaller batch; what is trained has the same bits with and without them."""

import json
import subprocess

import numpy as np

from support import arguments, compile_model
from weights_io import read_safetensors

MODEL = """
model held[H = 9]:
    dim B
    fc1: linear[H]
    norm: batch_norm
    fc2: linear[3]

    entry forward(x: [B, 4]) -> (logits: [B, 3]):
        return fc2(dropout(relu(norm(fc1(x))), 0.5))

    train fit(x: [B, 4], label: i64[B], weight: [3]):
        logits = forward(x)
        losses = -gather(log_softmax(logits), label, "B [C], B -> B") * gather(weight, label, "[C], B -> B")
        minimize mean(losses, "B ->") + 0.01 * sum(fc2.weight ^ 2, ".. ->")
        metric accuracy = mean(cast(argmax(logits, "B C -> B") == label, f32), "B ->")
        metric samples = count(label >= 0, "B ->")
        metric at = step
        update "*" with adam[0.01]
        defaults batch = 8, steps = 12
"""

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(3)
data = {}
for name, count in ("train", 20), ("test", 11):
    x = rng.standard_normal((count, 4)).astype(np.float32)
    data[name] = x, np.argmax(x[:, :3], 1)
    np.save(scratch / f"{name}-x.npy", x)
    np.save(scratch / f"{name}-label.npy", data[name][1])
np.save(scratch / "weight.npy", np.array([1, 2, 0.5], np.float32))
np.save(scratch / "bad.npy", data["test"][1] + 2)
(scratch / "held.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "held.tenon", scratch / "held", options=["--train"])


def inputs(option, name, keys=("x", "label")):
    return [word for key in keys for word in (option, f"{key}={scratch / f'{name}-{key}.npy'}")]


GIVEN = [*inputs("--input", "train"), "--input", f"weight={scratch / 'weight.npy'}"]
HELD = inputs("--eval-input", "test")


def call(*command, code=0):
    """What a program that ends with `code` says on stderr."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stderr}"
    return done.stderr


def train(checkpoint, *options, binary=program.path, given=GIVEN):
    """The lines of the log and the checkpoint."""
    log = scratch / "log.jsonl"
    call(binary, "train", *given, "--log", log, "--checkpoint", scratch / checkpoint, *options)
    return [json.loads(line) for line in log.read_text().splitlines()], (scratch / checkpoint).read_bytes()


# ---------------------------------------------------------------- values

lines, whole = train("c", *HELD, "--eval-every", 5)
assert [line["step"] for line in lines] == list(range(13)), lines
assert [line["step"] for line in lines if "eval_loss" in line] == [0, 5, 10, 12], lines
assert set(lines[0]) == {"step", "eval_loss", "eval_accuracy", "eval_samples", "eval_at"}, lines[0]
x, label = data["test"]
for step in (5, 10, 12):
    train("part", "--steps", step)
    logits = program("logits", options=["--weights", scratch / "part"], x=x).astype(np.float64)
    e = np.exp(logits - logits.max(1, keepdims=True))
    losses = -np.log(e / e.sum(1, keepdims=True))[np.arange(11), label] * np.array([1, 2, 0.5])[label]
    w = read_safetensors(scratch / "part")["fc2.weight"].astype(np.float64)
    loss, line = losses.mean() + 0.01 * (w**2).sum(), lines[step]
    assert abs(line["eval_loss"] - loss) <= 1e-5 * loss, (line, loss)
    assert abs(line["eval_accuracy"] - (logits.argmax(1) == label).mean()) < 1e-6, line
    assert line["eval_at"] == step, line
    # 8 samples and 3, each batch by its own number.
    assert abs(line["eval_samples"] - (8 * 8 + 3 * 3) / 11) < 1e-7, line
every, _ = train("d", *HELD)
assert [line["step"] for line in every if "eval_loss" in line] == [0, 3, 6, 9, 12], "20 samples are three batches"
full, _ = train("d", *HELD, "--batch", 20, "--steps", 2)
assert full[1]["eval_samples"] == 11, full[1]
other = train("d", *HELD, "--eval-input", f"weight={scratch / 'weight.npy'}", "--eval-every", 5)[0]
assert other[12]["eval_loss"] == lines[12]["eval_loss"]

# ---------------------------------------------------------------- it changes nothing

assert train("d")[1] == whole, "held-out samples change what is trained"
strip = lambda rows: [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
for threads in (1, 2, 3):
    again, tensors = train("d", *HELD, "--eval-every", 5, "--threads", threads)
    assert strip(again) == strip(lines) and tensors == whole, threads
train("part", *HELD, "--eval-every", 5, "--steps", 7)
rest, tensors = train("part", *HELD, "--eval-every", 5, "--resume", scratch / "part")
assert tensors == whole and strip(rest)[-5:] == strip(lines)[-5:], "a training that goes on evaluates otherwise"

# ---------------------------------------------------------------- refusals


def refused(wanted, *options, code=2, binary=program.path, given=GIVEN):
    said = call(binary, "train", *given, "--checkpoint", scratch / "none", *options, code=code)
    assert wanted in said and not (scratch / "none").exists(), (wanted, said)


refused("held-out input 'label' is missing: --eval-input label=FILE", *HELD[:2])
refused("held-out input 'labels' is unknown; expected 'x', 'label', 'weight'", *HELD, "--eval-input", f"labels={scratch / 'bad.npy'}")
refused("--eval-every is given without held-out samples", "--eval-every", 3)
bad = [*HELD[:2], "--eval-input", f"label={scratch / 'bad.npy'}"]
refused("while held-out samples were evaluated", *bad, code=1)
short = [*HELD[:2], *inputs("--eval-input", "train", ["label"])]
refused("held-out input 'label' has 20 samples; expected 11 as held-out input 'x'", *short, code=1)

# ---------------------------------------------------------------- sections that draw, or hold in training alone

DRAWS = """
model draws:
    dim B
    param w: [] = 1

    entry f(x: [B]) -> (y: [B]):
        return w * x

    train noisy(x: [B]):
        draw = random_normal(B)
        minimize mean((f(x) + draw) ^ 2, "B ->")
        metric draw = mean(draw, "B ->")
        update "*" with sgd[0.0]
        defaults batch = 2, steps = 2

    train free():
        minimize mean((f(random_normal(5)) - 1) ^ 2, "N ->")
        update "*" with sgd[0.1]
        defaults steps = 2

    train staged(x: [B]):
        if training: y = f(x)
        minimize mean(y ^ 2, "B ->")
        update "*" with sgd[0.1]
        defaults steps = 2
"""
(scratch / "draws.tenon").write_text(DRAWS)
np.save(scratch / "ones.npy", np.ones(6, np.float32))
ones = ["--input", f"x={scratch / 'ones.npy'}"]
held = ["--eval-input", f"x={scratch / 'ones.npy'}"]
binary = compile_model(tenonc, scratch / "draws.tenon", scratch / "noisy", options=["--train=noisy"]).path
lines, _ = train("n", *held, binary=binary, given=ones)
assert len({line["draw"] for line in lines[1:]} | {line["eval_draw"] for line in (lines[0], lines[2])}) == 4, lines
again, _ = train("n", *held, binary=binary, given=ones)
assert strip(again) == strip(lines), "draws depend on more than seed and step"
binary = compile_model(tenonc, scratch / "draws.tenon", scratch / "free", options=["--train=free"]).path
train("n", binary=binary, given=[])
refused("the train section takes no inputs, so that none can be held out", *held, binary=binary, given=[])
said = call(tenonc, scratch / "draws.tenon", "--train=staged", "-o", scratch / "staged")
assert "draws.tenon:21:11: warning: train section 'staged' is not made for '--eval-input'" in said, said
assert "note: at 23:23: undefined name 'y'" in said, said
train("n", binary=scratch / "staged", given=ones)
refused("the train section holds only while 'training' is true", *held, binary=scratch / "staged", given=ones)
