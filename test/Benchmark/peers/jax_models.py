"""Networks in JAX, as functions of weights and inputs."""

import math

import jax
import jax.numpy as jnp


class Network:
    """Weights by name, and the layers that models share."""

    def __init__(self, task, weights):
        self.task, self.sizes, self.weights = task, task.sizes, weights

    def linear(self, name, x):
        y = x @ self.weights[name + ".weight"].T
        bias = self.weights.get(name + ".bias")
        return y if bias is None else y + bias

    def layer_norm(self, name, x, epsilon):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        z = centred * jax.lax.rsqrt(variance + epsilon)
        return z * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, q, k, v, mask=None):
        batch, tokens, width = q.shape
        heads = self.sizes["heads"]
        q, k, v = (x.reshape(batch, tokens, heads, width // heads) for x in (q, k, v))
        scores = jnp.einsum("bnhd,bmhd->bhnm", q, k) / math.sqrt(width // heads)
        if mask is not None:
            scores = jnp.where(mask, scores, -jnp.inf)
        mixed = jnp.einsum("bhnm,bmhd->bnhd", jax.nn.softmax(scores), v)
        return mixed.reshape(batch, tokens, width)


class Vit(Network):
    """timm's ViT."""

    def mlp(self, name, x):
        hidden = jax.nn.gelu(self.linear(name + ".fc1", x), approximate=False)
        return self.linear(name + ".fc2", hidden)

    def mix(self, name, q, k, v):
        return self.attention(q, k, v)

    def __call__(self, images):
        s, w = self.sizes, self.weights
        patch, rows = s["patch"], s["image"] // s["patch"]
        cut = images.reshape(len(images), 3, rows, patch, rows, patch)
        cut = cut.transpose(0, 2, 4, 1, 3, 5).reshape(len(images), rows * rows, -1)
        kernel = w["patch_embed.proj.weight"].reshape(s["D"], -1)
        x = cut @ kernel.T + w["patch_embed.proj.bias"]
        cls = jnp.broadcast_to(w["cls_token"], (len(images), 1, s["D"]))
        x = jnp.concatenate([cls, x], 1) + w["pos_embed"]
        for l in range(s["depth"]):
            block = f"blocks.{l}."
            qkv = self.linear(
                block + "attn.qkv", self.layer_norm(block + "norm1", x, 1e-6)
            )
            mixed = self.mix(block + "attn", *jnp.split(qkv, 3, -1))
            x = x + self.linear(block + "attn.proj", mixed)
            x = x + self.mlp(block + "mlp", self.layer_norm(block + "norm2", x, 1e-6))
        return self.linear("head", self.layer_norm("norm", x[:, 0], 1e-6))


class Bert(Network):
    """The encoder of BERT, for sentences of one kind; pooled to unit vectors if
    the task says so."""

    def __call__(self, ids, mask):
        words, places, kinds = (
            self.weights[f"embeddings.{table}_embeddings.weight"]
            for table in ("word", "position", "token_type")
        )
        x = words[ids] + (places[: ids.shape[1]] + kinds[0])
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
            hidden = self.linear(layer + "intermediate.dense", x)
            hidden = jax.nn.gelu(hidden, approximate=False)
            mixed = self.linear(layer + "output.dense", hidden)
            x = self.layer_norm(layer + "output.LayerNorm", x + mixed, 1e-12)
        if not self.task.pooled:
            return x
        real = mask[:, :, None].astype(x.dtype)
        mean = (x * real).sum(1) / real.sum(1)
        return mean / jnp.linalg.norm(mean, axis=-1, keepdims=True)


class GrokTransformer(Network):
    """The Transformer that learns sums modulo p; its scale is 1 / d, not 1 / sqrt(d)."""

    def __call__(self, pair):
        D, heads = self.sizes["D"], self.sizes["heads"]
        x = self.weights["transformer.wte.weight"][pair] + self.weights["transformer.wpe.weight"]
        for l in range(self.sizes["layers"]):
            block = f"transformer.h.{l}."
            q, k, v = jnp.split(self.linear(block + "attn.to_qkv", x), 3, -1)
            mixed = self.attention(q / math.sqrt(D // heads), k, v)
            x = x + self.linear(block + "attn.o", mixed)
            x = x + self.linear(block + "mlp.c_proj", jax.nn.relu(self.linear(block + "mlp.c_fc", x)))
        return self.linear("lm_head", x[:, -1]) / D
