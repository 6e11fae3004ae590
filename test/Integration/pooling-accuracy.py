# RUN: %python %s %tenonc %t
"""The five ways to pool a decoder's states agree with float64 NumPy at odd sizes, with
padding on the left, batch 0 to 5, on every code level. Layers may change places in the
pooler together with their rows of weights; a single vector is attended to with weights of
exactly 1; with one token it makes no difference in which direction tokens look."""

import numpy as np

import pooling_reference
from support import arguments, beside_models, check_network, compile_model, levels
from systems import Pooling
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()
NATIVE = ["--mcpu=native"]

POOLER = """from "pooling.tenon" import pooler

model pooled[C = 24, latents = 5, heads = 3, d = 7]:
    dim B, n
    pool: pooler[latents, heads, d] as "attn_pool"
    entry run(z: [B, n, C], weight: [n, C]) -> (e: [B, C]):
        return pool(z + weight)
"""


def check_variants():
    results, every = {}, random_weights(Pooling().shapes(), seed=3)
    for variant in range(1, 6):
        system = Pooling(variant=variant)
        program = system.compile(tenonc, scratch, NATIVE if variant < 5 else (), name=f"pooling{variant}")
        # Those that two variants share have the same values in both.
        system.weights = {name: every[name] for name in system.weights}
        program = program.with_weights(system.weights)
        plain_error = system.plain_error(system.inputs(17, 13))
        for batch, tokens in ((0, 3), (1, 1), (5, 9), (2, 14)):
            inputs = system.inputs(batch, tokens)
            truth = system.reference(inputs)
            for level in levels() if variant == 5 else levels()[-1:]:
                result = program("embedding", options=["--level", level], **inputs)
                check_network(f"variant {variant}, batch {batch}, {tokens} tokens, {level}", result, truth, plain_error)
            assert np.abs((result.astype(np.float64) ** 2).sum(-1) - 1).max(initial=0) < 1e-6, "not of length 1"
        results[variant] = program("embedding", **system.inputs(4, 1))
    for one, other in ((2, 4), (3, 5)):
        check_network(f"one token, {one} and {other}", results[one], results[other].astype(np.float64))


def check_pooler():
    source = beside_models(scratch / "pooler", POOLER, "pooled.tenon")
    shapes = {name: shape for name, shape in Pooling().shapes().items() if name.startswith("attn_pool.")}
    weights = random_weights(shapes, seed=3)
    program = compile_model(tenonc, source, scratch / "pooler" / "program", options=NATIVE)
    loaded, rng = program.with_weights(weights), np.random.default_rng(1)
    for n in (1, 2, 32):
        z = rng.standard_normal((3, n, 24)).astype(np.float32)
        weight = rng.standard_normal((n, 24)).astype(np.float32)
        result = loaded("e", z=z, weight=weight)
        wide = z.astype(np.float64) + weight
        check_network(f"pooler of {n}", result, pooling_reference.pool(widened(weights), wide, 3))
        order = rng.permutation(n)
        moved = loaded("e", z=z[:, order], weight=weight[order])
        check_network(f"{n} layers in another order", moved, result.astype(np.float64))

    # With one vector a latent has nothing to choose: its weight is 1, and all get the same value.
    z, weight = z[:, :1], weight[:1]
    queries = f"{pooling_reference.ATTEND}.fn.to_q.weight"
    blind = {**weights, queries: 7 * weights[queries][::-1]}
    results = [program.with_weights(w)("e", z=z, weight=weight) for w in (weights, blind)]
    assert np.array_equal(*results), "queries matter"


check_variants()
check_pooler()
