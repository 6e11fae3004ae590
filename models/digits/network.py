"""A small Vision Transformer in plain NumPy: forward pass and gradients.

The equations, for images x [B, 1, S, S] cut into patches of P x P pixels:

    t_0   = cls_token;  t_i = W_p patch_i + b_p           (one token per patch)
    z     = t + pos_embed
    z    += proj(attention(norm1(z)))                      per block
    z    += fc2(gelu(fc1(norm2(z))))                       per block
    logits = head(norm(z)[:, 0])

Parameters carry the names of the timm library's VisionTransformer. Every
function works in the dtype of its inputs, so that the same code trains in
float32 and evaluates in float64. A forward function returns its result and
what its backward function needs; `backward` returns one gradient per
parameter, under the parameter's name.
"""

import math

import numpy as np

EPSILON = 1e-6
IMAGE, PATCH, WIDTH, DEPTH, HEADS, CLASSES = 8, 2, 40, 3, 4, 10
TOKENS = (IMAGE // PATCH) ** 2 + 1


def initial_parameters(rng):
    """Parameters before training, float32: matrices normal with standard
    deviation 1 / sqrt(fan in), cut at twice that; token and positions normal
    with 0.02; scales 1; biases 0."""

    def matrix(rows, columns):
        z = np.clip(rng.standard_normal((rows, columns)), -2, 2)
        return z / math.sqrt(columns)

    p = {
        "cls_token": 0.02 * rng.standard_normal((1, 1, WIDTH)),
        "pos_embed": 0.02 * rng.standard_normal((1, TOKENS, WIDTH)),
        "patch_embed.proj.weight": matrix(WIDTH, PATCH * PATCH).reshape(
            WIDTH, 1, PATCH, PATCH
        ),
        "patch_embed.proj.bias": np.zeros(WIDTH),
        "norm.weight": np.ones(WIDTH),
        "norm.bias": np.zeros(WIDTH),
        "head.weight": matrix(CLASSES, WIDTH),
        "head.bias": np.zeros(CLASSES),
    }
    for layer in range(DEPTH):
        shapes = {
            "attn.qkv": (3 * WIDTH, WIDTH),
            "attn.proj": (WIDTH, WIDTH),
            "mlp.fc1": (4 * WIDTH, WIDTH),
            "mlp.fc2": (WIDTH, 4 * WIDTH),
        }
        for name, (rows, columns) in shapes.items():
            p[f"blocks.{layer}.{name}.weight"] = matrix(rows, columns)
            p[f"blocks.{layer}.{name}.bias"] = np.zeros(rows)
        for name in ("norm1", "norm2"):
            p[f"blocks.{layer}.{name}.weight"] = np.ones(WIDTH)
            p[f"blocks.{layer}.{name}.bias"] = np.zeros(WIDTH)
    return {name: value.astype(np.float32) for name, value in p.items()}


def erf(x):
    """The error function. In float64 from the C library, element by element;
    in float32 by formula 7.1.26 of Abramowitz and Stegun (error 1.5e-7)."""
    if x.dtype == np.float64:
        values = map(math.erf, x.ravel())
        return np.fromiter(values, np.float64, x.size).reshape(x.shape)
    t = 1 / (1 + 0.3275911 * np.abs(x))
    coefficients = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    poly = np.zeros_like(x)
    for c in coefficients:
        poly = (poly + np.float32(c)) * t
    return np.sign(x) * (1 - poly * np.exp(-x * x))


def gelu(x):
    """x Phi(x); backward needs x and Phi(x)."""
    phi = 0.5 * (1 + erf(x * x.dtype.type(math.sqrt(0.5))))
    return x * phi, (x, phi)


def gelu_backward(dy, saved):
    x, phi = saved
    density = np.exp(-0.5 * x * x) * x.dtype.type(1 / math.sqrt(2 * math.pi))
    return dy * (phi + x * density)


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"], (name, x)


def linear_backward(p, grads, dy, saved):
    name, x = saved
    rows_y, rows_x = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
    grads[name + ".weight"] = rows_y.T @ rows_x
    grads[name + ".bias"] = rows_y.sum(0)
    return dy @ p[name + ".weight"]


def layer_norm(p, name, x):
    centred = x - x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
    z = centred * rstd
    return z * p[name + ".weight"] + p[name + ".bias"], (name, z, rstd)


def layer_norm_backward(p, grads, dy, saved):
    name, z, rstd = saved
    width = z.shape[-1]
    grads[name + ".weight"] = (dy * z).reshape(-1, width).sum(0)
    grads[name + ".bias"] = dy.reshape(-1, width).sum(0)
    dz = dy * p[name + ".weight"]
    mean = dz.mean(-1, keepdims=True)
    along = (dz * z).mean(-1, keepdims=True)
    return (dz - mean - z * along) * rstd


def attention(p, block, x):
    """softmax(q k^T / sqrt(d)) v per head, between the two projections."""
    batch, tokens, width = x.shape
    size = width // HEADS
    qkv, saved_qkv = linear(p, block + ".attn.qkv", x)
    qkv = qkv.reshape(batch, tokens, 3, HEADS, size).transpose(2, 0, 3, 1, 4)
    q, k, v = qkv
    scores = q @ k.swapaxes(-1, -2) * x.dtype.type(size**-0.5)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    weights = scores / scores.sum(-1, keepdims=True)
    mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    y, saved_proj = linear(p, block + ".attn.proj", mixed)
    return y, (saved_qkv, q, k, v, weights, saved_proj)


def attention_backward(p, grads, dy, saved):
    saved_qkv, q, k, v, weights, saved_proj = saved
    batch, heads, tokens, size = q.shape
    dmixed = linear_backward(p, grads, dy, saved_proj)
    dmixed = dmixed.reshape(batch, tokens, heads, size).transpose(0, 2, 1, 3)
    dweights = dmixed @ v.swapaxes(-1, -2)
    dv = weights.swapaxes(-1, -2) @ dmixed
    dscores = weights * (dweights - (dweights * weights).sum(-1, keepdims=True))
    dscores *= q.dtype.type(size**-0.5)
    dqkv = np.stack([dscores @ k, dscores.swapaxes(-1, -2) @ q, dv])
    dqkv = dqkv.transpose(1, 3, 0, 2, 4).reshape(batch, tokens, 3 * heads * size)
    return linear_backward(p, grads, dqkv, saved_qkv)


def patches(images):
    """[B, 1, S, S] -> [B, patches, P * P], patches and pixels row by row."""
    batch, side = images.shape[0], IMAGE // PATCH
    x = images.reshape(batch, side, PATCH, side, PATCH)
    return x.transpose(0, 1, 3, 2, 4).reshape(batch, side * side, PATCH * PATCH)


def forward(p, images):
    """Logits [B, classes] and everything that `backward` needs."""
    cut = patches(images)
    kernel = p["patch_embed.proj.weight"].reshape(WIDTH, -1)
    tokens = cut @ kernel.T + p["patch_embed.proj.bias"]
    cls = np.broadcast_to(p["cls_token"], (len(images), 1, WIDTH))
    x = np.concatenate([cls, tokens], 1) + p["pos_embed"]
    saved = []
    for layer in range(DEPTH):
        block = f"blocks.{layer}"
        h, norm1 = layer_norm(p, block + ".norm1", x)
        h, attn = attention(p, block, h)
        x = x + h
        h, norm2 = layer_norm(p, block + ".norm2", x)
        h, fc1 = linear(p, block + ".mlp.fc1", h)
        h, act = gelu(h)
        h, fc2 = linear(p, block + ".mlp.fc2", h)
        x = x + h
        saved.append((norm1, attn, norm2, fc1, act, fc2))
    first, norm = layer_norm(p, "norm", x[:, 0])
    logits, head = linear(p, "head", first)
    return logits, (cut, x.shape, saved, norm, head)


def backward(p, dlogits, saved_all):
    """Gradients of a loss whose derivative by the logits is `dlogits`."""
    cut, shape, saved, norm, head = saved_all
    grads = {}
    dfirst = linear_backward(p, grads, dlogits, head)
    dx = np.zeros(shape, dlogits.dtype)
    dx[:, 0] = layer_norm_backward(p, grads, dfirst, norm)
    for norm1, attn, norm2, fc1, act, fc2 in reversed(saved):
        dh = gelu_backward(linear_backward(p, grads, dx, fc2), act)
        dh = linear_backward(p, grads, dh, fc1)
        dx = dx + layer_norm_backward(p, grads, dh, norm2)
        dh = attention_backward(p, grads, dx, attn)
        dx = dx + layer_norm_backward(p, grads, dh, norm1)
    grads["pos_embed"] = dx.sum(0, keepdims=True)
    grads["cls_token"] = dx[:, :1].sum(0, keepdims=True)
    dtokens = dx[:, 1:].reshape(-1, WIDTH)
    dkernel = dtokens.T @ cut.reshape(dtokens.shape[0], -1)
    grads["patch_embed.proj.weight"] = dkernel.reshape(WIDTH, 1, PATCH, PATCH)
    grads["patch_embed.proj.bias"] = dtokens.sum(0)
    return grads
