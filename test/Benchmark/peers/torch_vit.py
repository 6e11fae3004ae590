"""ViT and KAT in PyTorch, with scaled_dot_product_attention."""

import torch
from torch.nn import functional as F
from torch_network import Network


class Vit(Network):
    """timm's ViT."""

    def mlp(self, name, x):
        return self.linear(name + ".fc2", F.gelu(self.linear(name + ".fc1", x)))

    def mix(self, name, q, k, v):
        """What becomes of the values of the tokens, all heads side by side."""
        return self.attention(q, k, v)

    def forward(self, images):
        patch = self.sizes["patch"]
        x = F.conv2d(images, *self.pair("patch_embed.proj"), stride=patch)
        x = x.flatten(2).transpose(1, 2)
        cls = self.parameter("cls_token").expand(len(images), -1, -1)
        x = torch.cat([cls, x], 1) + self.parameter("pos_embed")
        for l in range(self.sizes["depth"]):
            block = f"blocks.{l}."
            qkv = self.linear(
                block + "attn.qkv", self.layer_norm(block + "norm1", x, 1e-6)
            )
            mixed = self.mix(block + "attn", *qkv.chunk(3, -1))
            x = x + self.linear(block + "attn.proj", mixed)
            x = x + self.mlp(block + "mlp", self.layer_norm(block + "norm2", x, 1e-6))
        return self.linear("head", self.layer_norm("norm", x[:, 0], 1e-6))


class Kat(Vit):
    """The ViT with a learned rational function before each linear map of the MLP."""

    def rational(self, name, x):
        """P(x) / (1 + |b_1 x| + ... + |b_4 x^4|), both by Horner's rule; a
        denominator per group of channels."""
        a = self.parameter(name + ".weight_numerator")[0]
        b = self.parameter(name + ".weight_denominator").abs()[:, :, None]
        z = x.unflatten(-1, (len(b), -1))
        top, bottom, size = a[5], b[:, 3], z.abs()
        for k in range(4, -1, -1):
            top = torch.addcmul(a[k], top, z)
        for k in range(2, -1, -1):
            bottom = torch.addcmul(b[:, k], bottom, size)
        return (top / (1 + bottom * size)).flatten(-2)

    def mlp(self, name, x):
        hidden = self.linear(name + ".fc1", self.rational(name + ".act1", x))
        return self.linear(name + ".fc2", self.rational(name + ".act2", hidden))
