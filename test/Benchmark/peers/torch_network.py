"""What the models in PyTorch are made of. Parameters keep the names of the weights
file; tables that are not trained are buffers that do not persist."""

import torch
from torch.nn import functional as F


class Network(torch.nn.Module):
    """Weights by name, and the layers that models share."""

    def __init__(self, task, weights):
        super().__init__()
        self.task, self.sizes = task, task.sizes
        for name, value in weights.items():
            value = torch.from_numpy(value.copy())
            self.register_buffer(name.replace(".", "/"), value)

    def parameter(self, name):
        return getattr(self, name.replace(".", "/"))

    def pack(self, name, parts):
        """Linear maps of one input become one map whose results follow one another."""
        for kind in ("weight", "bias"):
            names = [f"{part}.{kind}".replace(".", "/") for part in parts]
            if hasattr(self, names[0]):
                values = [getattr(self, part) for part in names]
                for part in names:
                    delattr(self, part)
                self.register_buffer(f"{name}.{kind}".replace(".", "/"), torch.cat(values))

    def pair(self, name):
        """Weight and bias, which is None where there is none."""
        bias = getattr(self, f"{name}.bias".replace(".", "/"), None)
        return self.parameter(name + ".weight"), bias

    def linear(self, name, x):
        return F.linear(x, *self.pair(name))

    def layer_norm(self, name, x, epsilon):
        return F.layer_norm(x, x.shape[-1:], *self.pair(name), epsilon)

    def attention(self, q, k, v, mask=None):
        q, k, v = (
            x.unflatten(-1, (self.sizes["heads"], -1)).transpose(1, 2) for x in (q, k, v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return mixed.transpose(1, 2).flatten(2)
