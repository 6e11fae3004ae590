"""Networks of published papers in JAX."""

import jax
import jax.numpy as jnp
from jax_models import Network, Vit


class Uat(Network):
    """One layer of attention and one ReLU network."""

    def __call__(self, x):
        z = self.linear("lift", x) + self.weights["P"]
        z = z + self.linear("out", self.attention(*(self.linear(name, z) for name in ("query", "key", "value"))))
        return self.linear("fc2", jax.nn.relu(self.linear("fc1", z)))


class Grok(Network):
    """Two maps around a square; the first one's columns are rows of a table."""

    def __call__(self, m, n):
        table = self.weights["fc1.weight"].T
        return self.linear("fc2", jnp.square(table[m] + table[n + self.sizes["p"]]))


class Minimal(Network):
    """The minimal Transformer with separate queries and keys, values, and the feed-forward net."""

    def __call__(self, images):
        s, w = self.sizes, self.weights
        patch, rows = s["patch"], s["image"] // s["patch"]
        cut = images.reshape(len(images), -1, rows, patch, rows, patch)
        cut = cut.transpose(0, 2, 4, 1, 3, 5).reshape(len(images), rows * rows, -1)
        x = cut @ w["embed.weight"].reshape(s["D"], -1).T + w["embed.bias"]
        cls = jnp.broadcast_to(w["cls"], (len(images), 1, s["D"]))
        x = jnp.concatenate([cls, x], 1) + w["position"]
        for l in range(s["layers"]):
            mixed = self.attention(*(self.linear(f"attn.{l}.w{part}", x) for part in "qkv"))
            x = self.layer_norm(f"norm1.{l}", x + self.linear(f"attn.{l}.wo", mixed), 1e-5)
            hidden = jax.nn.gelu(self.linear(f"net.{l}.fc1", x), approximate=False)
            x = self.layer_norm(f"norm2.{l}", x + self.linear(f"net.{l}.fc2", hidden), 1e-5)
        return self.linear("head", x[:, 0])


class Kat(Vit):
    """A ViT with rational functions, by Horner's rule, before the linear maps of the MLP."""

    def rational(self, name, x):
        a = self.weights[name + ".weight_numerator"][0]
        b = jnp.abs(self.weights[name + ".weight_denominator"])[:, :, None]
        z = x.reshape(*x.shape[:-1], len(b), -1)
        top, bottom, size = a[5], b[:, 3], jnp.abs(z)
        for k in range(4, -1, -1):
            top = top * z + a[k]
        for k in range(2, -1, -1):
            bottom = bottom * size + b[:, k]
        return (top / (1 + bottom * size)).reshape(x.shape)

    def mlp(self, name, x):
        hidden = self.linear(name + ".fc1", self.rational(name + ".act1", x))
        return self.linear(name + ".fc2", self.rational(name + ".act2", hidden))


class Karat(Vit):
    """A ViT with sums of Fourier series in the place of softmax. W meets the values before
    the sums do, which are short."""

    def mix(self, name, q, k, v):
        heads = self.sizes["heads"]
        q, k, v = (x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3) for x in (q, k, v))
        a = q * q.shape[-1] ** -0.5 @ k.swapaxes(-1, -2)
        cos, sin = jnp.cos(a), jnp.sin(a)
        cos2, sin2 = 2 * cos * cos - 1, 2 * cos * sin
        terms = [cos, cos2, 2 * cos * cos2 - cos, sin, sin2, 2 * cos * sin2 - sin]
        coef = self.weights[name + ".sigma.phi.coef"].transpose(0, 3, 2, 1)
        y = jnp.concatenate(terms, -1) @ coef.reshape(heads, -1, coef.shape[-1])
        mixed = y @ (self.weights[name + ".sigma.W"].swapaxes(-1, -2) @ v)
        return mixed.transpose(0, 2, 1, 3).reshape(len(v), q.shape[2], -1)
