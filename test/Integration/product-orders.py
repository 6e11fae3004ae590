# RUN: %python %s %tenonc %t
"""Chains of products that are multiplied in another order than written agree with float64 NumPy:
weights behind one another, attention without softmax, projections of wide heads, factors between,
odd, empty and dynamic sizes."""

import numpy as np

from support import arguments, check_network, compile_model, levels, run_command

tenonc, scratch, _ = arguments()
source = scratch / "orders.tenon"
source.write_text(
    """
model orders[D = 17, H = 31, O = 5]:
    dim B, N
    up: linear[H, bias = false]
    down: linear[O]
    wide: linear[2 * D, bias = false]
    entry behind(x: [B, N, D]) -> (y: [B, N, O]): return down(up(x))
    entry linear_attention(q: [B, 3, N, 8], k: [B, 3, N, 8], v: [B, 3, N, 5]) -> (y: [B, 3, N, 5]):
        return attention(q, k, v, score = identity)
    entry merged(x: [B, N, D]) -> (y: [B, N, N]):
        return einsum(wide(x), wide(x) * 0.25, "B N d, B M d -> B N M")
    entry four(a: [N, 3], b: [3, N], c: [N, 2], d: [2, N]) -> (y: [N, N]): return 2 * (a @ b @ c * 0.5 @ d)
"""
)
program = compile_model(tenonc, source, scratch / "orders")
rng = np.random.default_rng(7)
shapes = {"up.weight": (31, 17), "down.weight": (5, 31), "down.bias": (5,), "wide.weight": (34, 17)}
weights = {n: rng.standard_normal(s).astype(np.float32) / 4 for n, s in shapes.items()}
program = program.with_weights(weights)
w = {n: x.astype(np.float64) for n, x in weights.items()}

TRUTH = {
    "behind": lambda x: x @ w["up.weight"].T @ w["down.weight"].T + w["down.bias"],
    "linear_attention": lambda q, k, v: q @ k.swapaxes(-1, -2) / 8**0.5 @ v,
    "merged": lambda x: (x @ w["wide.weight"].T) @ (x @ w["wide.weight"].T).swapaxes(-1, -2) / 4,
    "four": lambda a, b, c, d: a @ b @ c @ d,
}
for B, N in [(1, 1), (2, 3), (1, 17), (3, 67), (0, 2), (2, 0)]:
    inputs = {
        "behind": {"x": (B, N, 17)},
        "linear_attention": {"q": (B, 3, N, 8), "k": (B, 3, N, 8), "v": (B, 3, N, 5)},
        "merged": {"x": (B, N, 17)},
        "four": {"a": (N, 3), "b": (3, N), "c": (N, 2), "d": (2, N)},
    }
    for entry, tensors in inputs.items():
        given = {n: rng.standard_normal(s).astype(np.float32) for n, s in tensors.items()}
        truth = TRUTH[entry](**{n: x.astype(np.float64) for n, x in given.items()})
        for level in levels():
            y = program("y", options=["--entry", entry, "--level", level], **given)
            check_network(f"{entry}, {B}, {N}, {level}", y, truth)
text = run_command([tenonc, source, "--explain"])
for words in ("another order: 12% of the multiplications", "another order"):
    assert words in text, text
