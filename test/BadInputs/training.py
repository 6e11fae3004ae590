# RUN: %python %s %tenonc %t
"""Rows that training meets: data, checkpoints, signals, numbers that are none."""

import os
import resource
import signal
import subprocess
import time

import numpy as np

from rows import call, main, write_safetensors
from trained import MODEL, lines, save, trained
from weights_io import read_safetensors


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
    wide = {"x": np.ones((3, 5), "f4"), "label": np.arange(3)}
    trained(r, data=wide, code=1, wanted=["train: error: input 'x' has shape [3, 5]; expected [B, 4]"])
    trained(r, data={"x": few["x"]}, code=2, wanted=["input 'label' is missing"])
    trained(r, data={**few, "labels": few["label"]}, code=2, wanted=["input 'labels' is unknown", "did you mean"])


def row_R25_draws(r):
    """A batch of what has no samples."""
    text = MODEL.replace("x: [B, 4], label: i64[B]):\n        minimize cross_entropy(f(x), label)",
                         "x: [4, 4]):\n        minimize mean(f(x) ^ 2, \"N C ->\")").replace(", batch = 4", "")  # fmt: skip
    r.compile(text, "--train")
    data = {"x": np.ones((4, 4), "f4")}
    trained(r, data=data)
    trained(r, "--batch", 2, data=data, code=2, wanted=["--batch is given, but no input has samples along its first axis"])


