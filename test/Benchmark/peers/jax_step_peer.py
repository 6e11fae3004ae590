"""Steps of AdamW in JAX, compiled as one program, with the recipes of torch_steps.py."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import re  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jax_networks  # noqa: E402
import numpy as np  # noqa: E402
from step_recipes import RECIPES  # noqa: E402


def version():
    return jax.__version__


def build(task, folder):
    """Fills the cache of compiled programs that `load` looks into."""
    load(task, folder)


def cross_entropy(logits, labels, smoothing):
    scores = jax.nn.log_softmax(logits)
    wanted = jnp.take_along_axis(scores, labels[:, None], -1).mean()
    return -(1 - smoothing) * wanted - smoothing * scores.mean()


def uat_loss(network, x):
    target = x[:, ::-1] ** 2 + jnp.sin(jnp.pi * x * jnp.roll(x, -1, axis=1))
    return jnp.square(network(x) - target).mean()


def grok_loss(network, m, n, label):
    logits = network(m, n)
    return jnp.square(logits - jax.nn.one_hot(label, logits.shape[1])).mean()


def classes_loss(smoothing):
    return lambda network, images, labels: cross_entropy(network(images), labels, smoothing)


LOSSES = {"uat": uat_loss, "grok": grok_loss, "minimal": classes_loss(0.0), "kat": classes_loss(0.1),
          "karat": classes_loss(0.1)}  # fmt: skip


def clipped(gradients):
    norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in gradients.values()))
    return {name: g * jnp.minimum(1.0, 1.0 / (norm + 1e-6)) for name, g in gradients.items()}


def step_function(task, recipe):
    """The state holds weights, both means of the gradients, running averages of the weights if the recipe has them, and
    the number of the step."""
    network, (first, second) = jax_networks.function(task), recipe.betas

    def step(state, *arrays):
        loss_of = lambda weights: LOSSES[task.kind](lambda *inputs: network(weights, *inputs), *arrays)
        loss, gradients = jax.value_and_grad(loss_of)(state["weights"])
        gradients = clipped(gradients) if recipe.clips else gradients
        number, new = state["number"] + 1, {"weights": {}, "means": {}, "squares": {}, "averages": {}}
        for name, g in gradients.items():
            m = new["means"][name] = first * state["means"][name] + (1 - first) * g
            v = new["squares"][name] = second * state["squares"][name] + (1 - second) * g * g
            m, v = m / (1 - first**number), v / (1 - second**number)
            decay = 0.0 if re.search(recipe.plain, name) else recipe.decay
            w = state["weights"][name] * (1 - recipe.rate * decay) - recipe.rate * m / (jnp.sqrt(v) + recipe.eps)
            new["weights"][name] = w
            if recipe.average:
                new["averages"][name] = w + recipe.average * (state["averages"][name] - w)
        return new | {"number": number}, loss

    return step


def load(task, folder):
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    recipe, weights = RECIPES[task.kind], jax.device_put(task.weights())
    zeros = lambda: jax.tree.map(jnp.zeros_like, weights)
    averages = jax.tree.map(jnp.copy, weights) if recipe.average else {}
    state = {"weights": weights, "means": zeros(), "squares": zeros(), "averages": averages, "number": jnp.float32(0)}
    arrays = [jax.device_put(v.astype(np.int32) if v.dtype == np.int64 else v) for v in task.inputs.values()]
    function = jax.jit(step_function(task, recipe), donate_argnums=0).lower(state, *arrays).compile()
    rng, last = np.random.default_rng(0), None

    def run():
        nonlocal state, last, arrays
        state, loss = function(state, *arrays)
        last = float(loss)
        if recipe.draws:
            arrays = [jax.device_put(rng.uniform(-1, 1, a.shape).astype(np.float32)) for a in arrays]

    return run, lambda: np.array([last])
