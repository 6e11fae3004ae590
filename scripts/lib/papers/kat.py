"""KAT as FlashKAT computes it (arXiv 2409.10594, 2505.13813).

regress   a sum of sines by two layers, with learned quotients or with GELU between them
digits    images of handwritten digits
"""

import numpy as np

from .common import ROOT, table


def regress(bench):
    seeds, result, lines, logs = (1, 2, 3), {}, [], {}
    for name, sizes in (("quotients", {}), ("GELU", dict(act="gelu"))):
        model = bench.model(name, "kat_sines", steps=bench.steps(2000), **sizes)
        runs = [model.train(seed=seed) for seed in seeds]
        result[name] = np.mean([run.loss for run in runs])
        losses = " / ".join(f"{run.loss:.3f}" for run in runs)
        lines.append([name, model.parameters(), losses, f"{1e3 * runs[0].seconds:.2f}"])
        logs[name] = runs[-1].log
    table(["of 8 - 64 - 1", "parameters", "loss at the end, seeds 1 / 2 / 3", "ms a step"], lines)
    print(f"the sum's variance is {8 * (1 - np.exp(-18)) / 2:.2f}")
    bench.holds("loss, quotients over GELU", result["quotients"] / result["GELU"], high=1.05)
    bench.draw(logs, log_y=["loss"])


def digits(bench):
    folder = ROOT / "models" / "digits"
    load = lambda name: np.load(folder / f"digits_{name}.npy")
    train = dict(images=load("train_images"), labels=load("train_labels"))
    test = dict(images=load("images"), labels=load("labels"))
    common = dict(image=8, patch=2, channels=1, D=48, depth=3, classes=10)
    lines, logs = [], {}
    model = bench.model("kat", "kat", **common, shift=1, rate=4e-3, steps=bench.steps(1000))
    trained = model.train(train, test, every=100)
    lines.append(["KAT", model.parameters(), f"{trained.loss:.3f}", f"{trained.last['eval_accuracy']:.3f}"])
    logs["KAT"] = trained.log
    table(["", "parameters", "training loss", "test accuracy"], lines)
    bench.holds("test accuracy", trained.last["eval_accuracy"], 0.9)
    bench.draw(logs, show=["loss", "accuracy"])


EXPERIMENTS = {"regress": regress, "digits": digits}
