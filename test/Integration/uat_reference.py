"""One layer of attention and a ReLU network (Gumaan, 2025, arXiv 2507.10581).

    z = E x + P;  z = z + Wo attention(Wq z, Wk z, Wv z);  y = W2 relu(W1 z + b1) + b2

Norms stand before the two branches, after them, or nowhere; each sum may be left out.
"""

import numpy as np

from common_math import attend, layer_norm

EPSILON = 1e-5


def shapes(N, d_in, d_out, D, heads, dk, W, bias=False, residual2=False, norm="none",
           positions="learned", attend=True, **_):  # fmt: skip
    """Name and shape of every parameter."""
    result = {"fc1.bias": (W,), "fc2.bias": (d_out,)}
    mixing = [(name, heads * dk, D) for name in ("query", "key", "value")] + [("out", D, heads * dk)]
    for name, outputs, inputs in (
        ("lift", D, d_in),
        *(mixing if attend else ()),
        ("fc1", W, D),
        ("fc2", d_out, W),
    ):
        result[name + ".weight"] = (outputs, inputs)
        if bias:
            result[name + ".bias"] = (outputs,)
    if norm != "none":
        result["norm1.weight"] = result["norm1.bias"] = (D,)
    if norm == "pre" or norm == "post" and residual2:
        result["norm2.weight"] = result["norm2.bias"] = (D if norm == "pre" else d_out,)
    if positions == "learned":
        result["P"] = (N, D)
    return result


def linear(p, name, x):
    y = x @ p[name + ".weight"].T
    return y + p[name + ".bias"] if name + ".bias" in p else y


def forward(p, x, heads, residual1=True, residual2=False, norm="none", positions="learned"):
    """y [B, N, d_out] of x [B, N, d_in]."""
    z = linear(p, "lift", x)
    if positions == "learned":
        z = z + p["P"]
    elif positions == "one_hot":
        z = z + np.eye(x.shape[1], z.shape[-1], dtype=x.dtype)
    if "query.weight" in p:
        u = layer_norm(p, "norm1", z, EPSILON) if norm == "pre" else z
        o = linear(p, "out", attend(*(linear(p, n, u) for n in ("query", "key", "value")), heads))
        z = z + o if residual1 else o
    if norm == "post":
        z = layer_norm(p, "norm1", z, EPSILON)
    u = layer_norm(p, "norm2", z, EPSILON) if norm == "pre" else z
    y = linear(p, "fc2", np.maximum(linear(p, "fc1", u), 0))
    if residual2:
        y = y + z
    return layer_norm(p, "norm2", y, EPSILON) if norm == "post" and residual2 else y
