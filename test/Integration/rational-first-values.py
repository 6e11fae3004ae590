# RUN: %python %s %tenonc %t
"""The quotients of polynomials that KAT begins with: the identity, swish to 1e-5 and tanh
to 1e-3 within -3..3, and what the coefficients published for gelu give in the form of the
released kernels, which is no gelu."""

import numpy as np

from support import arguments, compile_model, run_command

MODEL = """
model golden:
    dim B
    identity_: group_rational[groups = 1, start = "identity"]
    swish: group_rational[groups = 1, start = "swish"]
    tanh_: group_rational[groups = 1, start = "tanh"]
    gelu_: group_rational[groups = 1, start = "gelu"]
    entry run(x: [B, 1]) -> (y: [B, 4]):
        return concat([identity_(x), swish(x), tanh_(x), gelu_(x)], axis = 1)
    train keep(x: [B, 1]):
        minimize mean(run(x), "B four ->")
        update "*" with sgd[0.0]
"""
POINTS = np.float32([-2, -1, -0.5, 0, 0.5, 1, 2])
SWISH = [-0.238406, -0.2689416, -0.1887705, 3e-7, 0.3112296, 0.7310583, 1.761594]
GELU = [-0.0336231, -0.1424423, -0.1485302, -0.0015397, 0.3462533, 0.823506, 1.5736583]

tenonc, scratch, _ = arguments()
(scratch / "golden.tenon").write_text(MODEL)
program = compile_model(tenonc, scratch / "golden.tenon", scratch / "golden", options=["--train"])
np.save(scratch / "x.npy", POINTS[:, None])
program.weights = scratch / "first.safetensors"
run_command([program.path, "train", "--steps", 1, "--input", f"x={scratch / 'x.npy'}", "--checkpoint", program.weights])
y = program("y", x=POINTS[:, None])
assert np.array_equal(y[:, 0], POINTS), y[:, 0]
assert np.abs(y[:, 1] - SWISH).max() < 1e-6, y[:, 1]
assert np.abs(y[:, 3] - GELU).max() < 1e-6, y[:, 3]

x = np.linspace(-3, 3, 1000, dtype=np.float32)[:, None]
wide = x[:, 0].astype(np.float64)
y = program("y", x=x)
for column, truth, bar in ((1, wide / (1 + np.exp(-wide)), 1e-5), (2, np.tanh(wide), 1e-3)):
    error = np.abs(y[:, column] - truth).max()
    print(f"column {column}: {error:.1e} from its function")
    assert error < bar, error
assert np.abs(y[:, 3] - wide / (1 + np.exp(-1.702 * wide))).max() > 1, "the released kernels' gelu is none"
