"""A mixture of Transformers by modality (arXiv 2411.04996).

matching  three kinds of tokens with rules that contradict one another: in how many steps a mixture
          reaches what a dense model of equal work does in all of its steps; what has to be untied
"""

import json

import numpy as np

from .common import table

KINDS, VALUES, RUN, LENGTH = ("sums", "differences", "twice and once"), 8, 8, 48
SIZES = dict(D=64, heads=4, layers=2, vocab=len(KINDS) * VALUES, rate=2e-3, warmup=30)
MODELS = {
    "dense": dict(modalities=1),
    "feed-forward untied": dict(modalities=3, untie="ffn"),
    "all maps untied": dict(modalities=3, untie="maps"),
    "all untied": dict(modalities=3),
    "two kinds in one tower": dict(modalities=2),
}


def sequences(count, seed):
    """Runs of 8 tokens of each kind in turn. A token follows from the one before it and from
    the one 8 places back, which is of another kind, as its own kind's rule says."""
    kind = np.arange(LENGTH) // RUN % len(KINDS)
    value = np.random.default_rng(seed).integers(0, VALUES, (count, LENGTH))
    for i in range(RUN, LENGTH):
        before, other = value[:, i - 1], value[:, i - RUN]
        rules = (before + other, before - other, 2 * before + other)
        value[:, i] = rules[kind[i]] % VALUES
    ids = value + VALUES * kind
    target = np.full_like(ids, -1)
    target[:, RUN - 1 : -1] = ids[:, RUN:]
    return dict(ids=ids, modality=np.tile(kind.astype(np.int32), (count, 1)), target=target)


def smoothed(log, width=20):
    """The loss of each step, as a mean over the last ones."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    losses = np.array([line["loss"] for line in lines if "loss" in line])
    sums = np.cumsum(np.concatenate([np.zeros(1), losses]))
    width = min(width, len(losses))
    return (sums[width:] - sums[:-width]) / width


def matching(bench):
    train, test = sequences(4000, 1), sequences(500, 2)
    steps, lines, logs, curves, ratios = bench.steps(150), [], {}, {}, {}
    for name, sizes in MODELS.items():
        model = bench.model(name.replace(" ", "_"), "mot", **SIZES, **sizes, steps=steps)
        given = [dict(arrays) for arrays in (train, test)]
        if name == "two kinds in one tower":
            for arrays in given:
                arrays["modality"] = np.minimum(arrays["modality"], 1)
        trained = model.train(given[0], given[1], every=30, batch=64)
        curves[name] = smoothed(trained.log)
        reached = np.flatnonzero(curves[name] <= curves["dense"][-1])
        ratios[name] = (reached[0] + 1) / len(curves["dense"]) if len(reached) else np.inf
        given[1].pop("target")
        hits = model.run("logits", **given[1]).argmax(2) == test["target"]
        by_kind = [hits[(test["target"] >= 0) & (test["target"] // VALUES == k)].mean() for k in range(len(KINDS))]
        lines.append([name, model.parameters(), f"{trained.last['eval_loss']:.3f}", f"{ratios[name]:.2f}",
                      *(f"{share:.3f}" for share in by_kind), f"{1e3 * trained.seconds:.0f}"])  # fmt: skip
        logs[name] = trained.log
    table(["", "parameters", "test loss", "share of steps", *KINDS, "ms a step"], lines)
    bench.holds("share of the dense model's steps, all untied", ratios["all untied"], high=0.9)
    bench.holds("the same, feed-forward alone", ratios["feed-forward untied"], high=1)
    bench.draw(logs, show=["loss", "accuracy"], log_y=["loss"])


EXPERIMENTS = {"matching": matching}
