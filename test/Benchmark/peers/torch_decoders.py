"""Llama and Mixture-of-Transformers in PyTorch, with scaled_dot_product_attention."""

import numpy as np
import torch
from torch.nn import functional as F
from torch_network import Network


class Decoder(Network):
    """What both share. Positions turn by tables that are made beforehand."""

    theta = 10000.0

    def __init__(self, task, weights, width="D"):
        super().__init__(task, weights)
        tokens = next(iter(task.inputs.values())).shape[1]
        half = self.sizes[width] // self.sizes["heads"] // 2
        speed = self.theta ** (-np.arange(half) / half)
        angle = torch.from_numpy(np.outer(np.arange(tokens), speed)).repeat(1, 2)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)

    def rms_norm(self, name, x):
        return F.rms_norm(x, x.shape[-1:], self.parameter(name + ".weight"), self.epsilon)

    def rope(self, x):
        a, b = x.chunk(2, -1)
        return x * self.cos + torch.cat([-b, a], -1) * self.sin

    def gated(self, name, x):
        gate = F.silu(self.linear(name + ".gate_proj", x))
        return self.linear(name + ".down_proj", gate * self.linear(name + ".up_proj", x))


class Llama(Decoder):
    """With the names of Hugging Face."""

    epsilon = 1e-6

    def mix(self, name, x):
        def heads(part, count):
            y = self.linear(f"{name}.{part}_proj", x)
            return y.unflatten(-1, (count, -1)).transpose(1, 2)

        q = self.rope(heads("q", self.sizes["heads"]))
        k = self.rope(heads("k", self.sizes["kv_heads"]))
        v = heads("v", self.sizes["kv_heads"])
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.linear(name + ".o_proj", y.transpose(1, 2).flatten(2))

    def forward(self, ids):
        x = F.embedding(ids, self.parameter("model.embed_tokens.weight"))
        for l in range(self.sizes["layers"]):
            layer = f"model.layers.{l}."
            z = self.rms_norm(layer + "input_layernorm", x)
            x = x + self.mix(layer + "self_attn", z)
            z = self.rms_norm(layer + "post_attention_layernorm", x)
            x = x + self.gated(layer + "mlp", z)
        return self.linear("lm_head", self.rms_norm("model.norm", x))


class Mot(Decoder):
    """A token meets the weights of its modality: tokens are sorted by it, cut, and put
    back. How many there are of each is known beforehand."""

    epsilon = 1e-5

    def __init__(self, task, weights):
        super().__init__(task, weights)
        for l in range(self.sizes["layers"]):
            for m in range(self.sizes["modalities"]):
                attend, feed = f"blocks.{l}.attention.local_experts", f"blocks.{l}.feed_forward.local_experts"
                self.pack(f"{attend}_qkv.{m}", [f"{attend}_w{part}.{m}" for part in "qkv"])
                self.pack(f"{feed}.{m}.w13", [f"{feed}.{m}.{part}" for part in ("w1", "w3")])
        self.counts = np.bincount(task.inputs["modality"].ravel()).tolist()

    def route(self, function, x, order, back):
        """The tensors that function(m, rows of modality m) gives, in the places of
        the rows."""
        rows = x.flatten(0, 1)
        if len(self.counts) == 1:
            return [y.unflatten(0, x.shape[:2]) for y in function(0, rows)]
        cut = rows.index_select(0, order).split(self.counts)
        parts = [function(m, part) for m, part in enumerate(cut)]
        whole = (torch.cat(part).index_select(0, back) for part in zip(*parts))
        return [y.unflatten(0, x.shape[:2]) for y in whole]

    def seen(self, image):
        """How attention is limited: a position sees those before it and all of its image."""
        if image is None:
            return {"is_causal": True}
        causal = torch.ones(image.shape[1], image.shape[1], dtype=torch.bool).tril()
        same = (image[:, :, None] == image[:, None, :]) & (image[:, :, None] > 0)
        return {"attn_mask": (causal | same)[:, None]}

    def forward(self, ids, modality, image=None):
        heads, seen = self.sizes["heads"], self.seen(image)
        order = modality.flatten().argsort(stable=True)
        back = order.argsort()
        x = F.embedding(ids, self.parameter("tokens.weight"))
        for l in range(self.sizes["layers"]):

            def projections(m, rows, name=f"blocks.{l}.attention.local_experts"):
                qkv = self.linear(f"{name}_qkv.{m}", rows).unflatten(-1, (3, heads, -1))
                if not self.sizes.get("qk_norm", True):
                    return (qkv,)
                q, k, v = qkv.unbind(1)
                q = self.rms_norm(f"{name}_q_normalization.{m}", q)
                return q, self.rms_norm(f"{name}_k_normalization.{m}", k), v

            def out(m, rows, name=f"blocks.{l}.attention.local_experts"):
                y = self.linear(f"{name}_wo.{m}", rows)
                return (self.rms_norm(f"{name}_attention_norm.{m}", y),)

            def mlp(m, rows, name=f"blocks.{l}.feed_forward.local_experts"):
                gate, up = self.linear(f"{name}.{m}.w13", rows).chunk(2, -1)
                y = self.linear(f"{name}.{m}.w2", F.silu(gate) * up)
                return (self.rms_norm(f"{name}_ffn_norm.{m}", y),)

            qkv = self.route(projections, x, order, back)
            q, k, v = (y.transpose(1, 2) for y in (qkv if len(qkv) == 3 else qkv[0].unbind(2)))
            y = F.scaled_dot_product_attention(self.rope(q), self.rope(k), v, **seen)
            x = x + self.route(out, y.transpose(1, 2).flatten(2), order, back)[0]
            x = x + self.route(mlp, x, order, back)[0]
        return self.linear("head", self.rms_norm("norm.0", x))
