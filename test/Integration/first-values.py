# RUN: %python %s %tenonc %t
"""First values of parameters: of each distribution the numbers that Philox 4x32-10 gives by
seed, parameter and place, with the spreads that the grammar states; computed tables."""

import numpy as np

from philox import philox
from support import arguments, compile_model, run_command
from weights_io import read_safetensors

MODEL = """
model first:
    dim B
    param one: [3] = 0.5
    param table: [4] = cast(iota(4), f32) ^ 2
    param even: [64, 32] ~ uniform(low = -2.0, high = 6.0)
    param bell: [64, 32] ~ normal(std = 3.0)
    param cut: [64, 32] ~ trunc_normal(std = 3.0)
    param kaiming: [64, 32] ~ kaiming_uniform(gain = 2.0)
    param he: [64, 8, 3] ~ kaiming_normal()
    param xavier: [64, 32] ~ xavier_uniform()
    param again: [64, 32] ~ normal()
    param tall: [24, 7] ~ orthogonal()
    param wide: [5, 3, 4] ~ orthogonal(gain = 2.0)
    turned: linear[64, layout = "io", bias = false]
    drawn: linear[64, layout = "io", bias = false]
    initialize "again" ~ uniform(low = 1.0, high = 2.0)
    initialize "drawn.*" ~ xavier_uniform(gain = 3.0)

    entry f(x: [B]) -> (y: [B]):
        s = sum(one, ".. ->") + sum(table, ".. ->") + sum(even, ".. ->") + sum(bell, ".. ->") + sum(cut, ".. ->")
        s += sum(tall, ".. ->") + sum(wide, ".. ->") + sum(turned(full([2, 16], 1.0)), ".. ->")
        s += sum(drawn(full([2, 16], 1.0)), ".. ->")
        return x * (s + sum(kaiming, ".. ->") + sum(he, ".. ->") + sum(xavier, ".. ->") + sum(again, ".. ->"))

    train fit(x: [B]):
        minimize mean(f(x), "B ->")
        update "*" with sgd[0.0]
        defaults steps = 1
"""
NAMES = ["one", "table", "even", "bell", "cut", "kaiming", "he", "xavier", "again", "tall", "wide"]
NAMES += ["turned.weight", "drawn.weight"]


def words(shape, name, seed):
    """Four words of each place of a parameter."""
    return philox([np.arange(np.prod(shape)), 0, NAMES.index(name), 0], seed)


def unit(high, low):
    return ((high << np.uint64(32) | low) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def uniform(name, shape, low, high, seed):
    w = words(shape, name, seed)
    return (low + (high - low) * unit(w[0], w[1])).reshape(shape)


def normal(name, shape, deviation, seed):
    w = words(shape, name, seed)
    radius = np.sqrt(-2 * np.log(1 - unit(w[0], w[1])))
    return (deviation * radius * np.cos(2 * np.pi * unit(w[2], w[3]))).reshape(shape)


def orthogonal(name, rows, columns, seed):
    """Q of the standing matrix, with a positive diagonal of R (Saxe et al. 2014)."""
    q, r = np.linalg.qr(normal(name, (max(rows, columns), min(rows, columns)), 1, seed))
    q *= np.sign(np.diag(r))
    return q if rows >= columns else q.T


tenonc, scratch, _ = arguments()
(scratch / "first.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "first.tenon", scratch / "first", options=["--train"])
np.save(scratch / "x.npy", np.ones(2, np.float32))
for seed in (0, 12345):
    checkpoint = scratch / "c.safetensors"
    run_command([program.path, "train", "--input", f"x={scratch / 'x.npy'}", "--seed", seed, "--checkpoint", checkpoint])
    found = read_safetensors(checkpoint)
    matrix, bound = (64, 32), np.sqrt(6 / (32 + 64))
    truth = {
        "one": np.full(3, 0.5), "table": np.arange(4.0) ** 2,
        "even": uniform("even", matrix, -2, 6, seed),
        "bell": normal("bell", matrix, 3, seed),
        "kaiming": uniform("kaiming", matrix, -2 * np.sqrt(3 / 32), 2 * np.sqrt(3 / 32), seed),
        "he": normal("he", (64, 8, 3), 1 / np.sqrt(24), seed),
        "xavier": uniform("xavier", matrix, -bound, bound, seed),
        "again": uniform("again", matrix, 1, 2, seed),
        "tall": orthogonal("tall", 24, 7, seed),
        "wide": 2 * orthogonal("wide", 5, 12, seed).reshape(5, 3, 4),
        # [in, out]: 16 inputs, 64 outputs.
        "turned.weight": uniform("turned.weight", (16, 64), -np.sqrt(3 / 16), np.sqrt(3 / 16), seed),
        "drawn.weight": uniform("drawn.weight", (16, 64), -3 * np.sqrt(6 / 80), 3 * np.sqrt(6 / 80), seed),
    }  # fmt: skip
    for name, value in truth.items():
        error = np.abs(found[name] - value).max()
        assert error <= 1e-6 * max(1, np.abs(value).max()), f"seed {seed}, {name}: {error}"
    plain, cut = normal("cut", matrix, 3, seed), found["cut"]
    inside = np.abs(plain) <= 6
    assert np.allclose(cut[inside], plain[inside], atol=1e-5), "what is within two deviations stays"
    assert not inside.all() and np.abs(cut).max() <= 6, "two deviations are the limit"
