"""The minimal Transformer in PyTorch."""

import torch
from torch.nn import functional as F
from torch_network import Network


class Minimal(Network):
    """With separate queries and keys, values, and the feed-forward net."""

    def __init__(self, task, weights):
        super().__init__(task, weights)
        for l in range(self.sizes["layers"]):
            self.pack(f"attn.{l}.qkv", [f"attn.{l}.w{part}" for part in "qkv"])

    def forward(self, images):
        x = F.conv2d(images, *self.pair("embed"), stride=self.sizes["patch"])
        cls = self.parameter("cls").expand(len(images), -1, -1)
        x = torch.cat([cls, x.flatten(2).transpose(1, 2)], 1) + self.parameter("position")
        for l in range(self.sizes["layers"]):
            q, k, v = self.linear(f"attn.{l}.qkv", x).chunk(3, -1)
            mixed = self.linear(f"attn.{l}.wo", self.attention(q, k, v))
            x = self.layer_norm(f"norm1.{l}", x + mixed, 1e-5)
            hidden = F.gelu(self.linear(f"net.{l}.fc1", x))
            x = self.layer_norm(f"norm2.{l}", x + self.linear(f"net.{l}.fc2", hidden), 1e-5)
        return self.linear("head", x[:, 0])
