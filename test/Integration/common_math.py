"""Functions that the references share, in the dtype of their argument.

A reference computes a system's equations with NumPy. Called with float64
arrays it is the truth; with float32 arrays it shows what plain code loses to
rounding, against which the bar of a whole network is set.
"""

import math

import numpy as np


def erf(x):
    """The error function, element by element, from the C library."""
    values = map(math.erf, x.ravel().tolist())
    return np.fromiter(values, np.float64, x.size).reshape(x.shape).astype(x.dtype)


def gelu(x):
    """x Phi(x), with Phi the normal distribution function."""
    half = x.dtype.type(0.5)
    return half * x * (1 + erf(x * x.dtype.type(math.sqrt(0.5))))


def linear(p, name, x):
    """x W^T + b with the parameters NAME.weight [out, in] and NAME.bias."""
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def layer_norm(p, name, x, epsilon):
    """(x - mean) / sqrt(variance + epsilon) per row, scaled and moved."""
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred * centred).mean(-1, keepdims=True)
    z = centred / np.sqrt(variance + x.dtype.type(epsilon))
    return z * p[name + ".weight"] + p[name + ".bias"]


def softmax(scores, allowed=None):
    """Softmax along the last axis over the entries that `allowed` marks (all
    when none); a row without any gives zeros."""
    if allowed is None:
        allowed = np.ones((1,) * scores.ndim, bool)
    allowed = np.broadcast_to(allowed, scores.shape)
    some = allowed.any(-1, keepdims=True)
    scores = np.where(allowed, scores, scores.dtype.type(-np.inf))
    top = np.where(some, scores.max(-1, keepdims=True, initial=-np.inf), 0).astype(scores.dtype)
    weights = np.where(allowed, np.exp(scores - top), 0).astype(scores.dtype)
    total = np.where(some, weights.sum(-1, keepdims=True), 1).astype(scores.dtype)
    return weights / total


def split_heads(x, heads):
    """[batch, tokens, heads * d] -> [batch, heads, tokens, d]."""
    batch, tokens, width = x.shape
    x = x.reshape(batch, tokens, heads, width // heads)
    return x.transpose(0, 2, 1, 3)


def merge_heads(x):
    """[batch, heads, tokens, d] -> [batch, tokens, heads * d]."""
    batch, heads, tokens, size = x.shape
    return x.transpose(0, 2, 1, 3).reshape(batch, tokens, heads * size)


def attend(q, k, v, heads, keys=None):
    """softmax(q k^T / sqrt(d)) v per head; q, k, v are [batch, tokens, width],
    `keys` [batch, tokens] marks the tokens that may be attended to."""
    q, k, v = (split_heads(x, heads) for x in (q, k, v))
    scale = q.dtype.type(1 / math.sqrt(q.shape[-1]))
    scores = np.einsum("bhnd,bhmd->bhnm", q, k) * scale
    allowed = None if keys is None else keys[:, None, None, :]
    return merge_heads(np.einsum("bhnm,bhmd->bhnd", softmax(scores, allowed), v))
