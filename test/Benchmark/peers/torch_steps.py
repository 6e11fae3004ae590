"""Steps of training of the published systems in PyTorch. What is known before the first step
is made before it."""

import re

import numpy as np
import torch
import torch_models
from step_recipes import RECIPES
from torch.nn import functional as F
from torch_pooling import AdaptedPooling


def uat_loss(network, x):
    target = x.flip(1).square() + torch.sin(torch.pi * x * x.roll(-1, 1))
    return F.mse_loss(network(x), target)


def grok_loss(network, m, n, wanted):
    return F.mse_loss(network(m, n), wanted)


def classes_loss(smoothing):
    def loss(network, images, labels):
        return F.cross_entropy(network(images), labels, label_smoothing=smoothing)

    return loss


def macaron_loss(network, source, target, next):
    logits = network(source, target).flatten(0, 1)
    return F.cross_entropy(logits, next.flatten(), ignore_index=1, label_smoothing=0.1)


def mot_loss(network, ids, modality, target):
    return F.cross_entropy(network(ids, modality).flatten(0, 1), target.flatten(), ignore_index=-1)


def pooling_loss(network, ids, labels):
    """Queries, positives and negatives in one batch."""
    q, others = network(ids).split((len(labels), 2 * len(labels)))
    return F.cross_entropy(20 * q @ others.T, labels)


def with_one_hot(m, n, label):
    return {"m": m, "n": n, "wanted": F.one_hot(label, 97).float()}


def in_one_batch(query, positive, negative):
    return {"ids": torch.cat([query, positive, negative]), "labels": torch.arange(len(query))}


# The loss, and what makes its arguments of the arrays of a step where they are others.
LOSSES = {
    "uat": (uat_loss, dict),
    "grok": (grok_loss, with_one_hot),
    "minimal": (classes_loss(0.0), dict),
    "kat": (classes_loss(0.1), dict),
    "macaron": (macaron_loss, dict),
    "mot": (mot_loss, dict),
    "pooling": (pooling_loss, in_one_batch),
    "karat": (classes_loss(0.1), dict),
}


class Steps:
    """A network with its optimizer and the arrays of a step."""

    def __init__(self, task, compiled):
        torch.set_num_threads(task.threads)
        torch.set_flush_denormal(True)
        self.recipe = RECIPES[task.kind]
        make = AdaptedPooling if task.kind == "pooling" else torch_models.NETWORKS[task.kind]
        network = make(task, task.weights())
        function, prepare = LOSSES[task.kind]
        self.arrays = prepare(**dict(zip(task.inputs, torch_models.tensors(task))))
        self.parameters, groups = [], {True: [], False: []}
        for name, value in network.state_dict(keep_vars=True).items():
            if re.search(self.recipe.trained, name):
                self.parameters.append(value.requires_grad_())
                groups[bool(re.search(self.recipe.plain, name))].append(value)
        self.optimizer = torch.optim.AdamW(
            [{"params": groups[False], "weight_decay": self.recipe.decay},
             {"params": groups[True], "weight_decay": 0.0}],
            lr=self.recipe.rate, betas=self.recipe.betas, eps=self.recipe.eps, fused=True)  # fmt: skip
        self.averages = [value.detach().clone() for value in self.parameters] if self.recipe.average else None

        def loss(**arrays):
            return function(network, **arrays)

        self.loss = torch.compile(loss, fullgraph=True, dynamic=False) if compiled else loss

    def step(self):
        """The loss before the update."""
        loss = self.loss(**self.arrays)
        loss.backward()
        if self.recipe.clips:
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.averages:
            torch._foreach_lerp_(self.averages, self.parameters, 1 - self.recipe.average)
        if self.recipe.draws:
            self.arrays = {name: torch.rand_like(x) * 2 - 1 for name, x in self.arrays.items()}
        return loss.detach()


def load(task, compiled):
    """A step as a peer runs it."""
    steps = Steps(task, compiled)
    last = None

    def run():
        nonlocal last
        last = steps.step()

    return run, lambda: np.array([float(last)])
