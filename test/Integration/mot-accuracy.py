# RUN: %python %s %tenonc %t
"""A Mixture-of-Transformers agrees with float64 NumPy: one to five modalities,
some without a token, odd lengths from 0 to 197, batch 0 to 3, on every code
level. A token's result does not depend on how modalities are numbered, and with
equal parameters it is the dense model's, to the last bit."""

import numpy as np

from support import arguments, check_network, levels
from systems import Mot

SIZES = [
    {},
    {"modalities": 2, "qk_norm": False},
    {"D": 20, "layers": 1, "heads": 5, "modalities": 5, "final_norm": "per_modality"},
    {"modalities": 1, "heads": 4},
    {"untie": "maps", "layers": 1},
    {"untie": "ffn", "layers": 1},
]


def check_accuracy(sizes):
    system = Mot(**sizes)
    program = system.compile(tenonc, scratch)
    plain_error = system.plain_error(system.inputs(9, 63))
    for batch, tokens in ((0, 9), (1, 0), (1, 1), (3, 17), (2, 197)):
        inputs = system.inputs(batch, tokens)
        for present in (system.sizes["modalities"], 1):
            inputs["modality"] = inputs["modality"] % present
            truth = system.reference(inputs)
            for level in levels():
                result = program(system.result, options=["--level", level], **inputs)
                what = f"{sizes}, {present} present, batch {batch}, {tokens} tokens, {level}"
                check_network(what, result, truth, plain_error)


def renumbered(weights, order):
    """The parameters of modality m under the number order[m]."""
    result = {}
    for name, value in weights.items():
        parts = name.split(".")
        if parts[0] == "blocks":
            parts[4] = str(order[int(parts[4])])
        result[".".join(parts)] = value
    return result


def check_invariants():
    system = Mot()
    program = system.compile(tenonc, scratch)
    inputs = system.inputs(3, 41)
    result = program(system.result, **inputs)
    order = np.array([2, 0, 1], np.int32)
    other = program.with_weights(renumbered(system.weights, order))
    moved = {**inputs, "modality": order[inputs["modality"]]}
    assert np.array_equal(other(system.result, **moved), result), "modalities renumbered"

    dense = Mot(modalities=1)
    single = dense.compile(tenonc, scratch, name="dense")
    shared = {
        name: dense.weights[".".join([*name.split(".")[:4], "0", *name.split(".")[5:]])]
        if name.startswith("blocks")
        else dense.weights[name]
        for name in system.weights
    }
    tied = program.with_weights(shared)
    alone = {**inputs, "modality": 0 * inputs["modality"]}
    assert np.array_equal(
        tied(system.result, **inputs), single(system.result, **alone)
    ), "equal parameters, dense"


tenonc, scratch, _ = arguments()
for sizes in SIZES:
    check_accuracy(sizes)
check_invariants()
