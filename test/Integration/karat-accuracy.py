# RUN: %python %s %tenonc %t
"""KArAt agrees with float64 NumPy: every basis and order of its operators, the projection
on the simplex, and whole networks, blockwise and universal, at odd sizes, batch 0 to 17, on
every code level. With softmax in all heads it is ViT; operators that are
equal in all layers are universal ones; patches may be moved together with all that belongs
to their places."""

import numpy as np

import karat_reference
from common_math import gelu
from kan_reference import cubic_spline, silu
from karat_reference import to_simplex
from support import INPUTS, arguments, beside_models, check_network, compile_model, levels
from systems import Karat, Vit
from weights_io import random_weights, widened

tenonc, scratch, _ = arguments()

SYSTEMS = [
    Karat(),
    Karat(universal=True, G=1, r=1, heads=1),
    Karat(edges="quotients", image=10, patch=5, heads=5, depth=1),
    Karat(project="row", scaled=True, depth=1),
    Karat(project="sums", soft=1, r=7, channels=1, depth=1),
]

# Part: basis, base, edges, order.
OPERATORS = {
    "waves": (2, silu, (4, False), "sums_map"),
    "scaled": (2, gelu, (4, True), "sums_map"),
    "rational": (None, None, "quotients", "sums_map"),
    "hat": ("mexican_hat", None, (1, False), "sums_map"),
    "cosine": ("morlet", None, (1, False), "sums_map"),
    "slope": ("dog", None, (1, False), "sums_map"),
    "ramps": ("meyer", None, (1, False), "sums_map"),
    "sinc": ("shannon", None, (1, False), "sums_map"),
    "splines": ("splines", silu, (8, True), "sums_map"),
    "before": (2, None, (4, False), "map_sums"),
    "twice": (2, None, (4, False), "sums_sums"),
}
karat_reference.WAVELETS["splines"] = None
one_term = karat_reference.basis_terms
karat_reference.basis_terms = lambda basis, x: cubic_spline(x, 5) if basis == "splines" else one_term(basis, x)


def check_operators():
    source = beside_models(scratch / "bases", (INPUTS / "karat_bases.tenon").read_text(), "karat_bases.tenon")
    program = compile_model(tenonc, source, scratch / "bases" / "program", options=["--mcpu=native"])
    shapes = {
        part + name: shape
        for part, (_, _, edges, order) in OPERATORS.items()
        for name, shape in karat_reference.operator_shapes(2, 9, 3, edges, order).items()
    }
    weights = random_weights(shapes)
    program, p = program.with_weights(weights), widened(weights)
    rng = np.random.default_rng(3)
    a = rng.standard_normal((5, 2, 7, 9)).astype(np.float32)
    # Where wavelets and their windows have kinks or limits.
    a[0, 0, 0] = [0, 1, -1, 0.5, -0.5, 2, -2, 1e-3, 30]
    a[0, 0, 1] = 0.25
    wide = a.astype(np.float64)
    truth = [karat_reference.weights(p, part, wide, basis, order, base=base)
             for part, (basis, base, _, order) in OPERATORS.items()]  # fmt: skip
    truth.append(to_simplex(wide))
    result = program("weights", a=a)
    for name, got, wanted in zip([*OPERATORS, "simplex"], result, truth):
        check_network(name, got, wanted)
    simplex = result[-1]
    assert (simplex >= 0).all() and np.abs(simplex.sum(-1) - 1).max() < 1e-6, "a simplex"
    assert np.abs(simplex[0, 0, 1] - 1 / 9).max() < 1e-6, "equal numbers have equal weights"
    # A point of the simplex stays where it is.
    again = program("weights", a=simplex)[-1]
    assert np.abs(again - simplex).max() < 1e-6, "projected twice"


def check_networks():
    for number, system in enumerate(SYSTEMS):
        program = system.compile(tenonc, scratch, name=f"karat{number}")
        plain_error = system.plain_error(system.inputs(65))
        for batch in (0, 1, 3, 17):
            inputs = system.inputs(batch)
            truth = system.reference(inputs)
            for level in levels():
                result = program(system.result, options=["--level", level], **inputs)
                check_network(f"{system.sizes}, batch {batch}, {level}", result, truth, plain_error)


def check_equivalences():
    inputs, native = Karat().inputs(4), ["--mcpu=native"]
    soft = Karat(soft=3)
    vit = Vit(**{name: soft.sizes[name] for name in Vit.default})
    vit_result = vit.compile(tenonc, scratch, native)("logits", **inputs)
    assert set(soft.shapes()) == set(vit.shapes())
    result = soft.compile(tenonc, scratch, native, name="soft").with_weights(vit.weights)("logits", **inputs)
    check_network("softmax in all heads is ViT", result, vit_result.astype(np.float64))

    universal, blockwise = Karat(universal=True), Karat()
    result = universal.compile(tenonc, scratch, native, name="universal")("logits", **inputs)
    program = blockwise.compile(tenonc, scratch, native, name="blockwise")
    tied = {
        name: universal.weights["operators" + name.split("sigma")[1] if "sigma" in name else name]
        for name in blockwise.weights
    }
    alike = program.with_weights(tied)("logits", **inputs)
    check_network("equal operators are universal", alike, result.astype(np.float64))

    # The patch at place i goes to order[i]; the class token stays.
    before = program.with_weights(blockwise.weights)("logits", **inputs)
    order = np.random.default_rng(2).permutation(9)
    tokens = np.concatenate([[0], 1 + order])
    moved = {}
    for name, value in blockwise.weights.items():
        axis = {"pos_embed": 1, "W": 1, "coef": 2}.get(name.rpartition(".")[2])
        moved[name] = value if axis is None else np.take(value, np.argsort(tokens), axis)
    patches = inputs["images"].reshape(4, 3, 3, 3, 3, 3).transpose(0, 2, 4, 1, 3, 5).reshape(4, 9, 3, 3, 3)
    patches = patches[:, np.argsort(order)].reshape(4, 3, 3, 3, 3, 3).transpose(0, 3, 1, 4, 2, 5)
    images = np.ascontiguousarray(patches.reshape(4, 3, 9, 9))
    after = program.with_weights(moved)("logits", images=images)
    check_network("patches moved", after, before.astype(np.float64))
    wrong = program.with_weights(blockwise.weights)("logits", images=images)
    assert np.abs(wrong - before).max() > 1e-2, "places have no influence"


check_operators()
check_networks()
check_equivalences()
