"""BERT in PyTorch, with scaled_dot_product_attention."""

from torch.nn import functional as F
from torch_network import Network


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