def row_E21(r):
    program = r.compile(MODEL, "--train")
    trained(r, "--steps", 3000, checkpoint="whole.st")
    for number in signal.SIGINT, signal.SIGTERM:
        line = [str(program), "train", "--input", "x=x.npy", "--input", "label=label.npy", "--checkpoint", "c.st"]
        process = subprocess.Popen(
            [*line, "--steps", "16777216"], cwd=r.folder, stderr=subprocess.PIPE, text=True,
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


def row_E21_parts(r):
    """Signals between the parts of a step: states are those of the step before."""
    text = MODEL.replace("fc: linear[3]", "fc: linear[3]\n    norm: batch_norm").replace(
        "fc(x * scale)", "fc(norm(x * scale))").replace("batch = 4", "batch = 10, accumulate = 10")  # fmt: skip
    program = r.compile(text, "--train")
    rng = np.random.default_rng(21)
    for attempt in range(12):
        process = subprocess.Popen([str(program), "train", *save(r), "--checkpoint", "c.st", "--steps", "16777216"],
                                   cwd=r.folder, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(0.05 + rng.uniform(0.0, 0.05))
        process.terminate()
        r.check(process.wait(timeout=60) == 143, f"exit {process.returncode}")
        step = int(read_safetensors(r.folder / "c.st")["tenon.step"])
        trained(r, "--steps", step, checkpoint="whole.st")
        same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
        r.check(same, f"step {step} has other states")
    trained(r, "--resume", "c.st", "--accumulate", 2, code=2, wanted=["--accumulate is 2; the checkpoint was trained with 10"])
    r.compile(MODEL, "--train")
    trained(r, "--accumulate", 2, code=2, wanted=["--accumulate: the train section does not say 'defaults accumulate = N'"])
    text = text.replace("adamw[0.01]", 'sgd[mean(x, ".. ->")]')
    r.refuse(text, "how parameters are updated depends on the batch", options=("--train", "-o", "m"))


def row_E21_evaluation(r):
    """A signal in an evaluation: what goes on begins with it."""
    program = r.compile(MODEL, "--train")
    held = {"held_x": np.ones((400000, 4), "f4"), "held_label": np.zeros(400000, "i8")}
    for name, array in held.items():
        np.save(r.folder / f"{name}.npy", array)
    options = ["--eval-input", "x=held_x.npy", "--eval-input", "label=held_label.npy", "--eval-every", 3]
    trained(r, *options, "--steps", 5, checkpoint="whole.st")
    expected = lines(r)
    command = [program, "train", *save(r), *options, "--log", "log.jsonl", "--checkpoint", "c.st", "--steps", 5]
    (r.folder / "log.jsonl").unlink()
    process = subprocess.Popen([str(word) for word in command], cwd=r.folder, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip
    log, deadline = r.folder / "log.jsonl", time.time() + 60
    while (not log.exists() or log.read_text().count("\n") < 3) and time.time() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    r.check(process.returncode == 130 and "stopped after step 3" in err, f"exit {process.returncode}: {err}")
    r.check([line["step"] for line in lines(r)] == [0, 1, 2, 3] and "eval_loss" not in lines(r)[-1], f"{lines(r)}")
    trained(r, "--resume", "c.st", *options, "--steps", 5)
    found = lines(r)
    r.check([line["step"] for line in found] == [3, 4, 5] or len(found) == 7, f"{found}")
    evaluated = {line["step"]: line["eval_loss"] for line in found if "eval_loss" in line}
    wanted = {line["step"]: line["eval_loss"] for line in expected if "eval_loss" in line}
    r.check({step: evaluated.get(step) for step in (3, 5)} == {step: wanted[step] for step in (3, 5)}, f"{evaluated} {wanted}")
    r.check((r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes(), "it goes on elsewhere")
    # Who goes on without held-out samples has none to make up for.
    tensors = read_safetensors(r.folder / "c.st")
    write_safetensors(r.folder / "due.st", {**tensors, "tenon.evaluate": np.int64(1)})
    trained(r, "--resume", "due.st", "--steps", 6)
    r.check("tenon.evaluate" not in read_safetensors(r.folder / "c.st"), "an evaluation is due for ever")
    # Without steps left there is an evaluation alone.
    (r.folder / "log.jsonl").unlink()
    trained(r, "--resume", "whole.st", *options, "--steps", 5)
    r.check(lines(r) == [{"step": 5, **{k: v for k, v in expected[-1].items() if k.startswith("eval_")}}], f"{lines(r)}")


def row_E01_log(r):
    """A log that cannot be written ends the run with a checkpoint; what is left of its last line goes."""
    r.compile(MODEL, "--train")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    trained(r, "--steps", 500, code=3, wanted=["log.jsonl: error: cannot be written", "stopped after step"], before=limit)
    r.check((r.folder / "log.jsonl").read_bytes()[-1:] != b"\n", "no line was torn")
    step = int(read_safetensors(r.folder / "c.st")["tenon.step"])
    r.check(20 < step < 500, f"the checkpoint has step {step}")
    trained(r, "--resume", "c.st", "--steps", step + 3)
    r.check([line["step"] for line in lines(r)][-4:] == [step - 1, step + 1, step + 2, step + 3], f"{lines(r)[-5:]}")


def row_C05(r):
    """Files that a run reads, or writes otherwise."""
    r.compile(MODEL, "--train")
    trained(r)
    whole = (r.folder / "c.st").read_bytes()
    line = [str(r.folder / "model"), "train", *save(r), "--steps", "25"]
    os.symlink("c.st", r.folder / "link")
    for log in "c.st", "link", "./c.st":
        result = call([*line, "--resume", "c.st", "--log", log], r.folder)
        r.contract(result, 2, ["--log and --resume are one file"], log, bounds=False)
    r.write("other.st", whole)
    result = call([*line, "--resume", "c.st", "--log", "other.st"], r.folder)
    r.contract(result, 1, ["other.st: error: is no log"], "a log that is none", bounds=False)
    r.check((r.folder / "c.st").read_bytes() == whole and (r.folder / "other.st").read_bytes() == whole, "files changed")
    # Links that lead to nothing yet.
    os.symlink("new.st", r.folder / "dangling")
    result = call([*line, "--checkpoint", "dangling", "--log", "new.st"], r.folder)
    r.contract(result, 2, ["--log and --checkpoint are one file"], "a link", bounds=False)
    r.check(call([*line, "--checkpoint", "dangling"], r.folder).code == 0, "a link to nothing")
    r.check((r.folder / "dangling").is_symlink() and (r.folder / "new.st").exists(), "the link is gone")
    result = call([*line, "--every", "5"], r.folder)
    r.contract(result, 2, ["--every is given, but no --checkpoint"], "--every", bounds=False)
    # One file with both names, as a kill may leave.
    os.link(r.folder / "new.st", r.folder / "new.st.previous")
    r.check(call([*line[:-1], "26", "--checkpoint", "new.st"], r.folder).code == 0, "two names")
    left = [path.name for path in r.folder.glob(".*")]
    r.check(not left, f"left behind: {left}")


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
    for name in "tenon.step", "tenon.batch", "tenon.seed", "tenon.accumulate":
        write_safetensors(r.folder / "odd.st", {**tensors, name: np.int64(-1)})
        trained(r, "--resume", "odd.st", code=1, wanted=[f"tensor '{name}' is -1; expected at least "])
    r.check((r.folder / "c.st").read_bytes() == whole, "the checkpoint changed")
    # Bits of the data, the version of the format; the checkpoint before is offered.
    flipped = bytearray(whole)
    flipped[-40] ^= 4
    r.write("flipped.st", bytes(flipped))
    alone = trained(r, "--resume", "flipped.st", code=1, wanted=["flipped.st: error: is damaged", "expected "])
    r.check("previous" not in alone.err, alone.err)
    r.write("flipped.st.previous", whole)
    trained(r, "--resume", "flipped.st", code=1, wanted=["hint: --resume flipped.st.previous: the checkpoint before it, of step 20"])
    os.symlink("flipped.st", r.folder / "latest.st")
    trained(r, "--resume", "latest.st", code=1, wanted=["hint: --resume", "flipped.st.previous: the checkpoint before it"])
    trained(r, "--resume", "absent.st", code=3, wanted=["absent.st"])
    r.write("absent.st.previous", whole)
    trained(r, "--resume", "absent.st", code=3, wanted=["absent.st", "--resume absent.st.previous"])
    embedded = call([r.tenonc, "m.tenon", "--embed-weights", "flipped.st", "-o", "exe"], r.folder)
    r.check(embedded.code == 1 and "is damaged" in embedded.err, f"{embedded.code}: {embedded.err}")
    trained(r, "--weights", "flipped.st", code=1, wanted=["is damaged"])
    r.write("next.st", whole.replace(b'"tenon.format":"1"', b'"tenon.format":"2"'))
    trained(r, "--resume", "next.st", code=1, wanted=["is of the checkpoint format '2'; expected '1'"])
    # Each save leaves the one before.
    trained(r, "--every", 10, checkpoint="two.st")
    r.check(int(read_safetensors(r.folder / "two.st.previous")["tenon.step"]) == 10, "the checkpoint before is another")
    # But in the place of nothing that is no checkpoint, that is read, that is damaged, or that is the same.
    trained(r, "--resume", "two.st", checkpoint="two.st")
    r.check(int(read_safetensors(r.folder / "two.st.previous")["tenon.step"]) == 10, "a checkpoint takes its own place")
    r.write("two.st.previous", b"notes")
    trained(r, "--every", 10, checkpoint="two.st")
    r.check((r.folder / "two.st.previous").read_bytes() == b"notes", "a file of the user's is gone")
    r.write("two.st.previous", whole)
    r.write("two.st", bytes(flipped))
    trained(r, "--resume", "two.st.previous", "--steps", 25, checkpoint="two.st")
    r.check((r.folder / "two.st.previous").read_bytes() == whole, "the last good checkpoint is gone")
    trained(r, "--weights", "two.st.previous", "--every", 10, checkpoint="two.st")
    r.check((r.folder / "two.st.previous").read_bytes() == whole, "the weights are gone")
    # Of an optimizer that keeps the same states.
    r.compile(MODEL.replace("adamw[0.01]", "lamb[0.01]"), "--train")
    trained(r, "--resume", "c.st", code=1, wanted=["is of another training: its optimizer is 'adamw'; expected 'lamb'"])
    # Of another optimizer by its states, where nothing says its name: one that lacks a state, one that has others.
    write_safetensors(r.folder / "c.st", tensors)
    r.compile(MODEL.replace("adamw[0.01]", "sgd[0.01]"), "--train")
    trained(r, "--resume", "c.st", code=1, wanted=["c.st", "is of another training: this one has no state 'tenon.m."])
    r.compile(MODEL.replace("adamw[0.01]", "adagrad[0.01]"), "--train")
    trained(r, "--resume", "c.st", code=1, wanted=["c.st", "tensor 'tenon.s.", "is missing"])


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
    """Losses that are not finite end a run, and so do gradients of a run that clips them, and others when their parameters
    are kept."""
    text = MODEL.replace("cross_entropy(f(x), label)", 'sum(fc.weight, ".. ->") * exp(mean(x, ".. ->") * 100)').replace(
        "adamw[0.01]", "sgd[0.01]\n        clip_norm 1.0")  # fmt: skip
    r.compile(text, "--train")
    data = {"x": np.ones((4, 4), "f4"), "label": np.zeros(4, "i8")}
    write_safetensors(r.folder / "weights.st", {"fc.weight": np.zeros((3, 4), "f4"), "fc.bias": np.ones(3, "f4"),
                                                "scale": np.ones(4, "f4")})  # fmt: skip
    trained(r, "--weights", "weights.st", "--steps", 1, data=data, code=4, wanted=["the loss is nan at step 1"])
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


def row_F27_clipped(r):
    """A loss that is no number is the loss's matter, though its gradient is none either."""
    r.compile(MODEL + "        clip_norm 1\n", "--train")
    trained(r, data={"x": np.full((4, 4), np.nan, "f4"), "label": np.arange(4) % 3}, code=4, wanted=["the loss is nan at step 1"])
    r.refuse(MODEL.replace("adamw[0.01]", "sgd[0.01, nesterov = true]"), "nesterov needs a momentum", options=("--train", "-o", "m"))


def row_R14(r):
    r.compile(MODEL, "--train")
    data = {"x": np.ones((4, 4), "f4"), "label": np.array([0, 3, 1, 2])}
    trained(r, data=data, code=1, wanted=["holds 3 at", "expected 0..2", "input 'label' also holds 3 at index [1]"])
    both = MODEL.replace("x: [B, 4], label: i64[B]", "x: [B, 4], kind: i64[B, 2], label: i64[B]")
    r.compile(both, "--train")
    trained(r, data={**data, "kind": np.full((4, 2), 3)}, code=1, wanted=["input 'kind' also holds 3 at index [0, 0]",
                                                                          "input 'label' also holds 3 at index [1]"])  # fmt: skip
    r.compile(MODEL, "--train")
    # The sample's own number, whatever the batch and the order, among held-out samples, too.
    many = {"x": np.ones((50, 4), "f4"), "label": np.arange(50) % 3}
    bad = {"x": many["x"], "label": np.where(np.arange(50) == 37, 7, many["label"])}
    trained(r, data=bad, code=1, wanted=["input 'label' also holds 7 at index [37]"])
    for name, array in bad.items():
        np.save(r.folder / f"held_{name}.npy", array)
    held = [word for name in bad for word in ("--eval-input", f"{name}=held_{name}.npy")]
    trained(r, *held, data=many, code=1, wanted=["input 'label' also holds 7 at index [37]"])
    # Where the step reads the labels themselves.
    direct = 'minimize -mean(gather(log_softmax(f(x)), label, "B [C], B -> B"), "B ->")'
    r.compile(MODEL.replace("minimize cross_entropy(f(x), label)", direct), "--train")
    trained(r, data=bad, code=1, wanted=["train: error: input 'label' holds 7 at index [37]; expected 0..2"])


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


def row_L55(r):
    """Settings of optimizers and schedules that make no sense."""
    for setting, wanted in (
        ("sgd[-0.1]", "expected 0 <= lr, got 0 <= -0.1"),
        ("sgd[0.1, momentum = -0.5]", "0 <= momentum"), ("adam[-1e-3]", "0 <= lr"), ("adamw[-1.0]", "0 <= lr"),
        ("lamb[-1.0]", "0 <= lr"), ("adam[0.1, betas = [0.9, 1.0]]", "betas[1] < 1"), ("adam[0.1, betas = [-0.1, 0.9]]", "0 <= betas[0]"),
        ("adamw[0.1, eps = 0.0]", "0 < eps"), ("adamw[0.1, weight_decay = -0.1]", "0 <= weight_decay"),
        ("sgd[0.1 * linear_warmup(0)]", "1 <= warmup"), ("sgd[0.1 * warmup_cosine(5, 5)]", "warmup < total"),
        ("sgd[0.1 * inverse_sqrt(0)]", "1 <= warmup"),
    ):  # fmt: skip
        r.refuse(MODEL.replace("adamw[0.01]", setting), "a requirement does not hold", wanted)
    r.refuse(MODEL.replace("adamw[0.01]", "sgd[inf - inf]"), "is not a number")
    # What depends on the step is known in training alone.
    r.accept(MODEL.replace("adamw[0.01]", "sgd[0.1 - step]"))
    r.compile(MODEL, "--train")
    for option, value in ("--steps", 0), ("--batch", -1), ("--seed", -1), ("--every", 0):
        trained(r, option, value, code=2, wanted=[f"{option} is '{value}'; expected a number from"])


def row_R18(r):
    """Weights of classes that are all 0 end in NaN, which ends the run; targets that do not add
    up to 1 are taken as they are."""
    loss = 'sum(per * weight, ".. ->") / sum(one_hot(label, 3) * weight, ".. ->")'
    text = MODEL.replace("label: i64[B]", "label: i64[B], weight: [3]").replace(
        "minimize cross_entropy(f(x), label)", f"per = -one_hot(label, 3) * log_softmax(f(x))\n        minimize {loss}")  # fmt: skip
    r.compile(text, "--train")
    data = {"x": np.ones((3, 4), "f4"), "label": np.arange(3), "weight": np.zeros(3, "f4")}
    trained(r, data=data, code=4, wanted=["the loss is nan at step 1"])
    trained(r, data={**data, "weight": np.array([1, 0, 2], "f4")})
    text = MODEL.replace("label: i64[B]", "target: [B, 3]").replace(
        "cross_entropy(f(x), label)", '-mean(sum(target * log_softmax(f(x)), "B C -> B"), "B ->")')  # fmt: skip
    r.compile(text, "--train")
    write_safetensors(r.folder / "w.st", {"fc.weight": np.zeros((3, 4), "f4"), "fc.bias": np.zeros(3, "f4"),
                                          "scale": np.ones(4, "f4")})  # fmt: skip
    trained(r, "--weights", "w.st", "--steps", 1, data={"x": data["x"], "target": np.full((3, 3), 2, "f4")})
    r.same("loss", np.float32(lines(r)[0]["loss"]), np.float32(6 * np.log(3)), 1e-6)


def row_F03(r):
    """Logits that are 1e4 apart: finite losses and gradients."""
    r.compile(MODEL, "--train")
    weights = {"fc.weight": np.zeros((3, 4), "f4"), "fc.bias": np.array([1e4, -1e4, 0], "f4"), "scale": np.ones(4, "f4")}
    write_safetensors(r.folder / "w.st", weights)
    data = {"x": np.ones((2, 4), "f4"), "label": np.array([0, 1])}
    trained(r, "--weights", "w.st", "--steps", 2, data=data)
    r.same("loss", np.float32(lines(r)[0]["loss"]), np.float32(1e4), 1e-6)


def row_F19(r):
    """Batch norm of one sample: its own mean, no deviation, and a running variance of 0."""
    text = MODEL.replace("fc: linear[3]", "fc: linear[3]\n    norm: batch_norm").replace(
        "fc(x * scale)", "fc(norm(x * scale))")  # fmt: skip
    r.compile(text, "--train")
    x = np.full((1, 4), 3, "f4")
    trained(r, "--steps", 1, data={"x": x, "label": np.zeros(1, "i8")})
    tensors = read_safetensors(r.folder / "c.st")
    r.same("mean", tensors["norm.running_mean"], np.full(4, 0.3, "f4"), 1e-6)
    r.same("variance", tensors["norm.running_var"], np.full(4, 0.9, "f4"), 1e-6)
    r.check(all(np.isfinite(line["loss"]) for line in lines(r)), "a loss is no number")


def row_F22(r):
    """The gradient of a sum of 10^7 terms."""
    text = """model m:
    dim B
    param w: [] = 1

    entry f(x: [B]) -> (y: [B]):
        return x * w

    train fit(x: [B]):
        minimize mean(f(x), "B ->")
        update "*" with sgd[1.0]
        defaults steps = 1
"""
    r.compile(text, "--train")
    x = np.random.default_rng(22).random(10**7, "f4")
    trained(r, data={"x": x})
    mean = x.mean(dtype=np.float64)
    r.same("loss", np.float32(lines(r)[0]["loss"]), np.float32(mean), 1e-6)
    r.same("w", read_safetensors(r.folder / "c.st")["w"], np.float32(1 - mean), 1e-5)


def row_F27(r):
    """Parameters and gradients that are denormal are kept, in every thread."""
    text = MODEL.replace("cross_entropy(f(x), label)", 'sum(fc.weight * 1e-40, ".. ->")').replace(
        "adamw[0.01]", "sgd[1.0]").replace("linear[3]", "linear[3000]").replace("[B, 3]", "[B, 3000]")  # fmt: skip
    r.compile(text, "--train")
    write_safetensors(r.folder / "w.st", {"fc.weight": np.full((3000, 4), 3e-40, "f4"), "fc.bias": np.zeros(3000, "f4"),
                                          "scale": np.ones(4, "f4")})  # fmt: skip
    for threads in 1, 2, 3:
        trained(r, "--weights", "w.st", "--steps", 1, "--threads", threads)
        wanted = np.full((3000, 4), np.float32(3e-40) - np.float32(1e-40), "f4")
        r.same(f"{threads} threads", read_safetensors(r.folder / "c.st")["fc.weight"], wanted)


def row_E15(r):
    """However little memory a training may have, its end is orderly."""
    r.compile(MODEL.replace("linear[3]", "linear[300_000]").replace("[B, 3]", "[B, 300_000]"), "--train")
    codes = set()
    for megabytes in range(5, 90, 6):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)
        result = call([str(r.folder / "model"), "train", *save(r), "--threads", "2", "--steps", "2"], r.folder, before=limit)
        # Below some size the loader cannot start the program.
        if "error while loading" not in result.err and result.code != -signal.SIGKILL:
            codes.add(result.code)
            r.check(result.code in (0, 3), f"{megabytes} MiB: exit {result.code}: {result.err[:400]}")
    r.check(codes == {0, 3}, f"exits {codes}")


def row_E17(r):
    """Fewer CPUs than threads: the same bits."""
    r.compile(MODEL, "--train")
    trained(r, checkpoint="whole.st")
    trained(r, "--threads", 5, before=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
    same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
    r.check(same, "CPUs change a bit")


def row_E27(r):
    """A checkpoint that is a link stays one, with its permissions."""
    r.compile(MODEL, "--train")
    trained(r, checkpoint="whole.st")
    (r.folder / "far").mkdir()
    target = r.write("far/c.st", "old")
    target.chmod(0o640)
    (r.folder / "c.st").symlink_to("far/c.st")
    trained(r)
    r.check((r.folder / "c.st").is_symlink(), "the link is gone")
    r.check(target.stat().st_mode & 0o777 == 0o640, "permissions changed")
    r.check(target.read_bytes() == (r.folder / "whole.st").read_bytes(), "the checkpoint is another")


main(globals())
