"""Sentences to the states of their tokens, or to a vector each."""

import dataclasses

import numpy as np

from .base import ROOT, Workload
import minilm_reference
from weights_io import widened


@dataclasses.dataclass(frozen=True)
class Bert(Workload):
    """Tokens to the states after the last layer, or to a unit vector per
    sentence if `pooled`. `lengths` are the real tokens of each sentence."""

    tokens: int
    lengths: tuple
    pooled: bool
    kind = "bert"

    @property
    def batch(self):
        return len(self.lengths)

    @property
    def output(self):
        return "embedding" if self.pooled else "states"

    @property
    def source(self):
        return ROOT / "models" / ("minilm.tenon" if self.pooled else "bert.tenon")

    def shapes(self):
        return minilm_reference.shapes(**self.sizes)

    def inputs(self):
        rng = np.random.default_rng(1)
        ids = rng.integers(0, self.sizes["vocab"], (self.batch, self.tokens))
        mask = np.arange(self.tokens) < np.array(self.lengths)[:, None]
        return {"ids": np.where(mask, ids, 0), "mask": mask}

    def reference(self, weights, ids, mask):
        weights, heads = widened(weights), self.sizes["heads"]
        if self.pooled:
            return minilm_reference.forward(weights, ids, mask, heads=heads)
        kinds = np.zeros_like(ids)
        return minilm_reference.encode(weights, ids, mask, kinds, heads, 1e-12)

    def remark(self):
        """What padding adds to the work."""
        real = sum(self.lengths)
        if real == self.batch * self.tokens:
            return None
        needed = sum(map(self.sentence_flops, self.lengths))
        return (
            f"{self.name}: {real} of {self.batch * self.tokens} tokens are real. Matrix"
            f" products and attention need {needed / 1e9:.2f} GFLOP for the real ones and"
            f" {self.flops() / 1e9:.2f} for all; shares of the peak count all."
        )

    def flops(self):
        """Multiplications and additions in matrix products and attention, for
        padding too."""
        return self.batch * self.sentence_flops(self.tokens)

    def sentence_flops(self, tokens):
        s = self.sizes
        layer = 2 * tokens * s["D"] * (4 * s["D"] + 2 * s["hidden"])
        return s["layers"] * (layer + 4 * tokens * tokens * s["D"])
