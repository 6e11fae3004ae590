# RUN: %python %s %tenonc %t
"""NaN and infinity spread exactly along data dependence, denormals are not
flushed to zero, and a row is never touched by what its neighbours hold."""

import numpy as np

from support import (
    arguments,
    check_equal_bits,
    check_network,
    check_positions,
    levels,
)
from systems import Minilm, Mlp, Vit

tenonc, scratch, _ = arguments()


def mlp():
    """Inputs with one special value per row; weights that keep the sign of
    an infinity in outputs 0 and 1 and lose it (NaN) in the others."""
    system = Mlp()
    program = system.compile(tenonc, scratch)
    weights = system.weights
    weights["fc1.weight"] = np.abs(weights["fc1.weight"])
    weights["fc2.weight"][0] = np.abs(weights["fc2.weight"][0])
    weights["fc2.weight"][1] = -np.abs(weights["fc2.weight"][1])
    program = program.with_weights(weights)
    x = system.inputs(6)["x"]
    x[1, 2], x[2, 0], x[3, 6], x[4, 1] = np.nan, np.inf, -np.inf, -0.0
    x[5] = 1e4 * np.abs(x[5])
    truth = system.reference({"x": x})
    for level in levels():
        result = program("y", options=["--level", level], x=x)
        check_positions(f"mlp, {level}", result, truth)
        assert np.isposinf(result[2, 0]) and np.isneginf(result[2, 1])
        for row in (0, 4, 5):
            check_network(f"mlp row {row}, {level}", result[row], truth[row])


def denormals():
    """With zero biases, x / 2 comes out of the activation of a tiny x."""
    system = Mlp(I=3, H=3, O=3)
    program = system.compile(tenonc, scratch, name="denormals")
    weights = {name: np.zeros_like(value) for name, value in system.weights.items()}
    weights["fc1.weight"] = np.eye(3, dtype=np.float32)
    weights["fc2.weight"] = np.eye(3, dtype=np.float32)
    x = np.array([[2e-40, -4e-41, 0.0]], np.float32)
    program = program.with_weights(weights)
    expected = (x.astype(np.float64) / 2).astype(np.float32)
    for level in levels():
        result = program("y", options=["--level", level], x=x)
        assert np.abs(result - expected).max() <= 3e-45, f"{level}: {result}"


def vit():
    """A NaN pixel and an infinite one spoil their own images, a NaN and an
    infinity in the head's parameters their own classes."""
    system = Vit()
    program = system.compile(tenonc, scratch)
    clean = system.inputs(4)
    images = clean["images"].copy()
    images[1, 0, 2, 3], images[3, 2, 9, 9] = np.nan, np.inf
    truth = system.reference({"images": images})
    for level in levels():
        run = {"options": ["--level", level]}
        result = program("logits", images=images, **run)
        check_positions(f"vit, {level}", result, truth)
        alone = program("logits", images=clean["images"][:1], **run)
        check_equal_bits(f"vit beside NaN, {level}", result[:1], alone)

    weights = dict(system.weights)
    for name in ("head.weight", "head.bias"):
        weights[name] = weights[name].copy()
    weights["head.weight"][3, 2] = np.nan
    weights["head.bias"][:2] = np.inf, -np.inf
    program = program.with_weights(weights)
    truth = system.reference(clean, weights=weights)
    for level in levels():
        result = program("logits", options=["--level", level], **clean)
        check_network(f"vit head, {level}", result, truth)


def minilm():
    """A token whose embedding is NaN spoils the sentences that hold it."""
    system = Minilm()
    program = system.compile(tenonc, scratch)
    weights = dict(system.weights)
    table = "embeddings.word_embeddings.weight"
    weights[table] = weights[table].copy()
    weights[table][5, 3] = np.nan
    inputs = system.inputs(6, 9)
    inputs["ids"][inputs["ids"] == 5] = 6
    inputs["ids"][0, 4] = 5
    spoiled = program.with_weights(weights)
    truth = system.reference(inputs, weights=weights)
    clean = {**inputs, "ids": np.where(inputs["ids"] == 5, 6, inputs["ids"])}
    for level in levels():
        run = {"options": ["--level", level]}
        result = spoiled("embedding", **inputs, **run)
        check_network(f"minilm, {level}", result, truth)
        expected = program("embedding", **clean, **run)
        check_equal_bits(f"minilm beside NaN, {level}", result[1:], expected[1:])


mlp()
denormals()
vit()
minilm()
