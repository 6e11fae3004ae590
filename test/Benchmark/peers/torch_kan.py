"""Kolmogorov-Arnold layers in PyTorch: the terms of the basis, then one product."""

import torch
from torch.nn import functional as F
from torch_network import Network


class KanLayer(Network):
    """Terms times coefficients, and a linear map of silu(x)."""

    def forward(self, x):
        terms = self.basis(x).flatten(1)
        y = F.linear(terms, self.parameter("layer.coef").flatten(1))
        return y + F.linear(F.silu(x), self.parameter("layer.weight"))


class KanSpline(KanLayer):
    """Cubic B-splines over equal intervals of -1 to 1, as differences of cubes."""

    def basis(self, x):
        G = self.sizes["G"]
        center = torch.arange(-1, G + 2, dtype=x.dtype)
        away = ((x[..., None] + 1) * (G / 2) - center).abs()
        return (F.relu(2 - away) ** 3 - 4 * F.relu(1 - away) ** 3) / 6


class KanFourier(KanLayer):
    """Cosines and sines of the multiples of x."""

    def basis(self, x):
        angle = x[..., None] * torch.arange(1, self.sizes["G"] + 1, dtype=x.dtype)
        return torch.cat([angle.cos(), angle.sin()], -1)
