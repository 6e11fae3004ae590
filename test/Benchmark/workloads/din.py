"""Candidates and histories to the chance of a click."""

import dataclasses

import numpy as np

from .base import ROOT, Workload
import din_reference
from weights_io import random_weights, widened


@dataclasses.dataclass(frozen=True)
class Din(Workload):
    """A Deep Interest Network as its 2018 release has it: every candidate with a
    history of its own, whose entries are all real."""

    batch: int
    entries: int
    kind, output, samples, not_run = "din", "logit", 64, ("jax", "iree")
    source = ROOT / "models" / "din.tenon"

    def options(self):
        return ["-C", "release_2018"]

    def shapes(self):
        return din_reference.shapes(**self.sizes, act="sigmoid")

    def weights(self):
        """Rows and weights so large that the history decides: sigmoids lessen what
        passes through them."""
        weights = random_weights(self.shapes())
        for name in weights:
            if name.endswith("running_var"):
                weights[name] = np.abs(weights[name]) + np.float32(0.5)
            elif name in ("item.weight", "cate.weight"):
                weights[name] *= np.float32(self.sizes["W"] ** 0.5)
            elif "fc" in name and name.endswith("weight"):
                weights[name] *= 6
        items, cates = self.sizes["items"], self.sizes["cates"]
        cate_of = np.random.default_rng(2).integers(0, cates, items)
        return {**weights, "cate_of": cate_of}

    def inputs(self):
        rng, items = np.random.default_rng(1), self.sizes["items"]
        return {
            "candidate": rng.integers(0, items, self.batch),
            "history": rng.integers(0, items, (self.batch, self.entries)),
            "length": np.full(self.batch, self.entries),
        }

    def reference(self, weights, **inputs):
        return din_reference.forward(
            widened(weights), weights["cate_of"], **inputs, normalize="softmax", scaled=True
        )

    def flops(self):
        """Multiplications and additions in matrix products, with the pair of
        candidate and entry written as [v, k, v - k, v * k]."""
        s = self.sizes
        E, h1, h2 = 2 * s["W"], s["h1"], s["h2"]
        entry = 4 * E * 80 + 80 * 40 + 40 + E
        candidate = E * E + 3 * E * h1 + h1 * h2 + h2
        return 2 * self.batch * (self.entries * entry + candidate)
