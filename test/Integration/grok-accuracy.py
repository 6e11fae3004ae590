# RUN: %python %s %tenonc %t
"""The network of corrupted sums agrees with float64 NumPy in all its entries, with each
norm, at batch 0 to 97, on every code level; weights made of cosines add without being
trained; 30 steps of training agree, dropout's loss is the expected one."""

import json

import numpy as np

import grok_reference
from support import ROOT, Executable, arguments, check_network, compile_model, levels
from support import relative_frobenius, run_command
from systems import Grok
from weights_io import read_safetensors, widened, write_safetensors

tenonc, scratch, _ = arguments()
SYSTEMS = [Grok(), Grok(norm="batch"), Grok(norm="layer", N=33), Grok(p=97, N=500, drop=0.3)]


def check_entries(number, system):
    name = f"{system.sizes}"
    program = system.compile(tenonc, scratch, name=f"system{number}")
    plain_error = system.plain_error(system.inputs(65))
    keep = np.random.default_rng(4).random(system.sizes["N"]) < 0.6
    ipr = grok_reference.neurons(widened(system.weights))
    for level in levels():
        for batch in (0, 1, 3, 65, 97):
            inputs = system.inputs(batch)
            truth = system.reference(inputs)
            result = program("logits", options=["--level", level], **inputs)
            check_network(f"{name}, batch {batch}, {level}", result, truth, plain_error)
            truth = system.reference({**inputs, "keep": keep})
            options = ["--level", level, "--entry", "pruned"]
            result = program("logits", options=options, keep=keep, **inputs)
            check_network(f"{name}, pruned, batch {batch}, {level}", result, truth)
        result = program("ipr", options=["--level", level, "--entry", "neurons"])
        check_network(f"{name}, neurons, {level}", result, ipr)


def check_cosines():
    """All p^2 sums are right, and the mean output at the sum is 1.000."""
    m, n = np.divmod(np.arange(97**2), 97)
    total = (m + n) % 97
    program = compile_model(tenonc, ROOT / "models" / "grok.tenon", scratch / "cosines", config="clean")
    for seed in range(3):
        weights = grok_reference.cosines(97, 500, np.random.default_rng(seed))
        loaded = program.with_weights({k: v.astype(np.float32) for k, v in weights.items()})
        logits = loaded("logits", m=m, n=n)
        assert (logits.argmax(1) == total).all(), f"seed {seed}: not every sum is right"
        mean = logits[np.arange(97**2), total].mean()
        wrong = np.abs(logits - logits * np.eye(97)[total]).max()
        print(f"seed {seed}: mean output {mean:.4f} at the sum, at most {wrong:.3f} elsewhere")
        assert abs(mean - 1) < 1e-3 and wrong < 0.5, (mean, wrong)
        ipr = loaded("ipr", options=["--entry", "neurons"])
        assert np.abs(ipr - 1).max() < 1e-4, "a cosine has one frequency"
    nothing = program.with_weights({k: 0 * v.astype(np.float32) for k, v in weights.items()})
    assert (nothing("ipr", options=["--entry", "neurons"]) == 0).all(), "zeros have none"


def train(program, system, checkpoint, steps, rows, *options):
    """The lines of the log, and the tensors of the checkpoint."""
    command = [program.path, "train", "--weights", program.weights, "--steps", steps]
    command += ["--log", scratch / "log.jsonl", "--checkpoint", scratch / checkpoint, *options]
    for name, value in rows.items():
        np.save(scratch / f"{name}.npy", value)
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command(command)
    lines = (scratch / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines], read_safetensors(scratch / checkpoint)


def check_training(norm, steps=30):
    """Against the reference's own steps, from the same weights."""
    system = Grok(norm=norm, p=11, N=21, rate=0.02, decay=2.0)
    program = system.compile(tenonc, scratch, options=["--train"], name=f"train_{norm}")
    rng = np.random.default_rng(7)
    rows = {**system.inputs(50), "label": rng.integers(0, 11, 50)}
    lines, tensors = train(program, system, "c", steps, rows, "--batch", 50)
    # A row's place in a full batch has no say.
    truth, weights = grok_reference.train(
        widened(system.weights), steps, rows["m"], rows["n"], rows["label"], 0.02, 2.0, norm
    )
    for line, (loss, accuracy) in zip(lines, truth):
        assert abs(line["loss"] - loss) <= 1e-5 * loss, (norm, line, loss)
        assert abs(line["accuracy"] - accuracy) < 1e-6, (norm, line, accuracy)
    for name, value in weights.items():
        error = relative_frobenius(tensors[name], value)
        print(f"norm {norm}, {name} after {steps} steps: {error:.1e}")
        assert error < 1e-4, f"norm {norm}, {name}: relative error {error:.2e}"


def check_dropout(p=0.4, steps=4000):
    """The mean loss over many draws is that of y's mean and variance, with h dropped
    before it is squared: E a = h^2 / (1 - p), Var a = h^4 p / (1 - p)^3."""
    system = Grok(drop=p, rate=0.0, p=5, N=9)
    program = system.compile(tenonc, scratch, options=["--train"], name="dropout")
    rows = {**system.inputs(20), "label": np.arange(20) % 5}
    lines, tensors = train(program, system, "d", steps, rows)
    w = widened(system.weights)
    for name in w:
        assert np.array_equal(tensors[name], system.weights[name]), "a rate of 0 moves a weight"
    h = (w["fc1.weight"][:, rows["m"]] + w["fc1.weight"][:, 5 + rows["n"]]).T
    mean = h**2 / (1 - p) @ w["fc2.weight"].T
    variance = h**4 * p / (1 - p) ** 3 @ (w["fc2.weight"] ** 2).T
    expected = ((mean - np.eye(5)[rows["label"]]) ** 2 + variance).mean()
    losses = np.array([line["loss"] for line in lines])
    spread = losses.std() / steps**0.5
    print(f"dropout: mean loss {losses.mean():.5f} +- {spread:.5f}, expected {expected:.5f}")
    assert abs(losses.mean() - expected) < 5 * spread, (losses.mean(), expected, spread)
    assert spread < 0.02 * expected, "too few draws to tell"


for number, system in enumerate(SYSTEMS):
    check_entries(number, system)
check_cosines()
check_training("none")
check_training("batch")
check_dropout()
