"""Rows R and S of the table of bad inputs, as `run` meets them: inputs and
weights. What a weight file alone can have wrong is in SafetensorsTest.cpp.

usage: run_inputs_test.py FAKE BARE EMBEDDED
"""
import sys

import numpy as np

from rows import run_rows, write_weights


def row_R01(r):
    base = ["run", "--weights", r.weights, "--output", "y=" + r.path("y.npy")]
    r.run(base, 1, "input 'x' is missing; expected f32 [B, N, 4]",
          "input 'ids' is missing; expected i64 [B, N]")
    r.run(r.arguments("--input", "idz=" + r.path("ids.npy")), 1, "input 'idz' is unknown",
          "expected 'x', 'ids', 'mask'", "did you mean 'ids'?")


def row_R02(r):
    for dtype, name in ("f8", "f64"), ("i4", "i32"):
        r.save("bad.npy", r.x.astype(dtype))
        r.run(r.arguments(x="bad.npy"), 1, f"input 'x' has dtype {name}; expected f32")
    r.save("bad.npy", r.ids.astype("i4"))
    r.run(r.arguments(ids="bad.npy"), 1, "input 'ids' has dtype i32; expected i64")


def row_R03(r):
    r.save("bad.npy", np.zeros((2, 12), "f4"))
    r.run(r.arguments(x="bad.npy"), 1, "input 'x' has shape [2, 12]; expected [B, N, 4]")
    r.save("bad.npy", np.zeros((2, 3, 5), "f4"))
    r.run(r.arguments(x="bad.npy"), 1, "has shape [2, 3, 5]; expected [B, N, 4]",
          "dimension 2 is 5; expected 4")


def row_R04(r):
    r.save("bad.npy", np.zeros((4, 3, 2), "f4"))
    r.run(r.arguments(x="bad.npy"), 1, "has shape [4, 3, 2]; expected [B, N, 4]")


def row_R05(r):
    r.save("bad.npy", np.zeros((3, 3), "i8"))
    r.run(r.arguments(ids="bad.npy"), 1, "size 'B' is 2 (input 'x', dimension 0) and 3 "
          "(input 'ids', dimension 0)")
    r.save("x.npy", np.zeros((65, 3, 4), "f4"))
    r.save("ids.npy", np.zeros((65, 3), "i8"))
    r.run(r.arguments(), 1, "size 'B' is 65 (input 'x', dimension 0); expected 0..64")
    join = ["run", "--entry", "join", "--weights", r.weights, "--output", "c=" + r.path("c.npy")]
    a, b = np.arange(3, dtype="f4"), np.arange(5, dtype="f4")
    join += [f"--input={name}={r.save(name + '.npy', array)}"
             for name, array in (("a", a), ("b", b), ("both", np.zeros(7, "f4")))]
    r.run(join, 1, "input 'both' has shape [7]; expected [N + K]", "expected N + K = 8")
    r.save("both.npy", np.zeros(8, "f4"))
    r.good(join, np.concatenate([a, b]), out="c.npy")
    half = ["run", "--entry", "half", "--weights", r.weights, "--output", "y=" + r.path("y.npy"),
            "--input", "x=" + r.path("odd.npy")]
    r.save("odd.npy", np.arange(8, dtype="f4"))
    r.run(half, 1, "no value of 'K' makes dimension 0 equal 8")
    odd = np.arange(9, dtype="f4")
    r.save("odd.npy", odd)
    r.good(half, odd[1::2])


def row_R06(r):
    r.save("x.npy", np.zeros((0, 3, 4), "f4"))
    r.save("ids.npy", np.zeros((0, 3), "i8"))
    r.good(r.arguments(), np.zeros((0, 3, 4), "f4"))


def row_R07(r):
    r.save("x.npy", np.zeros((2, 0, 4), "f4"))
    r.save("ids.npy", np.zeros((2, 0), "i8"))
    r.run(r.arguments(), 1, "size 'N' is 0", "expected 1..16")


def row_R08(r):
    r.save("x.npy", r.x[:, :1])
    r.save("ids.npy", r.ids[:, :1])
    r.good(r.arguments(), r.expected()[:, :1])


def row_R09(r):
    r.save("x.npy", np.zeros((2, 17, 4), "f4"))
    r.save("ids.npy", np.zeros((2, 17), "i8"))
    r.run(r.arguments(), 1, "size 'N' is 17", "expected 1..16")


def row_R11(r):
    for value in 10, -1, 2**31, -2**63:
        ids = r.ids.copy()
        ids[1, 2] = value
        r.save("bad.npy", ids)
        for threads in "1", "2", "7":
            r.run(r.arguments("--threads", threads, ids="bad.npy"), 1,
                  f"run: error: input 'ids' holds {value} at index [1, 2]; expected 0..9",
                  "in block 'embed' (fake.tenon:2:3)")
    ids[0, 1] = 77
    r.save("bad.npy", ids)
    for threads in "1", "2", "7":
        r.run(r.arguments("--threads", threads, ids="bad.npy"), 1, "holds 77 at index [0, 1]")


