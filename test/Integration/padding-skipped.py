# RUN: %python %s %tenonc %t
"""Hidden tokens are left out: sentences agree with float64 NumPy under any mask,
and what hidden tokens are, their embeddings NaN too, changes no bit."""

import json

import numpy as np

from support import arguments, check_equal_bits, check_network, levels, run_command
from systems import Minilm

tenonc, scratch, _ = arguments()
system = Minilm(D=36, hidden=131, positions=200)
program = system.compile(tenonc, scratch)
rng = np.random.default_rng(3)
plain_error = system.plain_error(system.inputs(9, 63))

for batch, tokens in ((1, 1), (3, 17), (5, 45), (2, 197)):
    inputs = system.inputs(batch, tokens)
    shape = inputs["ids"].shape
    for name, mask in {
        "all": np.ones(shape, bool),
        "none": np.zeros(shape, bool),
        "holes": rng.random(shape) < 0.4,
        "one": np.arange(shape[1]) == rng.integers(0, shape[1], (shape[0], 1)),
        "ends": np.arange(shape[1]) >= rng.integers(0, shape[1], (shape[0], 1)),
    }.items():
        inputs["mask"] = mask
        truth = system.reference(inputs)
        # Token 0 is hidden wherever it stands, and NaN.
        weights = {**system.weights}
        words = "embeddings.word_embeddings.weight"
        weights[words] = weights[words].copy()
        weights[words][0] = np.nan
        visible = np.maximum(inputs["ids"], 1)
        poisoned = program.with_weights(weights)
        for level in levels():
            for threads in (1, 2):
                options = {"options": ["--level", level], "threads": threads}
                what = f"{name}, batch {batch}, {tokens} tokens, {level}, {threads} threads"
                result = program(system.result, **options, **inputs)
                check_network(what, result, truth, plain_error)
                one = program(system.result, **options, **{**inputs, "ids": visible})
                other = poisoned(
                    system.result, **options, **{**inputs, "ids": np.where(mask, visible, 0)}
                )
                check_equal_bits(what, other, one)

# Its figures are bounds, and say so.
measured = scratch / "bench.json"
command = [program.path, "bench", "--weights", program.weights, "--size", "B=2,N=17"]
printed = run_command([*command, "--repeat", 1, "--warmup", 0, "--json", measured])
assert "contract_0*" in printed and "rows_0*" not in printed, printed
kernels = json.loads(measured.read_text(encoding="utf-8"))["kernels"]
bounds = {kernel["kernel"] for kernel in kernels if kernel["may_do_less"]}
assert {"contract_0", "attend_0"} <= bounds and "rows_0" not in bounds, bounds
