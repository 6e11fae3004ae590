"""The Macaron net (arXiv 1906.02762): a layer as a step of a flow of particles.

splitting  the error of steps through such a flow, by how the two parts take turns
reverse    translation of sequences into their reverse, with half steps around attention and without
"""

import numpy as np

from .common import ROOT, call, table

KINDS = {
    "Lie's splitting, exact flows": "lie",
    "Strang's splitting, exact flows": "strang",
    "Lie's, by Euler's rule: a Transformer": "transformer",
    "Strang's, by Euler's rule: Macaron": "macaron",
}


def splitting(bench):
    import tenon

    library = bench.folder / "flow.so"
    call([bench.given.tenonc, ROOT / "models" / "macaron_flow.tenon", "--mcpu=native", "--emit=so", "-o", library])
    rng = np.random.default_rng(1)
    shapes = {"inner": (8, 2), "offset": (8,), "outer": (2, 8), "query": (2, 2), "key": (2, 2), "value": (2, 2)}
    weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    model = bench.model("weights", "macaron_flow", is_trained=False)
    flow = tenon.load(library, weights=model.write_weights(weights))
    x = rng.standard_normal((64, 4, 2)).astype(np.float32)

    def run(step, n):
        y = x
        for _ in range(n):
            y = step(y, np.float32(1 / n))
        return y.astype(np.float64)

    truth, counts = run(flow.both, 64), (4, 8, 16, 32, 64, 128)
    lines, logs, errors = [], {}, {}
    for name, entry in KINDS.items():
        errors[entry] = [np.abs(run(getattr(flow, entry), n) - truth).max() for n in counts]
        # Only where rounding in f32 has no say.
        order = np.log2(errors[entry][0] / errors[entry][2]) / 2
        lines.append([name, *(f"{error:.1e}" for error in errors[entry]), f"{order:.2f}"])
        logs[name] = [{"steps": n, "error": float(error)} for n, error in zip(counts, errors[entry])]
        bench.holds(f"order of {entry}", order, *((1.8, 2.2) if entry == "strang" else (0.8, 1.3)))
    table(["largest error, by the number of steps", *counts, "order"], lines)
    ratio = errors["macaron"][-1] / errors["transformer"][-1]
    bench.holds("Macaron's error over the Transformer's, 128 steps", ratio, 0.2, 0.8)
    bench.draw(logs, x="steps", log_x=True, log_y=["error"])


PAD, START, END, FIRST, VOCAB = 1, 0, 2, 3, 32


def sequences(count, seed):
    """10 to 20 tokens, filled up on the left, and their reverse, filled up on the right."""
    rng = np.random.default_rng(seed)
    source, target, following = (np.full((count, 21), PAD) for _ in range(3))
    for row, length in enumerate(rng.integers(10, 21, count)):
        text = rng.integers(FIRST, VOCAB, length)
        source[row, 20 - length :] = [*text, END]
        target[row, : length + 1] = [START, *text[::-1]]
        following[row, : length + 1] = [*text[::-1], END]
    return dict(source=source, target=target, next=following)


def reverse(bench):
    train, test = sequences(30000, 1), sequences(500, 2)
    sizes_of_both = dict(vocab=VOCAB, D=64, heads=4, layers=2, drop=0.0)
    common = dict(**sizes_of_both, rate=1e-3, warmup=400, decay=0.0, steps=bench.steps(3000))
    lines, logs, counts = [], {}, []
    for name, sizes in (("Macaron", dict(hidden=64)), ("Transformer", dict(hidden=128, macaron=False))):
        model = bench.model(name, "macaron", **common, **sizes)
        trained = model.train(train, test, every=250, batch=64)
        counts.append(model.parameters())
        accuracy = trained.last["eval_accuracy"]
        numbers = [f"{trained.loss:.3f}", f"{accuracy:.4f}", f"{1e3 * trained.seconds:.0f}"]
        lines.append([name, counts[-1], *numbers])
        logs[name] = trained.log
        bench.holds(f"accuracy of tokens, {name}", accuracy, 0.99)
    table(["of 2 + 2 layers", "parameters", "training loss", "test accuracy", "ms a step"], lines)
    bench.holds("parameters, Macaron over Transformer", counts[0] / counts[1], 0.99, 1.01)
    bench.draw(logs, show=["loss", "accuracy"])


EXPERIMENTS = {"splitting": splitting, "reverse": reverse}
