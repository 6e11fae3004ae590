"""The networks that are written in JAX, by their kinds."""

from jax_models import Bert, GrokTransformer, Vit
from jax_papers import Grok, Karat, Kat, Minimal, Uat

NETWORKS = {
    "vit": Vit,
    "bert": Bert,
    "grok_transformer": GrokTransformer,
    "uat": Uat,
    "grok": Grok,
    "minimal": Minimal,
    "kat": Kat,
    "karat": Karat,
}


def function(task):
    """The task's network as a function of weights by name and of its inputs."""
    return lambda weights, *inputs: NETWORKS[task.kind](task, weights)(*inputs)
