"""ViT in PyTorch, with scaled_dot_product_attention."""

import torch
from torch.nn import functional as F
from torch_network import Network


class Vit(Network):
    """timm's ViT."""

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
            x = x + self.linear(block + "attn.proj", self.attention(*qkv.chunk(3, -1)))
            hidden = self.linear(
                block + "mlp.fc1", self.layer_norm(block + "norm2", x, 1e-6)
            )
            x = x + self.linear(block + "mlp.fc2", F.gelu(hidden))
        return self.linear("head", self.layer_norm("norm", x[:, 0], 1e-6))
