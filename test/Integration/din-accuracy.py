# RUN: %python %s %tenonc %t
"""A Deep Interest Network agrees with float64 NumPy: with and without softmax, Dice
and sigmoid, histories of 0 to 197 entries of which none to all are real, on every
code level. Padding has no say."""

import numpy as np

import din_reference
from support import arguments, check_network, compile_model, levels, relative_frobenius, ROOT
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()
SIZES = {"items": 30, "cates": 5, "W": 3, "h1": 9, "h2": 4}
VARIANTS = [
    {},
    {"normalize": "softmax", "scaled": True, "act": "sigmoid"},
    {"normalize": "softmax", "W": 17, "h1": 33},
]


def inputs_of(batch, entries, seed=1):
    rng = np.random.default_rng(seed)
    length = rng.integers(0, entries + 1, batch)
    length[:1] = entries
    return {
        "candidate": rng.integers(0, SIZES["items"], batch),
        "history": rng.integers(0, SIZES["items"], (batch, entries)),
        "length": length,
    }


for number, variant in enumerate(VARIANTS):
    sizes = {**SIZES, **variant}
    defines = {name: str(value).lower() for name, value in sizes.items()}
    program = compile_model(tenonc, ROOT / "models" / "din.tenon", scratch / f"din{number}", defines)
    weights = random_weights(din_reference.shapes(**sizes))
    for name in weights:
        if name.endswith("running_var"):
            weights[name] = np.abs(weights[name]) + np.float32(0.5)
    cate_of = np.random.default_rng(2).integers(0, sizes["cates"], sizes["items"])
    loaded = program.with_weights({**weights, "cate_of": cate_of})
    options = {name: sizes[name] for name in ("normalize", "scaled") if name in sizes}

    def reference(inputs, p):
        with np.errstate(all="ignore"):
            return din_reference.forward(p, cate_of, **inputs, **options)

    def plain_error(inputs):
        return relative_frobenius(reference(inputs, weights), reference(inputs, widened(weights)))

    # A single logit may be a small difference: what plain code loses on the worst of some.
    plain = max(plain_error(inputs_of(1, 31, seed)) for seed in range(20))
    for batch, entries in ((0, 5), (1, 1), (3, 17), (33, 197)):
        inputs = inputs_of(batch, entries)
        truth = reference(inputs, widened(weights))
        for level in levels():
            result = loaded("logit", options=["--level", level], **inputs)
            what = f"{variant}, batch {batch}, {entries} entries, {level}"
            check_network(what, result, truth, plain)
            history = np.where(
                np.arange(entries) < inputs["length"][:, None], inputs["history"], 7
            )
            padded = loaded("logit", options=["--level", level], **{**inputs, "history": history})
            real = inputs["length"] > 0
            assert np.array_equal(padded[real], result[real]), f"{what}: padding"
