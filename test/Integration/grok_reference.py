"""The two-layer network of "To grok or not to grok" (Doshi et al., 2023, arXiv
2310.13061), with a step of its training.

    h = U[:, m] + V[:, n],  a = h^2,  y = W norm(a),  [U V] = fc1.weight, W = fc2.weight
    loss = mean over samples and outputs of (y - onehot(label))^2

norm is nothing, batch norm or layer norm, with eps 1e-5. AdamW multiplies a weight by
1 - rate * decay before it takes the step of Adam.
"""

import numpy as np

from common_math import layer_norm

EPSILON = 1e-5
BETAS = 0.9, 0.98


def shapes(p, N, norm="none", **_):
    """Name and shape of every parameter."""
    result = {"fc1.weight": (N, 2 * p), "fc2.weight": (p, N)}
    if norm == "batch":
        result["bn.running_mean"] = result["bn.running_var"] = (N,)
    if norm != "none":
        result["bn.weight"] = result["bn.bias"] = (N,)
    return result


def forward(w, m, n, norm="none", keep=None):
    """Logits [B, p]; neurons where `keep` is false are left out."""
    p = len(w["fc2.weight"])
    a = (w["fc1.weight"][:, m] + w["fc1.weight"][:, p + n]).T ** 2
    if norm == "layer":
        a = layer_norm(w, "bn", a, EPSILON)
    elif norm == "batch":
        deviation = np.sqrt(w["bn.running_var"] + a.dtype.type(EPSILON))
        a = (a - w["bn.running_mean"]) / deviation * w["bn.weight"] + w["bn.bias"]
    if keep is not None:
        a = np.where(keep, a, 0)
    return a @ w["fc2.weight"].T


def participation(w):
    """Of the Fourier coefficients of each row: sum |c|^4 / (sum |c|^2)^2."""
    power = np.abs(np.fft.rfft(w)) ** 2
    return (power**2).sum(-1) / power.sum(-1) ** 2


def neurons(w):
    p = len(w["fc2.weight"])
    lines = w["fc1.weight"][:, :p], w["fc1.weight"][:, p:], w["fc2.weight"].T
    return sum(participation(line) for line in lines) / 3


def cosines(p, N, rng):
    """Weights that add modulo p without being trained: of each neuron a frequency s and
    two phases, U = c cos(s m + a), V = c cos(s n + b), W = c cos(s q + a + b). The mean
    output at the sum is 1 with c = (2 / N)^(1/3)."""
    turns = 2 * np.pi * np.outer(rng.integers(1, (p + 1) // 2, N), np.arange(p)) / p
    a, b = rng.uniform(0, 2 * np.pi, (2, N, 1))
    c = (2 / N) ** (1 / 3)
    U, V, W = c * np.cos(turns + a), c * np.cos(turns + b), c * np.cos(turns + a + b)
    return {"fc1.weight": np.concatenate([U, V], 1), "fc2.weight": np.ascontiguousarray(W.T)}


def loss_and_gradients(w, m, n, label, norm="none"):
    """What a step minimizes, and its derivatives; batch norm takes the batch's own mean
    and variance, and moves the running ones in `w` on by a tenth."""
    p, B = len(w["fc2.weight"]), len(m)
    h = (w["fc1.weight"][:, m] + w["fc1.weight"][:, p + n]).T
    z = h**2
    if norm == "batch":
        mean, variance = z.mean(0), z.var(0)
        deviation = np.sqrt(variance + EPSILON)
        z = (z - mean) / deviation
    y = z * w["bn.weight"] + w["bn.bias"] if norm == "batch" else z
    logits = y @ w["fc2.weight"].T
    error = logits - np.eye(p)[label]
    d = 2 * error / error.size
    gradients = {"fc2.weight": d.T @ y}
    dz = d @ w["fc2.weight"]
    if norm == "batch":
        gradients["bn.weight"], gradients["bn.bias"] = (dz * z).sum(0), dz.sum(0)
        dz = dz * w["bn.weight"]
        dz = (dz - dz.mean(0) - z * (dz * z).mean(0)) / deviation
        w["bn.running_mean"] = 0.9 * w["bn.running_mean"] + 0.1 * mean
        w["bn.running_var"] = 0.9 * w["bn.running_var"] + 0.1 * variance * B / (B - 1)
    dh = 2 * h * dz
    gradients["fc1.weight"] = np.zeros((h.shape[1], 2 * p))
    for column in (m, p + n):
        np.add.at(gradients["fc1.weight"].T, column, dh)
    return (error**2).mean(), (logits.argmax(1) == label).mean(), gradients


def train(w, steps, m, n, label, rate, decay, norm="none"):
    """Loss and accuracy at each step, and the weights after them."""
    w, first, second, lines = dict(w), {}, {}, []
    for step in range(1, steps + 1):
        loss, accuracy, gradients = loss_and_gradients(w, m, n, label, norm)
        lines.append((loss, accuracy))
        for name, g in gradients.items():
            first[name] = BETAS[0] * first.get(name, 0) + (1 - BETAS[0]) * g
            second[name] = BETAS[1] * second.get(name, 0) + (1 - BETAS[1]) * g**2
            mean, square = first[name] / (1 - BETAS[0] ** step), second[name] / (1 - BETAS[1] ** step)
            w[name] = w[name] * (1 - rate * decay) - rate * mean / (np.sqrt(square) + 1e-8)
    return lines, w
