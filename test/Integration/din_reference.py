"""A Deep Interest Network (Zhou et al., 2018, arXiv 1706.06978).

With e(i) = [item row of i, row of i's category], v = e(candidate), k_j = e(history_j)
and a(v, k) = fc3(sigmoid(fc2(sigmoid(fc1([v, k, v - k, v * k])))):

    w_j = a(v, k_j) where j < length, else 0           ("none")
    w   = softmax of a(v, k_j) E^-1/2, -2^32 + 1 beyond ("softmax", scaled)
    u   = W bn(sum_j w_j k_j),  x = bn([u, v, u * v])
    y   = fc3(act(fc2(act(fc1(x))))) + bias of the candidate

bn is (x - mean) / sqrt(var + eps) * g + b; dice is p s + (1 - p) alpha s with p the
sigmoid of s normalized by running mean and variance, eps 1e-8.
"""

import numpy as np

from common_math import linear, softmax


def shapes(items, cates, W, h1, h2, act="dice", **_):
    """Name and shape of every parameter but the table of categories."""
    E = 2 * W
    result = {"item_bias": (items,), "item.weight": (items, W), "cate.weight": (cates, W)}
    for name, inputs, outputs in (
        ("att.fc1", 4 * E, 80), ("att.fc2", 80, 40), ("att.fc3", 40, 1), ("hist_fc", E, E),
        ("fc1", 3 * E, h1), ("fc2", h1, h2), ("fc3", h2, 1),
    ):  # fmt: skip
        result[name + ".weight"], result[name + ".bias"] = (outputs, inputs), (outputs,)
    norms = {"hist_bn": E, "top_bn": 3 * E}
    for name, width in norms.items():
        for part in ("running_mean", "running_var", "weight", "bias"):
            result[f"{name}.{part}"] = (width,)
    for name, width in (("act1", h1), ("act2", h2)) if act == "dice" else ():
        for part in ("running_mean", "running_var", "alpha"):
            result[f"{name}.{part}"] = (width,)
    return result


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def batch_norm(p, name, x, epsilon):
    epsilon = x.dtype.type(epsilon)
    z = (x - p[name + ".running_mean"]) / np.sqrt(p[name + ".running_var"] + epsilon)
    return z * p[name + ".weight"] + p[name + ".bias"] if name + ".weight" in p else z


def activation(p, name, s):
    if name + ".alpha" not in p:
        return sigmoid(s)
    knee = sigmoid(batch_norm(p, name, s, 1e-8))
    return knee * s + (1 - knee) * p[name + ".alpha"] * s


def interest(p, query, keys, mask, normalize, scaled):
    query_of = np.broadcast_to(query[:, None], keys.shape)
    z = np.concatenate([query_of, keys, query_of - keys, query_of * keys], axis=-1)
    hidden = sigmoid(linear(p, "att.fc2", sigmoid(linear(p, "att.fc1", z))))
    w = linear(p, "att.fc3", hidden)[..., 0]
    if normalize == "softmax":
        w = np.where(mask, w, w.dtype.type(-4294967295.0))
        if scaled:
            w = w * w.dtype.type(keys.shape[-1] ** -0.5)
        w = softmax(w)
    else:
        w = np.where(mask, w, 0)
    return np.einsum("bt,bte->be", w, keys)


def forward(p, cate_of, candidate, history, length, normalize="none", scaled=False):
    """The logit [B] of each candidate after a history [B, T] of `length` entries."""
    def both(ids):
        return np.concatenate([p["item.weight"][ids], p["cate.weight"][cate_of[ids]]], axis=-1)

    v, keys = both(candidate), both(history)
    mask = np.arange(history.shape[1]) < length[:, None]
    pooled = interest(p, v, keys, mask, normalize, scaled)
    u = linear(p, "hist_fc", batch_norm(p, "hist_bn", pooled, 1e-3))
    x = batch_norm(p, "top_bn", np.concatenate([u, v, u * v], axis=-1), 1e-3)
    x = activation(p, "act1", linear(p, "fc1", x))
    x = activation(p, "act2", linear(p, "fc2", x))
    return linear(p, "fc3", x)[:, 0] + p["item_bias"][candidate]
