# RUN: %python %s %tenonc %t
"""The Macaron net and its baseline, with norms before and after the branches, agree
with float64 NumPy: sources with padding on the left, odd lengths, batch 0 to 3, on
every code level. What stands at padded places of a source has no influence."""

import numpy as np

from support import arguments, check_network, levels
from systems import Macaron

tenonc, scratch, _ = arguments()
for number, sizes in enumerate(
    ({}, {"pre": False}, {"macaron": False, "hidden": 16}, {"D": 20, "heads": 5, "layers": 1})
):
    system = Macaron(**sizes)
    program = system.compile(tenonc, scratch, name=f"macaron{number}")
    plain_error = system.plain_error(system.inputs(9, 31, 33))
    for batch, source, target in ((0, 3, 5), (1, 1, 1), (3, 17, 9), (2, 5, 40)):
        inputs = system.inputs(batch, source, target)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            what = f"{sizes}, batch {batch}, {source} to {target}, {level}"
            check_network(what, result, truth, plain_error)

system = Macaron()
program = system.compile(tenonc, scratch)
inputs = system.inputs(3, 11, 7)
assert (inputs["source"] == 1).any(), "no padding to test"
before = program(system.result, **inputs)
TABLE = "encoder.embed_tokens.weight"
weights = {**system.weights, TABLE: system.weights[TABLE].copy()}
weights[TABLE][1] += 100
changed = program.with_weights(weights)(system.result, **inputs)
others = np.arange(system.sizes["vocab"]) != 1
assert np.array_equal(changed[..., others], before[..., others]), "padding is seen"

# With a first half step of zeros this is the Transformer whose network has half the weights, and
# the other way round.
baseline = Macaron(macaron=False)
halved = {
    name: value * np.float32(0.5) if ".fc2" in name else value
    for name, value in system.weights.items()
    if "macaron_" not in name and "layer_norms.2" not in name
}
silent = {name: 0 * value if "macaron_fc2" in name else value for name, value in system.weights.items()}
expected = baseline.compile(tenonc, scratch, ["--mcpu=native"], name="baseline").with_weights(halved)(system.result, **inputs)
assert set(halved) == set(baseline.shapes())
check_network("half steps of zeros", program.with_weights(silent)(system.result, **inputs), expected.astype(np.float64))
assert not np.array_equal(expected, before), "half steps have no influence"
