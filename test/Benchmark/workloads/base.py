"""What every workload has in common."""

import dataclasses
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "test" / "Integration"))

from weights_io import random_weights  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Workload:
    """A model at its sizes, with random weights and inputs. `kind` tells peers
    which network it is, `output` names the result that is checked."""

    name: str
    sizes: dict
    pooled = False
    samples = 2  # of the batch are checked
    not_run = ()  # peers that have no such network

    def options(self):
        """What the compiler is told of the sizes."""
        defines = (f"{name}={value}" for name, value in self.sizes.items())
        return [word for define in defines for word in ("-D", define)]

    def weights(self):
        return random_weights(self.shapes())

    def checked(self):
        """The samples that are held against the reference, evenly spread."""
        spread = np.linspace(0, self.batch - 1, self.samples).astype(int)
        return sorted(set(spread.tolist()))

    def remark(self):
        """What there is to say of the row below the table, if anything."""
        return None
