"""The Macaron net in PyTorch, with scaled_dot_product_attention."""

import math

import torch
from macaron_names import names
from torch.nn import functional as F
from torch_network import Network

PAD = 1


class Macaron(Network):
    """Half feed-forward steps around attention, norms before the branches."""

    def __init__(self, task, weights):
        super().__init__(task, weights)
        D = self.sizes["D"]
        speed = torch.exp(torch.arange(D // 2).double() * (-math.log(10000.0) / (D // 2 - 1)))
        longest = max(task.inputs[name].shape[1] for name in ("source", "target"))
        angle = torch.arange(longest + PAD + 1)[:, None] * speed
        waves = torch.cat([angle.sin(), angle.cos()], -1).float()
        waves[PAD] = 0
        self.register_buffer("waves", waves, persistent=False)

    def embed(self, ids, real):
        """Rows of the table; places count the real tokens, padding has none."""
        places = real.cumsum(1) * real + PAD
        rows = F.embedding(ids, self.parameter("encoder.embed_tokens.weight"))
        return rows * self.sizes["D"] ** 0.5 + F.embedding(places, self.waves)

    def half_step(self, name, norm, x):
        hidden = F.relu(self.linear(name + "fc1", self.layer_norm(norm, x, 1e-5)))
        return torch.add(x, self.linear(name + "fc2", hidden), alpha=0.5)

    def split(self, x):
        return x.unflatten(-1, (self.sizes["heads"], -1)).transpose(1, 2)

    def attend(self, name, norm, x, memory=None, **kinds):
        """To the memory, or without one to x itself; the weights of queries, keys and
        values are one parameter."""
        weight, bias = (self.parameter(f"{name}in_proj_{part}") for part in ("weight", "bias"))
        z, D = self.layer_norm(norm, x, 1e-5), x.shape[-1]
        if memory is None:
            q, k, v = F.linear(z, weight, bias).chunk(3, -1)
        else:
            q = F.linear(z, weight[:D], bias[:D])
            k, v = F.linear(memory, weight[D:], bias[D:]).chunk(2, -1)
        y = F.scaled_dot_product_attention(*map(self.split, (q, k, v)), **kinds)
        return x + self.linear(name + "out_proj", y.transpose(1, 2).flatten(2))

    def forward(self, source, target):
        real = source != PAD
        seen = {"attn_mask": real[:, None, None, :]}
        x = self.embed(source, real)
        for l in range(self.sizes["layers"]):
            x = self.half_step(*names("encoder", l, "before"), x)
            x = self.attend(*names("encoder", l, "mix"), x, **seen)
            x = self.half_step(*names("encoder", l, "after"), x)
        memory = self.layer_norm("encoder.layer_norm", x, 1e-5)
        y = self.embed(target, target != PAD)
        for l in range(self.sizes["layers"]):
            y = self.half_step(*names("decoder", l, "before"), y)
            y = self.attend(*names("decoder", l, "mix"), y, is_causal=True)
            y = self.attend(*names("decoder", l, "look"), y, memory, **seen)
            y = self.half_step(*names("decoder", l, "after"), y)
        return F.linear(self.layer_norm("decoder.layer_norm", y, 1e-5), self.parameter("encoder.embed_tokens.weight"))
