# RUN: %python %s %tenonc %t
"""The models at their default, published sizes, with random weights: tiles,
packed weights and caches as in real use. ViT-Tiny has 197 tokens and twelve
layers; MiniLM is cut to two layers and to the vocabulary of a test."""

from support import arguments, check_equal_bits, check_network, levels
from systems import Minilm, Vit

tenonc, scratch, _ = arguments()


def check(system, inputs, row):
    """Accuracy of a batch, and the bits of its first row alone."""
    program = system.compile(tenonc, scratch)
    truth = system.reference(inputs)
    plain_error = system.plain_error(inputs)
    for level in levels():
        run = {"options": ["--level", level]}
        name = f"{type(system).__name__}, {level}"
        result = program(system.result, **inputs, **run)
        check_network(name, result, truth, plain_error)
        alone = program(system.result, **row, **run)
        check_equal_bits(f"{name}, one row", alone, result[:1])


def first_row(inputs):
    return {name: value[:1] for name, value in inputs.items()}


vit = Vit(image=224, patch=16, D=192, depth=12, heads=3, classes=1000)
images = vit.inputs(2)
check(vit, images, first_row(images))

minilm = Minilm(D=384, layers=2, heads=12, hidden=1536, vocab=101, positions=512)
sentences = minilm.inputs(3, 131)
check(minilm, sentences, first_row(sentences))
