"""The networks that learn sums modulo p, in PyTorch."""

import torch
from torch.nn import functional as F
from torch_network import Network


class GrokTransformer(Network):
    def forward(self, pair):
        D, heads = self.sizes["D"], self.sizes["heads"]
        x = F.embedding(pair, self.parameter("transformer.wte.weight")) + self.parameter("transformer.wpe.weight")
        for l in range(self.sizes["layers"]):
            block = f"transformer.h.{l}."
            q, k, v = (
                t.unflatten(-1, (heads, -1)).transpose(1, 2)
                for t in self.linear(block + "attn.to_qkv", x).chunk(3, -1)
            )
            mixed = F.scaled_dot_product_attention(q, k, v, scale=heads / D)
            x = x + self.linear(block + "attn.o", mixed.transpose(1, 2).flatten(2))
            hidden = F.relu(self.linear(block + "mlp.c_fc", x))
            x = x + self.linear(block + "mlp.c_proj", hidden)
        return self.linear("lm_head", x[:, -1]) / D


class Grok(Network):
    """Two maps around a square; the first one's columns are rows of a table."""

    def __init__(self, task, weights):
        weights = dict(weights)
        weights["table"] = weights.pop("fc1.weight").T
        super().__init__(task, weights)

    def forward(self, m, n):
        table, n = self.parameter("table"), n + self.sizes["p"]
        if torch.compiler.is_compiling():  # which fuses the sum and the square
            h = F.embedding(m, table) + F.embedding(n, table)
        else:
            h = F.embedding_bag(torch.stack([m, n], 1), table, mode="sum")
        return self.linear("fc2", h.square())
