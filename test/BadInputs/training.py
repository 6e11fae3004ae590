# RUN: %python %s %tenonc %t
"""Rows that training meets: data, checkpoints, signals, numbers that are none."""

import json
import signal
import subprocess
import time

import numpy as np

from rows import call, main, write_safetensors
from weights_io import read_safetensors

MODEL = """model m:
    dim B
    fc: linear[3]
    frozen param scale: [4] = 1

    entry f(x: [B, 4]) -> (y: [B, 3]):
        return fc(x * scale)

    train fit(x: [B, 4], label: i64[B]):
        minimize cross_entropy(f(x), label)
        update "*" with adamw[0.01]
        defaults steps = 20, batch = 4
"""


def trained(r, *options, code=0, wanted=(), data=None, program=None, checkpoint="c.st"):
    """A run of `train` on ten samples, or on `data`; its result."""
    rng = np.random.default_rng(1)
    data = data or {"x": rng.standard_normal((10, 4), dtype="f4"), "label": np.arange(10) % 3}
    line = ["train", "--checkpoint", checkpoint, "--log", "log.jsonl"]
    for name, array in data.items():
        np.save(r.folder / f"{name}.npy", array)
        line += ["--input", f"{name}={name}.npy"]
    result = call([str(program or r.folder / "model"), *line, *map(str, options)], r.folder)
    if code == 0:
        r.check(result.code == 0, f"{options}: exit {result.code}: {result.err[:500]}")
    else:
        r.contract(result, code, wanted, str(options), bounds=False)
    return result


def lines(r):
    return [json.loads(line) for line in (r.folder / "log.jsonl").read_text().splitlines()]


def row_R24(r):
    """The mean of a last, smaller batch is over its rows."""
    text = MODEL.replace("minimize cross", 'metric ones = mean(x[:, 0] * 0 + 1, "B ->")\n        minimize cross')
    r.compile(text, "--train")
    trained(r)
    r.check(all(line["ones"] == 1 for line in lines(r)), "a mean counts rows that are not there")


def row_R25(r):
    r.compile(MODEL, "--train")
    few = {"x": np.ones((3, 4), "f4"), "label": np.arange(3)}
    trained(r, "--batch", 100, data=few)
    r.check(len(lines(r)) == 20, "fewer samples than a batch")
    none = {"x": np.ones((0, 4), "f4"), "label": np.zeros(0, "i8")}
    trained(r, data=none, code=1, wanted=["input 'x' has no samples"])
    odd = {"x": np.ones((3, 4), "f4"), "label": np.zeros(4, "i8")}
    trained(r, data=odd, code=1, wanted=["input 'label' has 4 samples; expected 3 as input 'x'"])
    trained(r, data={"x": few["x"]}, code=2, wanted=["input 'label' is missing"])
    trained(r, data={**few, "labels": few["label"]}, code=2, wanted=["input 'labels' is unknown", "did you mean"])


