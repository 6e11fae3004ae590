# RUN: %python %s %tenonc %t
"""Models whose weights are bf16 or f16: a file of that dtype and an f32 file that is rounded to it
give the same bits, which are those of f32 arithmetic on the rounded weights; the interpreter agrees,
also in ties, at denormals, infinities and NaN."""

import numpy as np

from common_math import gelu
from support import arguments, check_network, compile_model, run_command
from weights_io import write_safetensors

tenonc, scratch, _ = arguments()


def bf16(x):
    """Nearest even in the upper 16 bits, as numbers of 16 bits."""
    bits = x.view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    quiet = bits >> 16 | 0x40
    return np.where(np.isnan(x), quiet, rounded).astype(np.uint16)


def widen(x):
    return (x.astype(np.uint32) << 16).view(np.float32)


def source(dtype):
    path = scratch / f"{dtype}.tenon"
    path.write_text(
        f"""
model narrow:
    precision weights = {dtype}, compute = {dtype}
    dim B
    mlp: ffn[33]
    table: embedding[7, 17]
    param odd: [17] = 0
    entry f(x: [B, 17], ids: i64[B]) -> (y: [B, 17], o: [17]):
        return mlp(x) + table(ids), odd + 0
"""
    )
    return path


shapes = {"mlp.fc1.weight": (33, 17), "mlp.fc1.bias": (33,), "mlp.fc2.weight": (17, 33),
          "mlp.fc2.bias": (17,), "table.weight": (7, 17)}  # fmt: skip
rng = np.random.default_rng(5)
full = {n: (rng.standard_normal(s) / 3).astype(np.float32) for n, s in shapes.items()}
# Halfway cases, denormals, the largest numbers, what is no number.
full["odd"] = np.array(
    [0, -0.0, 1, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1e-40, 3e-8, -6e-8,
     65504, 65519, 65520, 3.4e38, np.inf, -np.inf, np.nan], np.float32)  # fmt: skip

for dtype in ("bf16", "f16"):
    if dtype == "bf16":
        narrow = {n: bf16(x) for n, x in full.items()}
        rounded = {n: widen(x) for n, x in narrow.items()}
    else:
        with np.errstate(over="ignore"):
            narrow = {n: x.astype(np.float16) for n, x in full.items()}
        rounded = {n: x.astype(np.float32) for n, x in narrow.items()}
    path = source(dtype)
    program = compile_model(tenonc, path, scratch / f"{dtype}.exe")
    wide = program.with_weights(full)
    same = program.with_weights(rounded)
    x = rng.standard_normal((5, 17)).astype(np.float32)
    ids = np.array([0, 6, 3, 3, 1])
    file = scratch / f"{dtype}.safetensors"
    write_safetensors(file, narrow, dtype.upper())
    loaded = type(program)(program.path, file)
    for output in ("y", "o"):
        a, b, c = (run(output, x=x, ids=ids) for run in (wide, same, loaded))
        for other in (b, c):
            assert np.array_equal(a, other, equal_nan=True), (dtype, output)
    o = wide("o", x=x, ids=ids)
    assert np.array_equal(o, rounded["odd"] + 0, equal_nan=True), (dtype, o, rounded["odd"])

    w = {n: v.astype(np.float64) for n, v in rounded.items()}
    h = x.astype(np.float64) @ w["mlp.fc1.weight"].T + w["mlp.fc1.bias"]
    y = gelu(h) @ w["mlp.fc2.weight"].T + w["mlp.fc2.bias"] + w["table.weight"][ids]
    check_network(f"y, {dtype}", loaded("y", x=x, ids=ids), y)
    np.save(scratch / "x.npy", x)
    np.save(scratch / "ids.npy", ids)
    for weights in (wide.weights, file):
        run_command([tenonc, "verify", path, "--weights", weights,
                     "--input", f"x={scratch / 'x.npy'}", "--input", f"ids={scratch / 'ids.npy'}"])  # fmt: skip

    # The same from the command line, of a model that says nothing or something else.
    for said in ("", "precision weights = f16\n    ", "precision weights = bf16\n    "):
        other = scratch / "said.tenon"
        statement = f"precision weights = {dtype}, compute = {dtype}\n    "
        other.write_text(path.read_text().replace(statement, said))
        asked = ("--precision", f"weights={dtype}")
        program = compile_model(tenonc, other, scratch / "said", options=asked).with_weights(full)
        assert np.array_equal(program("o", x=x, ids=ids), o, equal_nan=True), (dtype, said)
        run_command([tenonc, "verify", other, "--weights", file, *asked,
                     "--input", f"x={scratch / 'x.npy'}", "--input", f"ids={scratch / 'ids.npy'}"])  # fmt: skip
    exact = compile_model(tenonc, path, scratch / "exact", options=("--precision", "weights=f32"))
    exact = exact.with_weights(full)("o", x=x, ids=ids)
    assert np.array_equal(exact, full["odd"] + 0, equal_nan=True), dtype
