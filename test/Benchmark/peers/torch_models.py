"""ViT and BERT in PyTorch, with scaled_dot_product_attention. Parameters keep
the names of the weights file."""

import torch
from torch.nn import functional as F


class Network(torch.nn.Module):
    """Weights by name, and the layers that both models share."""

    def __init__(self, task, weights):
        super().__init__()
        self.task, self.sizes = task, task.sizes
        for name, value in weights.items():
            value = torch.from_numpy(value.copy())
            self.register_buffer(name.replace(".", "/"), value)

    def parameter(self, name):
        return getattr(self, name.replace(".", "/"))

    def pair(self, name):
        return self.parameter(name + ".weight"), self.parameter(name + ".bias")

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


class Bert(Network):
    """The encoder of BERT, for sentences of one kind; pooled to unit vectors if
    the task says so."""

    def forward(self, ids, mask):
        words, places, kinds = (
            self.parameter(f"embeddings.{table}_embeddings.weight")
            for table in ("word", "position", "token_type")
        )
        x = F.embedding(ids, words) + (places[: ids.shape[1]] + kinds[0])
        x = self.layer_norm("embeddings.LayerNorm", x, 1e-12)
        keys = mask[:, None, None, :]
        for l in range(self.sizes["layers"]):
            layer = f"encoder.layer.{l}."
            q, k, v = (
                self.linear(f"{layer}attention.self.{part}", x)
                for part in ("query", "key", "value")
            )
            mixed = self.linear(
                layer + "attention.output.dense", self.attention(q, k, v, keys)
            )
            x = self.layer_norm(layer + "attention.output.LayerNorm", x + mixed, 1e-12)
            hidden = F.gelu(self.linear(layer + "intermediate.dense", x))
            mixed = self.linear(layer + "output.dense", hidden)
            x = self.layer_norm(layer + "output.LayerNorm", x + mixed, 1e-12)
        if not self.task.pooled:
            return x
        real = mask[:, :, None].float()
        return F.normalize((x * real).sum(1) / real.sum(1), dim=-1, eps=1e-12)


def model(task):
    """The task's network with its weights."""
    network = {"vit": Vit, "bert": Bert}[task.kind]
    return network(task, task.weights()).eval()


def tensors(task):
    """Its inputs, in the order in which `forward` takes them."""
    return [torch.from_numpy(value) for value in task.inputs.values()]
