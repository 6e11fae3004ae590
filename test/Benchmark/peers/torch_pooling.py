"""Sentence embeddings from a decoder with LoRA, in PyTorch."""

import torch
from torch.nn import functional as F
from torch_decoders import Decoder

PAD = 0
ATTEND, FEED = "attn_pool.cross_attend_blocks.0", "attn_pool.cross_attend_blocks.1"
PARTS = {
    "self_attn.qkv": [f"self_attn.{part}_proj" for part in "qkv"],
    "mlp.gate_up": ["mlp.gate_proj", "mlp.up_proj"],
}
ADAPTED = [part for parts in PARTS.values() for part in parts] + ["self_attn.o_proj", "mlp.down_proj"]


class AdaptedPooling(Decoder):
    """Latents attend to the means of every layer's states; a token sees all others that
    are real. Each map of the decoder has a correction."""

    epsilon = 1e-5

    def __init__(self, task, weights):
        super().__init__(task, weights, width="C")
        self.scale = self.sizes["alpha"] / self.sizes["r"]

    def correction(self, name):
        return [getattr(self, f"{name}.lora_{part}.weight".replace(".", "/"), None) for part in "AB"]

    def linear(self, name, x):
        y, (A, B) = super().linear(name, x), self.correction(name)
        if A is None:
            return y
        rows = torch.addmm(y.flatten(0, -2), F.linear(x, A).flatten(0, -2), B.T, alpha=self.scale)
        return rows.view_as(y)

    def maps(self, layer, group, x):
        return [self.linear(layer + part, x) for part in PARTS[group]]

    def split(self, x):
        size = self.sizes["C"] // self.sizes["heads"]
        return x.unflatten(-1, (-1, size)).transpose(1, 2)

    def states(self, ids, mask):
        """Of each layer, the last one's normalized."""
        x, layers = F.embedding(ids, self.parameter("model.embed_tokens.weight")), self.sizes["layers"]
        for l in range(layers):
            layer = f"model.layers.{l}."
            z = self.rms_norm(layer + "input_layernorm", x)
            q, k, v = map(self.split, self.maps(layer, "self_attn.qkv", z))
            y = F.scaled_dot_product_attention(self.rope(q), self.rope(k), v, mask, enable_gqa=True)
            x = x + self.linear(layer + "self_attn.o_proj", y.transpose(1, 2).flatten(2))
            z = self.rms_norm(layer + "post_attention_layernorm", x)
            gate, up = self.maps(layer, "mlp.gate_up", z)
            x = x + self.linear(layer + "mlp.down_proj", F.silu(gate) * up)
            yield self.rms_norm("model.norm", x) if l == layers - 1 else x

    def latent_queries(self):
        """By head, with the scale of the scores."""
        z = self.layer_norm(f"{ATTEND}.norm_context", self.parameter("attn_pool.latents"), 1e-5)
        q = self.linear(f"{ATTEND}.fn.to_q", z).unflatten(-1, (self.sizes["pool_heads"], -1))
        return q.transpose(0, 1) * self.sizes["d"] ** -0.5

    def out_map(self):
        """The last map's weights by head, [heads, d, C]."""
        weight = self.parameter(f"{ATTEND}.fn.to_out.weight").T
        return weight.unflatten(0, (self.sizes["pool_heads"], -1))

    def pool(self, z):
        """Values go through the last map before latents weigh them, being few, and the
        mean over latents goes before the map that follows."""
        keys = self.linear(f"{ATTEND}.fn.to_kv", self.layer_norm(f"{ATTEND}.norm", z, 1e-5))
        k, v = keys.unflatten(-1, (2, self.sizes["pool_heads"], -1)).permute(2, 0, 3, 1, 4)
        weights = (self.latent_queries() @ k.transpose(-1, -2)).softmax(-1)
        read = weights.transpose(1, 2).flatten(2) @ (v @ self.out_map()).flatten(1, 2)
        x = self.parameter("attn_pool.latents") + read
        u, g = self.linear(f"{FEED}.fn.net.0", self.layer_norm(f"{FEED}.norm", x, 1e-5)).chunk(2, -1)
        return x.mean(1) + self.linear(f"{FEED}.fn.net.2", (u * F.gelu(g)).mean(1))

    def forward(self, ids):
        real = ids != PAD
        mask = torch.zeros(real.shape).masked_fill(~real, -torch.inf)[:, None, None, :]
        share = (real / real.sum(1, keepdim=True).clamp(min=1))[:, None]
        means = [(share @ x).squeeze(1) for x in self.states(ids, mask)]
        z = torch.stack(means, 1) + self.parameter("attn_pool.pos_emb.weight")
        return F.normalize(self.pool(z), eps=1e-12)


class Pooling(AdaptedPooling):
    """Not to be trained any more: corrections are added to their maps, maps of one input
    are packed, and what needs no input is kept."""

    def __init__(self, task, weights):
        super().__init__(task, weights)
        for layer in (f"model.layers.{l}." for l in range(self.sizes["layers"])):
            for name in (layer + part for part in ADAPTED):
                A, B = self.correction(name)
                self.parameter(name + ".weight").add_(B @ A, alpha=self.scale)
                for part in "AB":
                    delattr(self, f"{name}.lora_{part}.weight".replace(".", "/"))
            for group, parts in PARTS.items():
                self.pack(layer + group, [layer + part for part in parts])
        self.register_buffer("queries", AdaptedPooling.latent_queries(self))
        self.register_buffer("out", AdaptedPooling.out_map(self).contiguous())

    def maps(self, layer, group, x):
        y, shared = self.linear(layer + group, x), self.sizes["kv_heads"] * self.sizes["C"] // self.sizes["heads"]
        return y.split((self.sizes["C"], shared, shared), -1) if group == "self_attn.qkv" else y.chunk(2, -1)

    def latent_queries(self):
        return self.queries

    def out_map(self):
        return self.out