def row_E19(r):
    """Killed at any moment: the checkpoint is whole, and the training goes on from it."""
    program = r.compile(MODEL, "--train")
    trained(r, "--steps", 4000, checkpoint="whole.st")
    line = [str(program), "train", "--input", "x=x.npy", "--input", "label=label.npy", "--every", "1"]
    rng = np.random.default_rng(19)
    for attempt in range(12):
        more = ["--resume", "c.st"] if (r.folder / "c.st").exists() else []
        process = subprocess.Popen([*line, "--checkpoint", "c.st", "--steps", "4000", *more], cwd=r.folder,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(rng.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.wait()
    r.check((r.folder / "c.st").exists(), "no checkpoint was written in time")
    trained(r, "--resume", "c.st", "--steps", 4000)
    same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
    r.check(same, "a training that was killed ends elsewhere")


def row_E21(r):
    program = r.compile(MODEL, "--train")
    trained(r, "--steps", 3000, checkpoint="whole.st")
    for number in signal.SIGINT, signal.SIGTERM:
        line = [str(program), "train", "--input", "x=x.npy", "--input", "label=label.npy", "--checkpoint", "c.st"]
        process = subprocess.Popen(
            [*line, "--steps", "1000000000"], cwd=r.folder, stderr=subprocess.PIPE, text=True,
            # Who runs the tests in the background ignores it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        time.sleep(0.1)
        process.send_signal(number)
        try:
            _, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        r.check(process.returncode == 128 + number, f"{number}: exit {process.returncode}: {err}")
        r.check("train: stopped after step" in err, f"{number}: {err}")
        step = int(err.split("stopped after step ")[1].split(";")[0])
        if step < 3000:
            trained(r, "--resume", "c.st", "--steps", 3000)
            same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
            r.check(same, f"{number}: after step {step} it goes on elsewhere")


def row_E24(r):
    """What is no checkpoint of this training."""
    r.compile(MODEL, "--train")
    trained(r)
    whole = (r.folder / "c.st").read_bytes()
    r.write("cut.st", whole[:-5])
    trained(r, "--resume", "cut.st", code=1, wanted=["cut.st"])
    write_safetensors(r.folder / "weights.st", {"fc.weight": np.ones((3, 4), "f4"), "fc.bias": np.ones(3, "f4"),
                                                "scale": np.ones(4, "f4")})  # fmt: skip
    trained(r, "--resume", "weights.st", code=1, wanted=["is no checkpoint of a training: 'tenon.step' is missing"])
    trained(r, "--weights", "weights.st", checkpoint="d.st")
    trained(r, "--resume", "c.st", "--seed", 9, code=2, wanted=["--seed is 9", "was trained with 0"])
    trained(r, "--resume", "c.st", "--batch", 9, code=2, wanted=["--batch is 9", "was trained with 4"])
    trained(r, "--resume", "c.st", "--steps", 3, code=2, wanted=["--steps is 3; the checkpoint has 20 already"])
    tensors = read_safetensors(r.folder / "c.st")
    for name in "tenon.step", "tenon.batch", "tenon.seed":
        write_safetensors(r.folder / "odd.st", {**tensors, name: np.int64(-1)})
        trained(r, "--resume", "odd.st", code=1, wanted=[f"tensor '{name}' is -1; expected at least 0"])
    r.check((r.folder / "c.st").read_bytes() == whole, "the checkpoint changed")


def row_E26(r):
    r.compile(MODEL, "--train")
    trained(r, checkpoint="none/c.st", code=3, wanted=["none"])


def row_F26(r):
    """A loss that is no number ends the run; the last checkpoint stays."""
    r.compile(MODEL.replace("adamw[0.01]", "sgd[1e38]"), "--train")
    trained(r, "--every", 1, code=4, wanted=["the loss is", "at step", "the checkpoint has step"])
    lost = lines(r)[-1]
    r.check(lost["loss"] is None, f"{lost}")
    r.check((r.folder / "c.st").exists(), "the checkpoint is gone")


def row_L48(r):
    """dropout of everything is 0 and divides by nothing."""
    text = MODEL.replace("minimize cross_entropy(f(x), label)",
                         'minimize sum(dropout(fc.weight, 1.0) ^ 2, ".. ->") + sum(dropout(fc.offset, 0.5), ".. ->")')  # fmt: skip
    r.compile(text, "--train")
    trained(r)
    r.check(all(np.isfinite(line["loss"]) for line in lines(r)), "a loss is no number")
    for p in "-0.1", "1.1":
        r.refuse(text.replace("0.5", p), "argument 'p' of 'dropout'; expected 0 to 1", options=("--train", "-o", "m"))


def row_L53(r):
    """No float passes through argmax: the loss depends on nothing that is updated."""
    text = MODEL.replace("cross_entropy(f(x), label)",
                         'mean(cast(argmax(f(x), "B C -> B"), f32), "B ->")')  # fmt: skip
    r.refuse(text, "depends on no parameter that is updated", options=("--train", "-o", "m"))


def row_L54(r):
    """A parameter that the loss does not depend on stays as it is, but for weight decay."""
    text = MODEL.replace("fc: linear[3]", "fc: linear[3]\n    param idle: [2] = 0.5").replace(
        "adamw[0.01]", "sgd[0.01]")  # fmt: skip
    text = text.replace("return fc(x * scale)", "return fc(x * scale) + 0 * stop_gradient(sum(idle, \"N ->\"))")
    said = r.accept(text, ("--train", "-o", r.folder / "model"))
    r.check("does not depend on" in said.err, f"no warning: {said.err[:300]!r}")
    trained(r)
    r.same("idle", read_safetensors(r.folder / "c.st")["idle"], np.full(2, 0.5, "f4"))


def row_F23(r):
    """Kinks: relu(0) and |0| have the derivative 0, equal maxima share."""
    text = MODEL.replace("frozen param scale: [4] = 1", "param w: [3] = 0\n    param v: [3] = 2").replace(
        "return fc(x * scale)", "return fc(x)").replace(
        "cross_entropy(f(x), label)",
        'sum(relu(w) + abs(w), "N ->") + max(v, "N ->") + sum(fc(x) * 0, ".. ->")').replace("adamw[0.01]", "sgd[3.0]")  # fmt: skip
    r.compile(text, "--train")
    trained(r, "--steps", 1)
    tensors = read_safetensors(r.folder / "c.st")
    r.same("w", tensors["w"], np.zeros(3, "f4"))
    r.same("v", tensors["v"], np.full(3, 1, "f4"), 1e-6)


def row_F24(r):
    """Gradients that are not finite end a run that clips them, and others when their parameters are kept."""
    text = MODEL.replace("cross_entropy(f(x), label)", 'sum(fc.weight, ".. ->") * exp(mean(x, ".. ->") * 100)').replace(
        "adamw[0.01]", "sgd[0.01]\n        clip_norm 1.0")  # fmt: skip
    r.compile(text, "--train")
    data = {"x": np.ones((4, 4), "f4"), "label": np.zeros(4, "i8")}
    write_safetensors(r.folder / "weights.st", {"fc.weight": np.zeros((3, 4), "f4"), "fc.bias": np.ones(3, "f4"),
                                                "scale": np.ones(4, "f4")})  # fmt: skip
    trained(r, "--weights", "weights.st", "--steps", 1, data=data, code=4, wanted=["the gradient is not finite at step 1"])
    text = text.replace('exp(mean(x, ".. ->") * 100)', "1e38").replace('sum(fc.weight, ".. ->")', 'sum(fc.weight * 1e20, ".. ->") * 1e-38')
    r.compile(text, "--train")
    trained(r, "--weights", "weights.st", "--steps", 1, data=data, code=4, wanted=["the gradient is not finite at step 1"])


def row_F26_F24(r):
    """A finite loss with a derivative that is none: the parameters are not kept."""
    r.compile(MODEL.replace("cross_entropy(f(x), label)", 'sum(sqrt(fc.weight * 0), ".. ->")'), "--train")
    trained(r, "--steps", 1, code=4, wanted=["parameter 'fc.weight' is not finite after step 1"])
    r.check(not (r.folder / "c.st").exists(), "a checkpoint of NaN")


def row_F25(r):
    """Adam's first step moves each weight by the rate; where the gradient is 0, not at all."""
    text = MODEL.replace("cross_entropy(f(x), label)", 'sum(fc.weight[0], ".. ->")').replace(
        "adamw[0.01]", "adam[0.01]")  # fmt: skip
    r.compile(text, "--train")
    write_safetensors(r.folder / "weights.st", {"fc.weight": np.ones((3, 4), "f4"), "fc.bias": np.ones(3, "f4"),
                                                "scale": np.ones(4, "f4")})  # fmt: skip
    trained(r, "--weights", "weights.st", "--steps", 1)
    moved = np.ones((3, 4), "f4")
    moved[0] = 0.99
    r.same("fc.weight", read_safetensors(r.folder / "c.st")["fc.weight"], moved, 1e-6)


def row_R14(r):
    r.compile(MODEL, "--train")
    data = {"x": np.ones((4, 4), "f4"), "label": np.array([0, 3, 1, 2])}
    trained(r, data=data, code=1, wanted=["holds 3 at", "expected 0..2"])


def row_E25(r):
    """It goes on with other threads."""
    r.compile(MODEL, "--train")
    trained(r, checkpoint="whole.st")
    trained(r, "--steps", 11, "--threads", 3)
    trained(r, "--resume", "c.st", "--threads", 2)
    same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
    r.check(same, "threads change a bit")


def row_F35(r):
    """Many equal ids: one order of the sum."""
    text = MODEL.replace("fc: linear[3]", "fc: linear[3]\n    table: embedding[5, 4]").replace(
        "f(x), label)", 'fc(table(label)), label)')  # fmt: skip
    r.compile(text, "--train")
    data = {"x": np.ones((2000, 4), "f4"), "label": np.arange(2000) // 1990}
    found = []
    for threads in 1, 2, 3:
        trained(r, "--threads", threads, "--batch", 1000, data=data)
        found.append((r.folder / "c.st").read_bytes())
    r.check(found[0] == found[1] == found[2], "threads change a bit")


def row_F32(r):
    """Draws and first values depend on the seed alone, not on threads."""
    text = MODEL.replace("f(x), label)", "dropout(f(x), 0.3), label)")
    r.compile(text, "--train")
    found = []
    for threads in 1, 2, 3:
        trained(r, "--threads", threads, "--seed", 5)
        found.append((r.folder / "c.st").read_bytes())
    r.check(found[0] == found[1] == found[2], "threads change a bit")
    trained(r, "--seed", 6)
    r.check((r.folder / "c.st").read_bytes() != found[0], "the seed changes nothing")


main(globals())
