"""The whole models that are measured: sizes, random weights and inputs, and the
result in float64."""

import dataclasses
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "test" / "Integration"))

import minilm_reference  # noqa: E402
import vit_reference  # noqa: E402
from weights_io import random_weights, widened  # noqa: E402

# Tokens of eight sentences that are padded to 128: 417 of 1024 are real.
SENTENCES = (128, 81, 64, 47, 38, 27, 20, 12)

VIT = {"image": 224, "patch": 16, "D": 192, "depth": 12, "heads": 3, "classes": 1000}
MINILM = {"D": 384, "layers": 6, "heads": 12, "hidden": 1536, "vocab": 30522,
          "positions": 512}  # fmt: skip
BERT = MINILM | {"D": 768, "layers": 12, "hidden": 3072}


@dataclasses.dataclass(frozen=True)
class Vit:
    """Images to class scores."""

    name: str
    sizes: dict
    batch: int
    kind, output, pooled = "vit", "logits", False
    source = ROOT / "models" / "vit.tenon"

    def shapes(self):
        return vit_reference.shapes(**self.sizes)

    def inputs(self):
        side = self.sizes["image"]
        z = np.random.default_rng(1).standard_normal((self.batch, 3, side, side))
        return {"images": z.astype(np.float32)}

    def reference(self, weights, images):
        images = images.astype(np.float64)
        return vit_reference.forward(widened(weights), images, self.sizes["heads"])

    def remark(self):
        return None


@dataclasses.dataclass(frozen=True)
class Bert:
    """Tokens to the states after the last layer, or to a unit vector per
    sentence if `pooled`. `lengths` are the real tokens of each sentence."""

    name: str
    sizes: dict
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
        all_of_them = sum(map(self.flops, [self.tokens] * self.batch))
        needed = sum(map(self.flops, self.lengths))
        return (
            f"{self.name}: {real} of {self.batch * self.tokens} tokens are real. Matrix"
            f" products and attention need {needed / 1e9:.2f} GFLOP for the real ones and"
            f" {all_of_them / 1e9:.2f} for all; shares of the peak count all."
        )

    def flops(self, tokens):
        """Multiplications and additions in matrix products and attention for
        one sentence."""
        s = self.sizes
        layer = 2 * tokens * s["D"] * (4 * s["D"] + 2 * s["hidden"])
        return s["layers"] * (layer + 4 * tokens * tokens * s["D"])


def weights_of(workload):
    return random_weights(workload.shapes())


VIT_BASE = VIT | {"D": 768, "heads": 12}

WORKLOADS = [
    Vit("ViT-Tiny", VIT, 1),
    Vit("ViT-Tiny, batch 8", VIT, 8),
    Vit("ViT-Base", VIT_BASE, 1),
    Vit("ViT-Base, batch 8", VIT_BASE, 8),
    Bert("BERT-Base, 128 tokens", BERT, 128, (128,), pooled=False),
    Bert("BERT-Base, 128 tokens, batch 8", BERT, 128, (128,) * 8, pooled=False),
    Bert("MiniLM, 128 tokens", MINILM, 128, (128,), pooled=True),
    Bert("MiniLM, 16 tokens", MINILM, 16, (16,), pooled=True),
    Bert("MiniLM, 8 sentences padded", MINILM, 128, SENTENCES, pooled=True),
]
