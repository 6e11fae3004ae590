"""Steps in PyTorch, run operator by operator."""

import torch
import torch_steps


def version():
    return torch.__version__


def build(task, folder):
    """Nothing: the model is made from the weights file."""


def load(task, folder):
    return torch_steps.load(task, compiled=False)
