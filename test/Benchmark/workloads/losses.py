"""What a step of each published system minimizes, in float64. `f` is the forward pass."""

import numpy as np

from .base import ROOT  # noqa: F401
from philox import unit


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def cross_entropy(logits, labels, smoothing=0.0):
    scores = log_softmax(logits)
    wanted = np.take_along_axis(scores, labels[..., None], -1).mean()
    return -(1 - smoothing) * wanted - smoothing * scores.mean()


def uat(f, x):
    square, x = x.astype(np.float64)[:, ::-1] ** 2, x.astype(np.float64)
    return ((f(x=x) - square - np.sin(np.pi * x * np.roll(x, -1, axis=1))) ** 2).mean()


def grok(f, m, n, label):
    logits = f(m=m, n=n)
    return ((logits - np.eye(logits.shape[1])[label]) ** 2).mean()


def classes(smoothing):
    return lambda f, images, labels: cross_entropy(f(images=images), labels, smoothing)


def macaron(f, source, target, next):
    return cross_entropy(f(source=source, target=target), next, 0.1)


def mot(f, ids, modality, target):
    return cross_entropy(f(ids=ids, modality=modality), target)


def pooling(f, query, positive, negative):
    q, p, n = (f(ids=ids) for ids in (query, positive, negative))
    return cross_entropy(20 * q @ np.concatenate([p, n]).T, np.arange(len(q)))


LOSSES = {
    "uat": uat,
    "grok": grok,
    "minimal": classes(0.0),
    "kat": classes(0.1),
    "macaron": macaron,
    "mot": mot,
    "pooling": pooling,
    "karat": classes(0.1),
}


def drawn(*shape, low=-1.0, high=1.0):
    """What a model's first step draws, in place of an input."""
    u = unit(int(np.prod(shape)), step=1, draw=0, seed=0)
    return (low + (high - low) * u).reshape(shape).astype(np.float32)
