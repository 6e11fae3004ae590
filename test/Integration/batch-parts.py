# RUN: %python %s %tenonc %t
"""A large batch passes in parts: the same bits as sample by sample, any threads, little
memory; shared inputs and those with a default are whole for each part; an id out of
range is reported at its place in the batch."""

import re
import subprocess

import numpy as np

from support import arguments, check_equal_bits, compile_model, levels, run_command
from weights_io import random_weights

tenonc, scratch, _ = arguments()
source = scratch / "parts.tenon"
source.write_text(
    """
model parts[D = 16]:
    dim B, T
    inner: ffn[3 * D]
    names: embedding[7, D]
    entry run(x: [B, T, D], id: i64[B], shift: [T, D], real: bool[B, T] = true) -> (y: [B, T, D], top: [B]):
        z = inner(x + shift + names(id)[:, none])
        w = softmax(where(real, mean(z, "B T D -> B T"), -1e9))
        return z, einsum(w, z[:, :, 0], "B T, B T -> B")
"""
)
program = compile_model(tenonc, source, scratch / "parts")
shapes = {"inner.fc1.weight": (48, 16), "inner.fc1.bias": (48,), "inner.fc2.weight": (16, 48),
          "inner.fc2.bias": (16,), "names.weight": (7, 16)}  # fmt: skip
program = program.with_weights(random_weights(shapes))

B, T = 203, 450
rng = np.random.default_rng(0)
inputs = {
    "x": rng.standard_normal((B, T, 16)).astype(np.float32),
    "id": rng.integers(0, 7, B),
    "shift": rng.standard_normal((T, 16)).astype(np.float32),
}
masked = inputs | {"real": rng.random((B, T)) < 0.5}
alone = {"x", "id", "real"}
for level in levels():
    for given in (inputs, masked):
        for output in ("y", "top"):
            options = ["--level", level]
            whole = program(output, threads=1, options=options, **given)
            what = f"{output}, {len(given)} inputs, {level}"
            two = program(output, threads=2, options=options, **given)
            check_equal_bits(f"{what}, two threads", two, whole)
            for sample in (0, 1, 63, 64, 100, 202):
                own = {n: a[sample : sample + 1] if n in alone else a for n, a in given.items()}
                row = program(output, threads=1, options=options, **own)
                check_equal_bits(f"{what}, sample {sample}", whole[sample : sample + 1], row)

text = run_command([program.path, "bench", "--weights", program.weights, "--size", f"B={B},T={T}",
                    "--repeat", "1", "--warmup", "0"])  # fmt: skip
arena = int(re.search(r"arena (\d+) bytes", text)[1])
assert arena < 9e6, f"parts take {arena} bytes; all samples would take {B * T * 64 * 4}"

inputs["id"][150] = 7
folder = scratch / "wrong"
folder.mkdir()
command = [program.path, "run", "--weights", program.weights, "--output", f"y={folder}/y.npy"]
for name, array in inputs.items():
    np.save(folder / f"{name}.npy", array)
    command += ["--input", f"{name}={folder}/{name}.npy"]
done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
assert done.returncode == 1, done
assert "input 'id' holds 7 at index [150]" in done.stderr, done.stderr
