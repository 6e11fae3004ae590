"""Systems of published papers: a forward pass, and a step of training."""

import dataclasses

import numpy as np

from .base import Workload
from .losses import LOSSES

NOT_IN_JAX = {"macaron", "mot", "pooling"}


@dataclasses.dataclass(frozen=True)
class Run(Workload):
    """`system` is one of test/Integration/systems.py, `given` the arguments of its inputs."""

    system: object
    given: tuple

    @property
    def kind(self):
        return self.source.stem

    @property
    def not_run(self):
        return ("jax", "jax_step") if self.kind in NOT_IN_JAX else ()

    @property
    def source(self):
        return self.system.source

    @property
    def output(self):
        return self.system.result

    @property
    def batch(self):
        return self.given[0]

    def options(self):
        return [word for name, value in self.system.defines().items() for word in ("-D", f"{name}={value}")]

    def shapes(self):
        return self.system.shapes()

    def weights(self):
        return self.system.random_weights()

    def inputs(self):
        return self.system.inputs(*self.given)

    def reference(self, weights, **inputs):
        return self.system.reference(inputs, weights=weights)


@dataclasses.dataclass(frozen=True)
class Step(Run):
    """Its result is the loss. `arrays` makes what a step takes of what a forward pass takes;
    `drawn` says that the model draws it itself."""

    arrays: callable
    drawn: bool
    batch = 1

    def checked(self):
        return slice(None)

    def inputs(self):
        return self.arrays(super().inputs())

    def reference(self, weights, **inputs):
        def forward(**given):
            return self.system.reference(given, weights=weights)

        return np.array([LOSSES[self.kind](forward, **inputs)])
