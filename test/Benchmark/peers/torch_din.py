"""The Deep Interest Network in PyTorch."""

import torch
from torch.nn import functional as F
from torch_network import Network


class Din(Network):
    """As the release of 2018: softmax over the history, sigmoids between layers."""

    def both(self, ids):
        """An item's row and its category's."""
        item, cate = self.parameter("item.weight"), self.parameter("cate.weight")
        rows = F.embedding(ids, item), F.embedding(self.parameter("cate_of")[ids], cate)
        return torch.cat(rows, -1)

    def interest(self, query, keys, real):
        """The rows of the history, weighted by how each meets the candidate."""
        q = query[:, None].expand_as(keys)
        z = torch.cat([q, keys, q - keys, q * keys], -1)
        hidden = torch.sigmoid(self.linear("att.fc1", z))
        hidden = torch.sigmoid(self.linear("att.fc2", hidden))
        scores = self.linear("att.fc3", hidden).squeeze(-1)
        scores = scores.masked_fill(~real, -4294967295.0) * query.shape[-1] ** -0.5
        return torch.bmm(scores.softmax(-1)[:, None], keys).squeeze(1)

    def batch_norm(self, name, x):
        mean, var = (self.parameter(f"{name}.running_{part}") for part in ("mean", "var"))
        return F.batch_norm(x, mean, var, *self.pair(name), eps=1e-3)

    def forward(self, candidate, history, length):
        v, keys = self.both(candidate), self.both(history)
        real = torch.arange(history.shape[1]) < length[:, None]
        u = self.batch_norm("hist_bn", self.interest(v, keys, real))
        u = self.linear("hist_fc", u)
        x = self.batch_norm("top_bn", torch.cat([u, v, u * v], -1))
        x = torch.sigmoid(self.linear("fc1", x))
        x = torch.sigmoid(self.linear("fc2", x))
        return self.linear("fc3", x).squeeze(-1) + self.parameter("item_bias")[candidate]
