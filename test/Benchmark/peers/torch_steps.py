"""Steps of training of the published systems in PyTorch. The rate stays where the model's
schedule begins; what is known before the first step is made before it."""

import dataclasses
import re

import numpy as np
import torch
import torch_models
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


def drawn_again(x):
    return {"x": torch.rand_like(x) * 2 - 1}


def in_one_batch(query, positive, negative):
    return {"ids": torch.cat([query, positive, negative]), "labels": torch.arange(len(query))}


@dataclasses.dataclass
class Recipe:
    """What a step minimizes and how: `prepare` makes the loss's arguments, `plain` matches the parameters without
    decay, `trained` those that are trained; `average` is the factor of the running average of the parameters; `renew`
    makes the arguments of the next step where they change."""

    loss: callable
    rate: float
    decay: float = 0.0
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    clips: bool = False
    average: float = None
    plain: str = "$^"
    trained: str = ""
    prepare: callable = dict
    renew: callable = None


RECIPES = {
    "uat": Recipe(uat_loss, 3e-5, renew=drawn_again),
    "grok": Recipe(grok_loss, 0.01, 5.0, (0.9, 0.98), prepare=with_one_hot),
    "minimal": Recipe(classes_loss(0.0), 1e-3),
    "kat": Recipe(classes_loss(0.1), 2e-6, 0.05, clips=True, plain="bias$|norm|cls_token|pos_embed"),
    "macaron": Recipe(macaron_loss, 1.9e-7, 1e-4, (0.9, 0.98)),
    "mot": Recipe(mot_loss, 7.5e-8, 0.1, (0.9, 0.95), clips=True, plain="norm"),
    "pooling": Recipe(pooling_loss, 1e-7, 0.01, prepare=in_one_batch, trained="lora_|^pool/|layer_weight"),
    "karat": Recipe(classes_loss(0.1), 4e-9, 0.05, eps=1e-6, clips=True, average=0.99992),
}


class Steps:
    """A network with its optimizer and the arrays of a step."""

    def __init__(self, task, compiled):
        torch.set_num_threads(task.threads)
        torch.set_flush_denormal(True)
        self.recipe = RECIPES[task.kind]
        make = AdaptedPooling if task.kind == "pooling" else torch_models.NETWORKS[task.kind]
        network = make(task, task.weights())
        self.arrays = self.recipe.prepare(**dict(zip(task.inputs, torch_models.tensors(task))))
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
            return self.recipe.loss(network, **arrays)

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
        if self.recipe.renew:
            self.arrays = self.recipe.renew(**self.arrays)
        return loss.detach()


def load(task, compiled):
    """A step as a peer runs it."""
    steps = Steps(task, compiled)
    last = None

    def run():
        nonlocal last
        last = steps.step()

    return run, lambda: np.array([float(last)])
