"""Transformers reduced to a minimum (arXiv 2410.13732).

variants   classifiers of drawn digits without some of their parts, 2000 steps of 64 images each
"""

from .common import table
from .shapes import digits

SIZES = dict(image=28, patch=7, D=64, layers=4, heads=1, hidden=64, drop=0.0)
MERGED, TRIANGLES = dict(similarity="merged"), dict(similarity="cholesky")
VARIANTS = {
    "everything": {},
    "no network": dict(mlp=False),
    "merged queries and keys": MERGED,
    "merged, no network": dict(mlp=False, **MERGED),
    "merged, values as they are": dict(project=False, **MERGED),
    "the least: both, no network": dict(project=False, mlp=False, **MERGED),
    "keys that are queries, no network": dict(similarity="shared", mlp=False),
    "triangles, no network": dict(mlp=False, **TRIANGLES),
    "triangles from N(0, 1), no network": dict(mlp=False, spread=8.0, **TRIANGLES),
}
IMAGES, CLASSES = 4000, 10


def variants(bench):
    (images, labels), (held, held_labels) = digits(IMAGES, 1), digits(1000, 2)
    result, lines, logs = {}, [], {}
    for number, (name, sizes) in enumerate(VARIANTS.items()):
        model = bench.model(f"variant{number}", "minimal", **SIZES, **sizes, steps=bench.steps(2000))
        trained = model.train(dict(images=images, labels=labels), dict(images=held, labels=held_labels), every=250)
        result[name] = trained.last["eval_accuracy"]
        count = model.parameters()
        lines.append([name, count, f"{IMAGES * CLASSES / count:.2f}", f"{trained.loss:.3f}", f"{result[name]:.3f}",
                      f"{trained.last['eval_loss']:.3f}", f"{1e3 * trained.seconds:.1f}"])  # fmt: skip
        logs[name] = trained.log
    table(["what is left out", "parameters", "Q", "training loss", "test accuracy", "test loss", "ms a step"], lines)
    print("  Q: outputs of the training images over parameters")
    everything, least = result["everything"], result["the least: both, no network"]
    for name in ("merged queries and keys", "merged, values as they are"):
        bench.holds(f"{name}, less everything", result[name] - everything, -0.05)
    bench.holds("the least, less everything", least - everything, high=-0.05)
    for name in ("no network", "merged, no network"):
        bench.holds(f"{name}, less the least", result[name] - least, 0)
    bench.holds("triangles", result["triangles, no network"], 0.5)
    bench.holds("triangles from N(0, 1)", result["triangles from N(0, 1), no network"], high=0.4)
    bench.draw(logs, show=["loss", "accuracy"])


EXPERIMENTS = {"variants": variants}
