"""The Transformer that learns sums modulo p, a batch of pairs."""

import dataclasses

import numpy as np

from .base import ROOT, Workload
import grok_transformer_reference


@dataclasses.dataclass(frozen=True)
class GrokTransformer(Workload):
    batch: int
    kind, output = "grok_transformer", "logits"
    source = ROOT / "models" / "grok_transformer.tenon"

    def shapes(self):
        return grok_transformer_reference.shapes(**self.sizes)

    def inputs(self):
        return {"pair": np.random.default_rng(1).integers(0, self.sizes["p"], (self.batch, 2))}

    def flops(self):
        """Multiplications and additions in products and attention, for two tokens a pair."""
        D = self.sizes["D"]
        layer = 2 * 24 * D * D + 16 * D
        return self.batch * (self.sizes["layers"] * layer + 2 * D * self.sizes["p"])
