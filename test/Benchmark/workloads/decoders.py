"""Tokens to the scores of the next one after each."""

import dataclasses

import numpy as np

from .base import ROOT, Workload
import llama_reference
import mot_reference
from weights_io import widened


@dataclasses.dataclass(frozen=True)
class Llama(Workload):
    """A prompt through a Llama."""

    tokens: int
    batch, kind, output, not_run = 1, "llama", "logits", ("jax",)
    source = ROOT / "models" / "llama.tenon"

    def shapes(self):
        return llama_reference.shapes(**self.sizes)

    def inputs(self):
        rng = np.random.default_rng(1)
        return {"ids": rng.integers(0, self.sizes["vocab"], (1, self.tokens))}

    def reference(self, weights, ids):
        heads = self.sizes["heads"], self.sizes["kv_heads"]
        return llama_reference.forward(widened(weights), ids, *heads)

    def flops(self):
        """Multiplications and additions in matrix products and attention, there of
        the pairs that look back."""
        s, N = self.sizes, self.tokens
        D, shared = s["D"], s["kv_heads"] * s["D"] // s["heads"]
        layer = 2 * N * D * (2 * D + 2 * shared + 3 * s["hidden"]) + 2 * N * (N + 1) * D
        return s["layers"] * layer + 2 * N * D * s["vocab"]


@dataclasses.dataclass(frozen=True)
class Mot(Workload):
    """A sequence of several modalities, or of one, through a
    Mixture-of-Transformers. `runs` holds the lengths of each modality's stretches,
    which are shuffled; those of modality 1 are images."""

    runs: tuple
    batch, kind, output, not_run = 1, "mot", "logits", ("jax",)
    source = ROOT / "models" / "mot.tenon"

    @property
    def tokens(self):
        return sum(map(sum, self.runs))

    def shapes(self):
        return mot_reference.shapes(**self.sizes)

    def inputs(self):
        rng = np.random.default_rng(1)
        stretches = [(m, length) for m, lengths in enumerate(self.runs) for length in lengths]
        modality, image = [], []
        for m, length in (stretches[i] for i in rng.permutation(len(stretches))):
            number = max(image, default=0) + 1 if m == 1 else 0
            modality += [m] * length
            image += [number] * length
        ids = rng.integers(0, self.sizes["vocab"], (1, self.tokens))
        return {
            "ids": ids,
            "modality": np.array([modality], np.int32) % self.sizes["modalities"],
            "image": np.array([image], np.int32),
        }

    def reference(self, weights, ids, modality, image):
        s = self.sizes["heads"], self.sizes["modalities"]
        return mot_reference.forward(widened(weights), ids, modality, *s, image=image)

    def flops(self):
        """Multiplications and additions in matrix products and attention."""
        s, N = self.sizes, self.tokens
        D, hidden = s["D"], mot_reference.hidden_size(s["D"])
        layer = 2 * N * D * (4 * D + 3 * hidden) + 4 * N * N * D
        return s["layers"] * layer + 2 * N * D * s["vocab"]
