"""KArAt, learned functions in the place of softmax (arXiv 2503.10632).

rows      operators imitate softmax on rows of 16 scores: what is missed, by rank and frequencies
variants  a ViT of 2 layers on drawn shapes: softmax, an operator per layer, one for all, projections
bases     the same with other bases and orders
"""

from .common import table
from .shapes import SHAPES, shapes

SIZES = dict(image=16, patch=4, channels=1, D=32, depth=2, heads=2, classes=SHAPES, drop=0.0, rate=2e-3, floor=0.05)


def rows(bench):
    ranks, frequencies, missed = (2, 4, 8, 16), (1, 3, 5), {}
    for r in ranks:
        for G in frequencies:
            model = bench.model(f"r{r}g{G}", "karat_rows", r=r, G=G, steps=bench.steps(20000))
            missed[r, G] = model.train().loss
    table(["share of softmax's variance that is missed", *(f"G = {G}" for G in frequencies)],
          [[f"r = {r}", *(f"{missed[r, G]:.3f}" for G in frequencies)] for r in ranks])  # fmt: skip
    for G in frequencies:
        bench.holds(f"r = 16 against r = 2, G = {G}", missed[16, G] / missed[2, G], high=0.4)
    bench.draw({f"G = {G}": [{"rank": r, "missed": missed[r, G]} for r in ranks] for G in frequencies}, x="rank")


def accuracies(bench, variants):
    """Trains each on the same shapes; accuracy on others, by name."""
    train, test = shapes(8000, 1), shapes(2000, 2)
    result, lines, logs = {}, [], {}
    for name, sizes in variants.items():
        model = bench.model(name.replace(" ", "_"), "karat", **SIZES, **sizes, steps=bench.steps(2500))
        trained = model.train(dict(images=train[0], labels=train[1]), dict(images=test[0], labels=test[1]), every=250)
        result[name] = trained.last["eval_accuracy"]
        logs[name] = trained.log
        numbers = [f"{trained.loss:.3f}", f"{result[name]:.3f}", f"{1e3 * trained.seconds:.1f}"]
        lines.append([name, model.parameters(), *numbers])
    table(["scores become weights by", "parameters", "training loss", "test accuracy", "ms a step"], lines)
    bench.draw(logs, show=["loss", "accuracy"])
    return result


def variants(bench):
    small = dict(std=0.03)
    result = accuracies(bench, {
        "softmax": dict(soft=2),
        "operators per layer": small,
        "operators for all layers": dict(universal=True, **small),
        "one head of each": dict(soft=1, **small),
        "projected rows": dict(project="row", **small),
        "projected sums": dict(project="sums", **small),
        "coefficients from N(0, 1)": {},
    })  # fmt: skip
    softmax, per_layer = result["softmax"], result["operators per layer"]
    bench.holds("softmax's accuracy", softmax, 0.85)
    bench.holds("operators per layer, less softmax", per_layer - softmax, -0.12)
    bench.holds("operators for all layers, less softmax", result["operators for all layers"] - softmax, -0.2)
    large = result["coefficients from N(0, 1)"]
    bench.holds("coefficients from N(0, 1), less small ones", large - per_layer, high=-0.3)


def bases(bench):
    def series(basis, **more):
        options = "".join(f", {name} = {value}" for name, value in more.items())
        return dict(edges=f"series[basis = {basis}, std = 0.03{options}]")

    result = accuracies(bench, {
        "fourier, G = 1": series("fourier[1]"),
        "fourier, G = 3": series("fourier[3]"),
        "fourier, G = 5": series("fourier[5]"),
        "fourier, G = 3, SiLU": series("fourier[3]", base="silu"),
        "rational": dict(edges="quotients[std = 0.03]"),
        "mexican hat": series("mexican_hat"),
        "morlet": series("morlet"),
        "dog": series("dog"),
        "meyer": series("meyer"),
        "shannon": series("shannon"),
        "splines, SiLU": series("cubic_spline[5]", base="silu", scaled="true"),
        "fourier, W first": dict(order="map_sums", **series("fourier[3]")),
        "fourier, sums of sums": dict(order="sums_sums", **series("fourier[3]")),
    })  # fmt: skip
    bench.holds("the best basis's accuracy", max(result.values()), 0.8)


EXPERIMENTS = {"rows": rows, "variants": variants, "bases": bases}