def row_R12(r):
    r.save("bad.npy", np.array([[1, 2], [3, 5]]))
    r.run(["run", "--entry", "lookup", "--weights", r.weights, "--input",
           "ids=" + r.path("bad.npy"), "--output", "y=" + r.path("y.npy")], 1,
          "in block 'embed'", "holds 10 at flat position 3; expected 0..9")


def row_R15(r):
    x = r.x.copy()
    x[0, 1, 2] = np.nan
    r.save("x.npy", x)
    with np.errstate(invalid="ignore"):
        r.good(r.arguments(), r.expected(x))
    found = np.isnan(np.load(r.path("y.npy")))
    r.check(found[0, 1, 2] and found.sum() == 1, "NaN spread")
    r.run(r.arguments("--check-finite", out="z.npy"), 4, "input 'x' holds NaN at flat position 6")


def row_R16(r):
    x = r.x.copy()
    x[0, 0] = [np.inf, -np.inf, -0.0, 1e-42]
    x[0, 1] = [np.finfo("f4").max, np.finfo("f4").min, 0, -1e-45]
    r.save("x.npy", x)
    with np.errstate(over="ignore"):
        r.good(r.arguments(), r.expected(x))


def row_R17(r):
    good = r.arguments("--input", "mask=" + r.path("mask.npy"))
    for value, expected in (False, r.x * 0), (True, r.expected()):
        r.save("mask.npy", np.full((2, 3), value))
        r.good(good, expected)
    r.save("mask.npy", np.ones((2, 3), "i8"))
    r.run(good, 1, "input 'mask' has dtype i64; expected bool")


def row_R20(r):
    for size in 1, 64:
        r.save("v.npy", np.zeros(size, "f4"))
        r.run(["run", "--entry", "huge", "--weights", r.weights, "--input",
               "v=" + r.path("v.npy"), "--output", "h=" + r.path("h.npy")], 3,
              "output 'h'", str(size << 42), "are available")


def row_R22(r):
    a = r.save("a.npy", np.arange(3, dtype="f4"))
    r.save("both.npy", np.zeros(6, "f4"))
    r.good(["run", "--entry", "join", "--weights", r.weights, "--input", "a=" + a, "--input",
            "b=" + a, "--input", "both=" + r.path("both.npy"), "--output",
            "c=" + r.path("c.npy")], np.tile(np.arange(3, dtype="f4"), 2), out="c.npy")
    r.run(r.arguments(out="ids.npy"), 2, "is also input 'ids'")


# --- Weights and files, as the command line shows them ----------------------

def row_S21(r):
    write_weights(r.weights, {"other": r.scale})
    r.run(r.arguments(), 1, "w.safetensors: tensor 'embed.table': error: is missing; expected "
          "f32 [10, 4]", "tensor 'scale': error: is missing")
    write_weights(r.weights, {"m.embed.table": r.table, "scale": r.scale})
    r.run(r.arguments(), 1, "the file has 'm.embed.table'")
    write_weights(r.weights, {"embed.table": r.table, "scale": r.scale,
                              "position_ids": np.arange(5)})
    result = r.good(r.arguments(), r.expected())
    r.check(b"warning: 1 tensor is not used by the model: 'position_ids'" in result.stderr
            and result.stderr.count(b"\n") == 1, f"warning: {result.stderr}")
    r.run(r.arguments("--strict", out="z.npy"), 1, "'position_ids'")


def row_S22(r):
    write_weights(r.weights, {"embed.table": r.table.T.copy(), "scale": r.scale})
    r.run(r.arguments(), 1, "tensor 'embed.table': error: has shape [4, 10]; expected [10, 4]")


def row_S23(r):
    for dtype in "f8", "f2":
        table = r.table.astype(dtype)
        write_weights(r.weights, {"embed.table": table, "scale": r.scale})
        r.table = table.astype("f4")
        result = r.good(r.arguments(), r.expected())
        r.check(b"note: 1 tensor was converted to f32" in result.stderr, "no notice")
    bits = (r.table.view("u4") >> 16).astype("u2")
    write_weights(r.weights, {"embed.table": bits, "scale": r.scale}, {"embed.table": "BF16"})
    r.table = (bits.astype("u4") << 16).view("f4")
    r.good(r.arguments(), r.expected())
    write_weights(r.weights, {"embed.table": r.table.astype("i8"), "scale": r.scale})
    r.run(r.arguments(out="z.npy"), 1, "has dtype I64; expected F32")


def row_S24(r):
    result = r.run(["info", "--weights", r.weights, "--list"], 0)
    lines = [line.split() for line in result.stdout.decode().split("\n")]
    listed = {line[-1]: line[0] for line in lines if line and line[-1] in ("embed.table", "scale")}
    r.check(len(listed) == 2 and all(len(value) == 16 for value in listed.values()),
            f"list {listed}")


def row_S25(r):
    r.table[3, 1] = np.nan
    write_weights(r.weights, {"embed.table": r.table, "scale": r.scale})
    r.good(r.arguments(), r.expected())
    r.run(r.arguments("--check-finite", out="z.npy"), 4,
          "weight 'embed.table' holds NaN at flat position 13")


if __name__ == "__main__":
    sys.exit(run_rows(globals()))
