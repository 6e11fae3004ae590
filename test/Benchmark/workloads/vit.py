"""Images to class scores."""

import dataclasses

import numpy as np

from .base import ROOT, Workload
import kat_reference
import vit_reference
from weights_io import widened


@dataclasses.dataclass(frozen=True)
class Vit(Workload):
    """timm's ViT."""

    batch: int
    kind, output = "vit", "logits"
    source, equations = ROOT / "models" / "vit.tenon", vit_reference

    def shapes(self):
        return self.equations.shapes(**self.sizes)

    def inputs(self):
        side = self.sizes["image"]
        z = np.random.default_rng(1).standard_normal((self.batch, 3, side, side))
        return {"images": z.astype(np.float32)}

    def reference(self, weights, images):
        images = images.astype(np.float64)
        return self.equations.forward(widened(weights), images, self.sizes["heads"])

    def flops(self):
        """Multiplications and additions in products, convolution and attention."""
        s = self.sizes
        D, patches = s["D"], (s["image"] // s["patch"]) ** 2
        tokens = patches + 1
        layer = 2 * tokens * 12 * D * D + 4 * tokens * tokens * D
        ends = 2 * patches * D * 3 * s["patch"] ** 2 + 2 * D * s["classes"]
        return self.batch * (s["depth"] * layer + ends)


class Kat(Vit):
    """A ViT whose feed-forward maps are made of learned rational functions."""

    kind = "kat"
    source, equations = ROOT / "models" / "kat.tenon", kat_reference
