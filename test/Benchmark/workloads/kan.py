"""One Kolmogorov-Arnold layer."""

import dataclasses
import functools
import pathlib

import numpy as np

from .base import Workload
import kan_reference
from weights_io import widened

BASES = {  # how many terms there are, and the basis
    "spline": (lambda G: G + 3, lambda G: functools.partial(kan_reference.cubic_spline, grid=G)),
    "fourier": (lambda G: 2 * G, lambda G: functools.partial(kan_reference.fourier, count=G)),
}


@dataclasses.dataclass(frozen=True)
class Kan(Workload):
    """A batch of vectors through one layer; `sizes` holds I, O and G: the
    intervals of a spline, or the frequencies of a Fourier series."""

    basis: str
    batch: int
    output, samples, not_run = "y", 64, ("jax",)

    @property
    def kind(self):
        return f"kan_{self.basis}"

    @property
    def source(self):
        return pathlib.Path(__file__).resolve().parent / f"{self.kind}.tenon"

    @property
    def terms(self):
        return BASES[self.basis][0](self.sizes["G"])

    def shapes(self):
        I, O = self.sizes["I"], self.sizes["O"]
        return {"layer.coef": (O, I, self.terms), "layer.weight": (O, I)}

    def inputs(self):
        """Between -1 and 1, where the splines are."""
        z = np.random.default_rng(1).uniform(-1, 1, (self.batch, self.sizes["I"]))
        return {"x": z.astype(np.float32)}

    def reference(self, weights, x):
        basis = BASES[self.basis][1](self.sizes["G"])
        return kan_reference.layer(widened(weights), "layer", x.astype(np.float64), basis)

    def flops(self):
        """Multiplications and additions in the products with all terms."""
        return 2 * self.batch * self.sizes["I"] * self.sizes["O"] * (self.terms + 1)
