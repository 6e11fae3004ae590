# RUN: %python %s %tenonc %t
"""Sums by index, and rows put in their places, are those of NumPy, bit by bit: ids in their order,
along every axis, with shared axes, for few and many columns, on one thread and several; a bad id of
a sum is an error that names it."""

import subprocess

import numpy as np

from support import Executable, arguments, check_equal_bits, levels, run_command

tenonc, scratch, _ = arguments()
KINDS = {  # name: updates, ids, result, axis, shared
    "rows": ("B, N, 70", "B, N", "11, 70", 0, 0),
    "columns": ("67, B", "B", "67, 11", 1, 0),
    "middle": ("3, B, N, 5", "B, N", "3, 11, 5", 1, 0),
    "own": ("B, 2, N, 3", "B, N", "B, 2, 11, 3", 2, 1),
    "scalars": ("B, N", "B, N", "11", 0, 0),
    "labels": ("B, 3", "B", "B, 11, 3", 1, 1),
}
text = "tenon.size @B from 0 to *\ntenon.size @N from 0 to *\n"
for name, (updates, ids, result, axis, shared) in KINDS.items():
    x, i, y = (f"!tenon.tensor<[{s}] {e}>" for s, e in ((updates, "f32"), (ids, "i64"), (result, "f32")))
    clause = f" shared {shared}" if shared else ""
    of_size = ', %n: !tenon.tensor<[N] f32> {tenon.name = "n"}' if "N" not in updates else ""
    text += f"""
func.func @{name}(%x: {x} {{tenon.name = "x"}}, %i: {i} {{tenon.name = "i"}}{of_size}) -> ({y} {{tenon.name = "y"}}) {{
  %y = tenon.scatter_add %x[%i] axis {axis}{clause} : {x}, {i} -> {y}
  return %y : {y}
}}
"""
module = scratch / "scatter.mlir"
module.write_text(text)
run_command([tenonc, module, "-o", scratch / "scatter"])
program = Executable(scratch / "scatter")


def expected(x, i, shape, axis, shared):
    y = np.zeros(shape, np.float32)
    for s in np.ndindex(*shape[:shared]):
        part = np.moveaxis(y[s], axis - shared, 0)
        given = np.moveaxis(x[s].reshape(*shape[shared:axis], i[s].size, *shape[axis + 1 :]), axis - shared, 0)
        np.add.at(part, i[s].ravel(), given)
    return y


def shape_of(text, B, N):
    return [{"B": B, "N": N}.get(size) or (0 if size in "BN" else int(size)) for size in text.split(", ")]


for B, N in [(1, 1), (3, 17), (2, 0), (0, 3), (5, 300)]:
    rng = np.random.default_rng(B + N)
    for name, (updates, ids, result, axis, shared) in KINDS.items():
        x = rng.standard_normal(shape_of(updates, B, N)).astype(np.float32)
        i = rng.integers(0, 11, shape_of(ids, B, N))
        inputs = {"x": x, "i": i, **({} if "N" in updates else {"n": np.zeros(N, np.float32)})}
        truth = expected(x, i, shape_of(result, B, N), axis, shared)
        for level in levels():
            for threads in 1, 3:
                options = ["--entry", name, "--level", level]
                y = program("y", options=options, threads=threads, **inputs)
                check_equal_bits(f"{name}, {B}, {N}, {level}, {threads} threads", y, truth)

# ---------------------------------------------------------------- rows in their places

PUTS = {"rows": ("B, N, 70", "19, 70", "f32"), "planes": ("B, N, 3, 5", "19, 3, 5", "f32"), "scalars": ("B, N", "19", "i64")}
text = "tenon.size @B from 0 to *\ntenon.size @N from 0 to *\n"
for name, (updates, table, dtype) in PUTS.items():
    x, i, t = (f"!tenon.tensor<[{s}] {e}>" for s, e in ((updates, dtype), ("B, N", "i32"), (table, dtype)))
    text += f"""
func.func @{name}(%x: {x} {{tenon.name = "x"}}, %i: {i} {{tenon.name = "i"}}, %t: {t} {{tenon.name = "t"}}) -> ({t} {{tenon.name = "y"}}) {{
  %y = tenon.put %x into %t[%i] : {x}, {t}, {i} -> {t}
  return %y : {t}
}}
"""
module.write_text(text)
run_command([tenonc, module, "-o", scratch / "put"])
put = Executable(scratch / "put")
for B, N in [(1, 1), (3, 6), (2, 0), (0, 3)]:
    rng = np.random.default_rng(B + N)
    for name, (updates, table, dtype) in PUTS.items():
        dtype = np.float32 if dtype == "f32" else np.int64
        x = (rng.standard_normal(shape_of(updates, B, N)) * 100).astype(dtype)
        t = (rng.standard_normal(shape_of(table, B, N)) * 100).astype(dtype)
        i = rng.permutation(25)[: B * N].reshape(B, N).astype(np.int32) - 3  # -3 to 21: some name nothing
        truth = t.copy()
        for place in np.ndindex(B, N):
            if 0 <= i[place] < 19:
                truth[i[place]] = x[place]
        for level in levels():
            for threads in 1, 3:
                y = put("y", options=["--entry", name, "--level", level], threads=threads, x=x, i=i, t=t)
                check_equal_bits(f"put {name}, {B}, {N}, {level}, {threads} threads", y, truth)

for bad in -1, 11, 2**40:
    np.save(scratch / "x.npy", np.zeros((2, 3), np.float32))
    np.save(scratch / "i.npy", np.array([[0, 1, 2], [3, bad, -7]]))
    command = [program.path, "run", "--entry", "scalars", "--input", f"x={scratch}/x.npy", "--input", f"i={scratch}/i.npy"]
    done = subprocess.run([*map(str, command), "--output", f"y={scratch}/y.npy"], capture_output=True, text=True)
    assert done.returncode != 0 and f"{bad}" in done.stderr and "[1, 1]" in done.stderr, done.stderr
