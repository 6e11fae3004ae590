"""The rows of the table of published systems: each in a configuration of its paper."""

import dataclasses

import numpy as np
from workloads.losses import drawn
from workloads.papers import Run, Step

import systems

IMAGES = {"image": 224, "patch": 16, "channels": 3, "D": 192, "depth": 12, "heads": 3, "classes": 1000}
MACARON = {"vocab": 10152, "D": 512, "heads": 4, "hidden": 512, "layers": 6}
POOLING = {"C": 512, "layers": 4, "heads": 8, "kv_heads": 2, "hidden": 1792, "vocab": 4096, "window": 4096, "r": 16,
           "alpha": 32.0, "latents": 96, "pool_heads": 4, "d": 256}  # fmt: skip


@dataclasses.dataclass
class Row:
    """A system at published sizes; `paper` is its title and number. `given` are the arguments of its inputs, for runs and
    for steps; `arrays` makes what a step takes of what a run takes. `drawn` says that steps draw them themselves, and
    `drops` that the model has dropout, of which steps do without: losses are compared."""

    paper: str
    what: str
    system: object
    given: tuple
    trained: tuple
    arrays: callable
    drawn: bool = False
    drops: bool = True

    @property
    def name(self):
        return self.system.source.stem

    def run(self):
        return Run(f"{self.name}, run", self.system.sizes, self.system, self.given)

    def step(self):
        return Step(f"{self.name}, step", self.system.sizes, self.system, self.trained, self.arrays, self.drawn)


class Macaron(systems.Macaron):
    """Without padding, whose work would be counted and not done."""

    def inputs(self, *given):
        return {name: np.maximum(ids, 2) for name, ids in super().inputs(*given).items()}


class Pooling(systems.Pooling):
    def inputs(self, *given):
        return {"ids": np.maximum(super().inputs(*given)["ids"], 1)}


def labelled(count):
    return lambda inputs: inputs | {"labels": np.arange(len(inputs["images"])) * 7 % count}


def sums(inputs):
    return inputs | {"label": (inputs["m"] + inputs["n"]) % 97}


def shifted(inputs):
    return inputs | {"next": np.roll(inputs["target"], -1, axis=1)}


def next_token(inputs):
    ids = inputs["ids"]
    return {"ids": ids, "modality": inputs["modality"], "target": np.roll(ids, -1, axis=1)}


def triples(inputs):
    ids = inputs["ids"]
    return {"query": ids, "positive": np.roll(ids, 1, axis=0), "negative": np.roll(ids, 2, axis=0)}


ROWS = [
    Row("A single layer as universal approximator, 2507.10581", "w256, batch 256",
        systems.Uat(D=32, heads=4, dk=8, W=256), (256,), (256,),
        lambda inputs: {"x": drawn(*inputs["x"].shape)}, drawn=True, drops=False),
    Row("To grok or not to grok, 2310.13061", "clean, 4704 pairs",
        systems.Grok(p=97, N=500), (4704,), (4704,), sums),
    Row("Reducing the Transformer architecture to a minimum, 2410.13732", "full, batch 64",
        systems.Minimal(image=28, patch=7, channels=1, D=64, layers=6, heads=1, hidden=64, classes=10),
        (64,), (64,), labelled(10)),
    Row("Kolmogorov-Arnold Transformer, 2409.10594; FlashKAT, 2505.13813", "tiny; steps with 8 images",
        systems.Kat(**IMAGES), (1,), (8,), labelled(1000)),
    Row("Macaron Net, 1906.02762", "iwslt, 30 to 30 tokens; steps with 8",
        Macaron(**MACARON), (1, 30, 30), (8, 30, 30), shifted),
    Row("Mixture-of-Transformers, 2411.04996", "chameleon_37m, 256 tokens",
        systems.Mot(D=256, layers=4, heads=8, modalities=3, vocab=65536, qk_norm=False),
        (1, 256), (1, 256), next_token, drops=False),
    Row("Pooling and attention, 2409.02727",
        "all_layers_both_ways at C = 512, 4 layers, 64 tokens; steps with 4 triples",
        Pooling(**POOLING),
        (1, 64), (4, 64), triples),
    Row("Kolmogorov-Arnold attention, 2503.10632", "tiny_g3b; steps with 4 images",
        systems.Karat(**IMAGES, r=12), (1,), (4,), labelled(1000)),
]  # fmt: skip
