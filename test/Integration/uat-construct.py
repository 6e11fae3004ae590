# RUN: %python %s %tenonc %t
"""One layer of attention, built by hand so that every token receives the whole sequence: what
leaks from other tokens is what the formula says, down to nothing when scores are far apart,
and scores that exp alone would not survive do no harm. Without positions the network commutes
with permutations of the tokens, with them it doesn't; without sums around it attention stays
in the range of its values. Without attention tokens do not see one another."""

import math

import numpy as np

from support import arguments, check_network, compile_model
from systems import Uat

tenonc, scratch, _ = arguments()
SHARPNESS = {5: 2.0e-2, 10: 1.4e-4, 20: 6.2e-9, 30: 2.8e-13, 89: 0, 200: 0}  # for 4 tokens: (N - 1) e^-s


def constructed(N, sharpness):
    """Channels 0..N-1 hold the token's place, channel N its value. Head j of all queries
    finds the key of place j; the network behind adds and subtracts two halves of what it
    was given."""
    D = N + 1
    place, value = np.eye(D)[:N], np.eye(D)[N:]
    halves = np.concatenate([np.eye(N), -np.eye(N)])
    weights = {
        "lift.weight": value.T,
        "query.weight": np.repeat(place.sum(0, keepdims=True), N, axis=0),
        "key.weight": sharpness * place,
        "value.weight": np.repeat(value, N, axis=0),
        "out.weight": place.T,
        "fc1.weight": halves @ place,
        "fc2.weight": halves.T,
        "fc1.bias": np.zeros(2 * N),
        "fc2.bias": np.zeros(N),
    }
    return {name: array.astype(np.float32) for name, array in weights.items()}


def check_construction(N):
    sizes = {"N": N, "D": N + 1, "heads": N, "dk": 1, "W": 2 * N, "d_out": N, "residual1": False, "positions": "one_hot"}
    system = Uat(**sizes)
    program = compile_model(tenonc, system.source, scratch / f"construct{N}", system.defines(), options=["--mcpu=native"])
    x = np.random.default_rng(N).uniform(-1, 1, (50, N, 1)).astype(np.float32)
    for sharpness, bound in SHARPNESS.items():
        y = program.with_weights(constructed(N, sharpness))("y", x=x)
        assert y.shape == (50, N, N) and np.isfinite(y).all()
        sequence = x[:, None, :, 0].astype(np.float64)
        leak = math.exp(-sharpness)
        expected = (sequence * (1 - leak) + leak * sequence.sum(-1, keepdims=True)) / (1 + (N - 1) * leak)
        error, shown = np.abs(y - expected).max(), np.abs(y - sequence).max()
        span = np.ptp(x)
        print(f"N {N}, sharpness {sharpness}: {shown:.1e} from the sequence, {error:.1e} from the formula")
        assert error < 3e-7, "not what the formula says"
        assert shown <= span * (N - 1) * leak + 3e-7, "more leaks than may"
        if N == 4:
            assert abs((N - 1) * leak - bound) <= 0.05 * bound + 1e-30, "not the number of the table"
        if sharpness >= 20:
            assert (np.abs(y - sequence) <= 2.0**-23).all(), "a weight that rounds to 1 passes the value on"


def check_properties():
    order = np.array([2, 0, 3, 1])
    for positions in ("none", "learned"):
        system = Uat(positions=positions)
        program = system.compile(tenonc, scratch, ["--mcpu=native"], name=positions)
        x = system.inputs(20)["x"]
        moved, expected = program("y", x=x[:, order]), program("y", x=x)[:, order]
        if positions == "none":
            check_network("permuted tokens", moved, expected.astype(np.float64))
        else:
            assert np.abs(moved - expected).max() > 0.05, "places have no influence"

    # A single head whose values are its inputs, and a network that passes one channel on.
    sizes = {"D": 3, "heads": 1, "dk": 3, "W": 2, "residual1": False, "positions": "none"}
    system = Uat(**sizes)
    program = system.compile(tenonc, scratch, ["--mcpu=native"], name="hull")
    one, eye = np.eye(1, 3, dtype=np.float32), np.eye(3, dtype=np.float32)
    hull = {**system.weights, "lift.weight": one.T, "value.weight": eye, "out.weight": eye}
    hull |= {"fc1.weight": np.concatenate([one, -one]), "fc1.bias": np.zeros(2, np.float32)}
    hull |= {"fc2.weight": np.float32([[1, -1]]), "fc2.bias": np.zeros(1, np.float32)}
    hull["query.weight"] = hull["key.weight"] = 4 * eye
    x = system.inputs(50)["x"]
    y = program.with_weights(hull)("y", x=x)
    low, high = x.min(1, keepdims=True), x.max(1, keepdims=True)
    assert (y >= low - 1e-6).all() and (y <= high + 1e-6).all(), "outside of the values"
    assert (np.abs(y - x.mean(1, keepdims=True)) > 0.02).any(), "always the mean"

    system = Uat(attend=False)
    program = system.compile(tenonc, scratch, ["--mcpu=native"], name="alone")
    inputs = system.inputs(7)
    before = program("y", **inputs)
    check_network("without attention", before, system.reference(inputs))
    inputs["x"][:, 2] += 1
    after = program("y", **inputs)
    assert np.array_equal(np.delete(after, 2, axis=1), np.delete(before, 2, axis=1)), "another token is seen"
    assert not np.array_equal(after[:, 2], before[:, 2])


for N in (1, 4, 9):
    check_construction(N)
check_properties()
