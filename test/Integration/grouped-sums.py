# RUN: %python %s %tenonc %t
"""Sums of outer products by group, the derivative by weights that a token picks, are those of
NumPy: in one product, whatever the order of axes, with empty groups, and sums of several blocks;
equal bits for any number of threads."""

import numpy as np

from support import Executable, arguments, check_equal_bits, levels, relative_frobenius, run_command

tenonc, scratch, _ = arguments()
G = 3
KINDS = {  # name: a, b, indices of a, b and the product, ids, result
    "matrix": ("B, N, 7", "B, N, 19", "abi", "abj", "abij", "B, N", "3, 7, 19"),
    "turned": ("B, N, 7", "B, N, 19", "abi", "abj", "abji", "B, N", "3, 19, 7"),
    "scattered": ("N, B, 7", "19, B, N", "bai", "jab", "abij", "B, N", "3, 7, 19"),
    "one_axis": ("N, 33", "N, 5", "ai", "aj", "aij", "N", "3, 33, 5"),
    "vector": ("N, 33", "N", "ai", "a", "ai", "N", "3, 33"),
    "heads": ("N, 2, 5", "N, 6, 4", "ahi", "ajk", "ahijk", "N", "3, 2, 5, 6, 4"),
    "known": ("5, 6, 4", "5, 6, 9", "abi", "abj", "abij", "5, 6", "3, 4, 9"),
    # The ids number the axes of one operand in the order of the other one's.
    "crossed": ("5, 5, 4", "5, 5, 9", "abi", "baj", "abij", "5, 5", "3, 4, 9"),
}
text = "tenon.size @B from 0 to *\ntenon.size @N from 0 to *\n"
for name, (a, b, ai, bi, yi, ids, result) in KINDS.items():
    sizes = dict(zip(ai + bi, (a + ", " + b).split(", ")))
    product = ", ".join(sizes[index] for index in yi)
    types = [f"!tenon.tensor<[{s}] {e}>" for s, e in ((a, "f32"), (b, "f32"), (ids, "i64"), (product, "f32"), (result, "f32"))]
    A, B_, I, P, R = types
    lists = [", ".join(indices) for indices in (ai, bi, yi)]
    text += f"""
func.func @{name}(%a: {A} {{tenon.name = "a"}}, %b: {B_} {{tenon.name = "b"}}, %i: {I} {{tenon.name = "i"}}, %n: !tenon.tensor<[B, N] f32> {{tenon.name = "n"}}) -> ({R} {{tenon.name = "y"}}) {{
  %p = tenon.contract %a[{lists[0]}], %b[{lists[1]}] -> [{lists[2]}] : {A}, {B_} -> {P}
  %y = tenon.scatter_add %p[%i] axis 0 : {P}, {I} -> {R}
  return %y : {R}
}}
"""
# One value walked in two orders; sums of products, some used twice; an epilogue over all
# groups.
X, Y, P, I, R = (f"!tenon.tensor<[{s}] {e}>" for s, e in (
    ("5, 5, 4", "f32"), ("5, 5, 9", "f32"), ("5, 5, 4, 9", "f32"), ("5, 5", "i64"), ("3, 4, 9", "f32")))
text += f"""
func.func @several(%a: {X} {{tenon.name = "a"}}, %b: {Y} {{tenon.name = "b"}}, %i: {I} {{tenon.name = "i"}}, %w: {R} {{tenon.name = "w"}}, %n: !tenon.tensor<[B, N] f32> {{tenon.name = "n"}}) -> ({R} {{tenon.name = "y"}}) {{
  %p = tenon.contract %a[a, b, i], %b[a, b, j] -> [a, b, i, j] : {X}, {Y} -> {P}
  %q = tenon.contract %a[b, a, i], %b[a, b, j] -> [a, b, i, j] : {X}, {Y} -> {P}
  %s = tenon.map (%c = %p, %d = %q) : ({P}, {P}) -> {P} {{
    %e = arith.addf %c, %d : f32
    tenon.yield %e : f32
  }}
  %u = tenon.scatter_add %s[%i] axis 0 : {P}, {I} -> {R}
  %v = tenon.scatter_add %p[%i] axis 0 : {P}, {I} -> {R}
  %y = tenon.map (%c = %u, %d = %v, %f = %w) : ({R}, {R}, {R}) -> {R} {{
    %e = arith.addf %c, %d : f32
    %g = arith.mulf %e, %f : f32
    tenon.yield %g : f32
  }}
  return %y : {R}
}}
"""
module = scratch / "sums.mlir"
module.write_text(text)
fused = run_command([tenonc, module, "--stop-after=fuse"])
# No product is a tensor of its own, and no sum is a scatter.
assert fused.count("kernel.partition") == len(KINDS) + 1 and "kernel.scatter" not in fused, fused
run_command([tenonc, module, "-o", scratch / "sums"])
program = Executable(scratch / "sums")


def shape_of(text, B, N):
    return [{"B": B, "N": N}[size] if size in "BN" else int(size) for size in text.split(", ")]


for B, N in [(1, 1), (3, 17), (2, 0), (0, 3), (2, 197), (3, 3001)]:
    rng = np.random.default_rng(B * 1000 + N)
    for name, (a, b, ai, bi, yi, ids, result) in KINDS.items():
        x = rng.standard_normal(shape_of(a, B, N)).astype(np.float32)
        z = rng.standard_normal(shape_of(b, B, N)).astype(np.float32)
        # The second group has no rows.
        i = rng.choice([0, 2], shape_of(ids, B, N), p=[0.7, 0.3])
        truth = np.zeros(shape_of(result, B, N))
        tokens = yi[: i.ndim]
        for group in range(G):
            chosen = (i == group).astype(np.float64)
            truth[group] = np.einsum(f"{ai},{bi},{tokens}->{yi[i.ndim:]}", x.astype(np.float64), z, chosen)
        first = None
        for level in levels():
            for threads in 1, 3:
                options = ["--entry", name, "--level", level]
                y = program("y", options=options, threads=threads, a=x, b=z, i=i, n=np.zeros((B, N), np.float32))
                assert relative_frobenius(y, truth) < (1e-6 if N < 1000 else 3e-6), (name, B, N, level, relative_frobenius(y, truth))
                assert np.all(y[1] == 0), (name, B, N, level)
                if threads == 1:
                    first = y
                check_equal_bits(f"{name}, {B}, {N}, {level}", y, first)

rng = np.random.default_rng(5)
a, b, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((5, 5, 4), (5, 5, 9), (3, 4, 9)))
i = rng.integers(0, 3, (5, 5))
chosen = (i == np.arange(3)[:, None, None]).astype(np.float64)
p = np.einsum("abi,abj,gab->gij", a.astype(np.float64), b, chosen)
q = np.einsum("bai,abj,gab->gij", a.astype(np.float64), b, chosen)
y = program("y", options=["--entry", "several"], a=a, b=b, i=i, w=w, n=np.zeros((1, 1), np.float32))
assert relative_frobenius(y, (2 * p + q) * w) < 1e-6, relative_frobenius(y, (2 * p + q) * w)
