"""KArAt in PyTorch: a ViT with sums of Fourier series in the place of softmax."""

import torch
from torch_vit import Vit


class Karat(Vit):
    """A head's scores a become y_p = sum over q, k of c_pqk phi_k(a_q), and W y its
    weights. Multiples of an angle are made of one cosine and one sine, all terms meet
    their coefficients in one product, and W meets the values before y does, which is
    short: less than half of the time of the formulas as they are published."""

    def __init__(self, task, weights):
        """Coefficients lie as one product takes them: [heads, terms * tokens, r]."""
        names = [name for name in weights if name.endswith(".coef")]
        coef = {name: weights[name].transpose(0, 3, 2, 1) for name in names}
        super().__init__(task, weights | {name: c.reshape(len(c), -1, c.shape[-1]) for name, c in coef.items()})

    def basis(self, a):
        """cos a, .. cos 3 a, sin a, .. sin 3 a, from one cosine and one sine."""
        cos, sin = a.cos(), a.sin()
        twice = 2 * cos
        cos2, sin2 = twice * cos - 1, twice * sin
        return torch.cat([cos, cos2, twice * cos2 - cos, sin, sin2, twice * sin2 - sin], -1)

    def mix(self, name, q, k, v):
        q, k, v = (x.unflatten(-1, (self.sizes["heads"], -1)).transpose(1, 2) for x in (q, k, v))
        a = q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)
        y = self.basis(a) @ self.parameter(name + ".sigma.phi.coef")
        W = self.parameter(name + ".sigma.W")
        return (y @ (W.transpose(-1, -2) @ v)).transpose(1, 2).flatten(2)
