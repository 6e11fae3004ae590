"""How the published systems are trained, for all peers. The rate stays where the model's
schedule begins."""

import dataclasses


@dataclasses.dataclass
class Recipe:
    """AdamW; `plain` matches the parameters without decay, `trained` those that are trained; `average` is the factor of
    the running average of the parameters; `draws` says that every step draws its input."""

    rate: float
    decay: float = 0.0
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    clips: bool = False
    average: float = None
    plain: str = "$^"
    trained: str = ""
    draws: bool = False


RECIPES = {
    "uat": Recipe(3e-5, draws=True),
    "grok": Recipe(0.01, 5.0, (0.9, 0.98)),
    "minimal": Recipe(1e-3),
    "kat": Recipe(2e-6, 0.05, clips=True, plain="bias$|norm|cls_token|pos_embed"),
    "macaron": Recipe(1.9e-7, 1e-4, (0.9, 0.98)),
    "mot": Recipe(7.5e-8, 0.1, (0.9, 0.95), clips=True, plain="norm"),
    "pooling": Recipe(1e-7, 0.01, trained="lora_|^pool|layer_weight"),
    "karat": Recipe(4e-9, 0.05, eps=1e-6, clips=True, average=0.99992),
}
