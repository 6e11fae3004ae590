"""Steps of AdamW in JAX, compiled as one program; prints a line of JSON with the seconds of each.

usage: jax_training.py KIND SIZES FOLDER STEPS

XLA takes as many threads as the process may run on.
"""

import json
import os
import pathlib
import sys
import time
import types

os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jax_networks  # noqa: E402
import numpy as np  # noqa: E402

kind, sizes, folder, steps = sys.argv[1:]
folder = pathlib.Path(folder)
jax.config.update("jax_default_matmul_precision", "highest")
network = jax_networks.function(types.SimpleNamespace(kind=kind, sizes=json.loads(sizes)))
weights = jax.device_put(dict(np.load(folder / "weights.npz")))
inputs = jax.device_put(np.load(folder / "inputs.npy"))
labels = jax.device_put(np.load(folder / "labels.npy").astype(np.int32))
RATE, DECAY, BETAS, EPSILON = 1e-3, 0.05, (0.9, 0.999), 1e-8
IS_GROK = kind == "grok_transformer"
SMOOTHING = 0.0 if IS_GROK else 0.1


def loss_of(weights):
    scores = jax.nn.log_softmax(network(weights, inputs))
    wanted = jax.nn.one_hot(labels, scores.shape[1]) * (1 - SMOOTHING) + SMOOTHING / scores.shape[1]
    return -(wanted * scores).sum(-1).mean()


def step(weights, means, squares, number):
    loss, gradients = jax.value_and_grad(loss_of)(weights)
    if not IS_GROK:
        norm = jnp.sqrt(sum((g * g).sum() for g in jax.tree.leaves(gradients)))
        gradients = jax.tree.map(lambda g: g * jnp.minimum(1.0, 1.0 / (norm + 1e-6)), gradients)
    means = jax.tree.map(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, means, gradients)
    squares = jax.tree.map(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, squares, gradients)

    def update(w, m, v):
        m, v = m / (1 - BETAS[0] ** number), v / (1 - BETAS[1] ** number)
        return w * (1 - RATE * DECAY) - RATE * m / (jnp.sqrt(v) + EPSILON)

    return jax.tree.map(update, weights, means, squares), means, squares, loss


run = jax.jit(step, donate_argnums=(0, 1, 2))
means = jax.tree.map(jnp.zeros_like, weights)
squares = jax.tree.map(jnp.zeros_like, weights)
for number in range(1, int(steps) + 1):
    begin = time.perf_counter()
    weights, means, squares, loss = run(weights, means, squares, jnp.float32(number))
    loss = float(loss)
    print(json.dumps({"loss": loss, "seconds": time.perf_counter() - begin}), flush=True)
