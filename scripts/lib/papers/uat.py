"""Universal approximation by one layer of attention (arXiv 2507.10581).

width      the error of a map that needs places and products, by the width of the ReLU network
ablations  the widest without positions, and without attention
construct  attention built by hand that hands every token the whole sequence
"""

import numpy as np

from .common import table

WIDTHS = (4, 16, 64, 256)


def data(count=8192, seed=99):
    """Sequences of 4 numbers and what is to be computed: the square of the number at the mirrored
    place, and the sine of pi times the product with the next."""
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 4, 1)).astype(np.float32)
    return x, x[:, ::-1] ** 2 + np.sin(np.pi * x * np.roll(x, -1, axis=1))


def relative_error(bench, name, seed, **sizes):
    """Root of the mean square error over the deviation, on fresh sequences; the mean square
    error, the model and its training."""
    model = bench.model(name, "uat", steps=bench.steps(4000), **sizes)
    trained = model.train(seed=seed)
    x, y = data()
    error = ((model.run("y", x=x) - y) ** 2).mean()
    return (error / y.var()) ** 0.5, error, model, trained


def width(bench):
    seeds, result, lines, logs = (1, 2, 3), {}, [], {}
    for W in WIDTHS:
        runs = [relative_error(bench, f"w{W}_{seed}", seed, W=W) for seed in seeds]
        result[W] = float(np.mean([run[0] for run in runs]))
        errors = " / ".join(f"{run[0]:.4f}" for run in runs)
        _, error, model, trained = runs[0]
        lines.append([W, model.parameters(), f"{error:.5f}", errors, f"{1e3 * trained.seconds:.2f}"])
        logs[f"W = {W}"] = trained.log
    table(["width", "parameters", "error^2, seed 1", "relative error, seeds 1 / 2 / 3", "ms a step"], lines)
    for narrow, wide in zip(WIDTHS, WIDTHS[1:]):
        bench.holds(f"relative error at {wide} over that at {narrow}", result[wide] / result[narrow], high=1)
    bench.holds("relative error at 256", result[256], high=0.05)
    bench.draw(logs, log_y=["loss"])


def ablations(bench):
    lines, logs = [], {}
    for name, sizes in (
        ("all", {}),
        ("no positions", dict(positions="none")),
        ("no attention", dict(attend=False)),
    ):
        ratio, error, model, trained = relative_error(bench, name.replace(" ", "_"), 1, W=256, **sizes)
        lines.append([name, model.parameters(), f"{error:.4f}", f"{ratio:.3f}"])
        logs[name] = trained.log
        bench.holds(f"relative error, {name}", ratio, *((0.7, np.inf) if sizes else (-np.inf, 0.05)))
    table(["W = 256", "parameters", "error^2", "relative error"], lines)
    bench.draw(logs, log_y=["loss"])


def construct(bench):
    N, span, lines = 4, 2.0, []
    sizes = dict(N=N, D=N + 1, heads=N, dk=1, W=2 * N, d_out=N, residual1=False, positions="one_hot")
    model = bench.model("model", "uat", is_trained=False, **sizes)
    place, value, halves = np.eye(N + 1)[:N], np.eye(N + 1)[N:], np.concatenate([np.eye(N), -np.eye(N)])
    x = data()[0]
    for sharpness in (5, 10, 20, 30):
        weights = {"lift.weight": value.T, "query.weight": np.repeat(place.sum(0, keepdims=True), N, 0),
                   "key.weight": sharpness * place, "value.weight": np.repeat(value, N, 0), "out.weight": place.T,
                   "fc1.weight": halves @ place, "fc2.weight": halves.T, "fc1.bias": np.zeros(2 * N),
                   "fc2.bias": np.zeros(N)}  # fmt: skip
        model.write_weights(weights)
        error = np.abs(model.run("y", x=x) - x[:, None, :, 0]).max()
        bound = span * (N - 1) * np.exp(-sharpness)
        lines.append([sharpness, f"{error:.1e}", f"{bound:.1e}"])
        # What rounding in f32 adds.
        bench.holds(f"sharpness {sharpness}: farthest from the sequence", error, high=bound + 2.0**-23)
    table(["sharpness", "farthest from the sequence", "may leak"], lines)


EXPERIMENTS = {"width": width, "ablations": ablations, "construct": construct}
