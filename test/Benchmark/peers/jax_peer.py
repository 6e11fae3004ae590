"""JAX on its CPU backend, compiled when loaded."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax_models  # noqa: E402
import numpy as np  # noqa: E402


def version():
    return jax.__version__


def build(task, folder):
    """Nothing: the model is made from the weights file."""


def load(task, folder):
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_enable_x64", True)  # the token numbers are i64
    inputs = [jax.device_put(value) for value in task.inputs.values()]
    compiled = jax.jit(jax_models.model(task)).lower(*inputs).compile()
    last = None

    def run():
        nonlocal last
        last = jax.block_until_ready(compiled(*inputs))

    return run, lambda: np.asarray(last)
