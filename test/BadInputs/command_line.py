# RUN: %python %s %tenonc %t
"""Rows C of the table of bad inputs for the compiler. More are in
test/Tools/command-line.test; those of executables in
test/Unit/Runtime/command_line_test.py."""

import os
import shutil
import subprocess

from rows import call, entry, main, write_safetensors

import numpy as np

GOOD = entry("return x @ w", head="param w: [4, 4]")


def unable(r, line, label, *wanted, code=2, **keywords):
    before = r.snapshot()
    result = call([r.tenonc, *line], r.folder, **keywords)
    r.contract(result, code, wanted, label, bounds=False)
    r.check(r.snapshot() == before, f"{label}: files changed")
    return result


def row_C01_C02(r):
    r.write("m.tenon", GOOD)
    for line in (["m.tenon", "--chekc"], ["m.tenon", "-o"], ["m.tenon", "--emit=exee"], ["m.tenon", "--emit"],
                 ["m.tenon", "m.tenon"], ["m.tenon", "--stop-after=nothing"],
                 ["m.tenon", "--check", "--emit=so", "--explain"], ["verify", "m.tenon", "--tolerance=x"]):  # fmt: skip
        result = call([r.tenonc, *line], r.folder)
        r.check(result.code == 2, f"{line}: exit {result.code}: {result.err[:300]}")
        r.check(result.err and not result.out, f"{line}: {result.out[:100]!r}")
    call([r.tenonc, "m.tenon", "--emit=tenon", "-o", "a", "-o", "b"], r.folder)
    r.check((r.folder / "b").exists() and not (r.folder / "a").exists(), "the last -o does not win")


def row_C05(r):
    r.write("m.tenon", GOOD)
    os.link(r.folder / "m.tenon", r.folder / "hard")
    os.symlink("m.tenon", r.folder / "soft")
    (r.folder / "d").mkdir()
    for output in "m.tenon", "./m.tenon", "d/../m.tenon", "hard", "soft":
        unable(r, ["m.tenon", "--emit=tenon", "-o", output], output, "is the input file")
    write_safetensors(r.folder / "w", {"w": np.eye(4, dtype="f4")})
    unable(r, ["m.tenon", "--embed-weights=w", "-o", "./w"], "weights", "is the weights file")


def row_C06_C07(r):
    r.write("m.tenon", GOOD)
    (r.folder / "d").mkdir()
    (r.folder / "closed").mkdir(mode=0o500)
    for output in "d", "none/exe", "m.tenon/exe", "n" * 5000:
        unable(r, ["m.tenon", "-o", output], output[:20], output[:80], code=3)
    if os.geteuid():
        unable(r, ["m.tenon", "-o", "closed/exe"], "closed", "Permission denied", code=3)
    for source in "none.tenon", "none.mlir", "d", "n" * 5000 + ".tenon":
        result = unable(r, [source, "--emit=kernel"], source[:20], code=3)
        r.check(result.err.count(source) == 1 or "none" not in source, f"{source[:20]} is named twice: {result.err[:300]}")


def row_C08(r):
    for name in ("with space", "new\nline", "quo'te\"", "$(touch hacked)", "semi;colon", "-dash", "a%sb", "{}"):
        r.write("./" + name + ".tenon", GOOD)
        build = ["--mcpu=x86-64-v3", "-o", "./out " + name]
        for source in ([*build, "./" + name + ".tenon"], ["--check", "--", name + ".tenon"]):
            result = call([r.tenonc, *source], r.folder)
            r.check(result.code == 0, f"{source}: exit {result.code}: {result.err[:300]}")
        info = call([str(r.folder / ("out " + name)), "info"], r.folder)
        r.check(info.code == 0 and "entry f" in info.out, f"{name!r}: {info.err}")
        r.write("./" + name + ".tenon", "a = 08")
        message = call([r.tenonc, "./" + name + ".tenon"], r.folder).err
        r.check(message.split("\n")[0].endswith("5_717_416, 0.5 or 1e-6"), f"{name!r}: {message!r}")
    raw = os.fsencode(r.folder) + b"/\xff\xfe.tenon"
    with open(raw, "wb") as file:
        file.write(GOOD.encode())
    r.check(call([r.tenonc, raw, "--check"], r.folder).code == 0, "bytes that are no UTF-8")
    os.remove(raw)
    r.check(not (r.folder / "hacked").exists(), "a shell has run")


def row_C10(r):
    r.write("m.tenon", entry("return x + 1"))
    write_safetensors(r.folder / "w", {"w": np.eye(4, dtype="f4")})
    result = call([r.tenonc, "m.tenon", "--embed-weights=w", "-o", "exe"], r.folder)
    r.check(result.code in (0, 1, 2), f"exit {result.code}: {result.err[:300]}")
    r.write("m.tenon", GOOD)
    write_safetensors(r.folder / "w", {"v": np.eye(4, dtype="f4")})
    unable(r, ["m.tenon", "--embed-weights=w", "-o", "exe2"], "missing", "tensor 'w'", "missing", code=1)


def row_C11_C12(r):
    r.write("m.tenon", GOOD)
    with open("/dev/full", "wb") as full:
        result = subprocess.run([r.tenonc, "m.tenon", "--emit=tenon"], cwd=r.folder, stdout=full, stderr=subprocess.PIPE)
    r.check(result.returncode == 3 and b"No space left" in result.stderr, f"full: {result}")
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run([r.tenonc, "m.tenon", "--emit=llvm"], cwd=r.folder, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    r.check(result.returncode == 3, f"closed pipe: {result}")
    wanted = r.accept(GOOD, ["--emit=tenon"]).out.encode()
    for closed in [0], [1], [2], [0, 1, 2]:
        close = lambda: [os.close(descriptor) for descriptor in closed]
        # An unused part makes a warning: it must not land in the output.
        r.write("n.tenon", GOOD.replace("    param", "    unused: linear[3]\n    param"))
        result = subprocess.run([r.tenonc, "n.tenon", "--emit=tenon", "-o", "out.mlir"], cwd=r.folder, preexec_fn=close)
        r.check(result.returncode == 0, f"closed {closed}: exit {result.returncode}")
        r.check((r.folder / "out.mlir").read_bytes() == wanted, f"closed {closed}: another text")


def row_C13_C14_C15(r):
    r.write("m.tenon", GOOD.replace("@ w", "@ w + 0.5"))
    outputs = set()
    plain = {"PATH": os.environ["PATH"]}
    for extra in ({}, {"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"}, {"HOME": "/nonexistent"},
                  {"TENON_THREADS": "abc", "OMP_NUM_THREADS": "x"}, {"LANG": "\xff"}):  # fmt: skip
        result = call([r.tenonc, "m.tenon", "-o", "exe"], r.folder, {**plain, **extra})
        r.check(result.code == 0, f"{extra}: exit {result.code}: {result.err[:300]}")
        outputs.add((r.folder / "exe").read_bytes())
    r.check(len(outputs) == 1, "the executable depends on the environment")
    for mask in 0o077, 0o022:
        call([r.tenonc, "m.tenon", "-o", f"exe{mask}"], r.folder, before=lambda: os.umask(mask))
        r.check((r.folder / f"exe{mask}").stat().st_mode & 0o777 == 0o777 & ~mask, f"umask {mask:o}")


def row_C16(r):
    r.write("m.tenon", GOOD)
    r.write("again", "@again m.tenon --check\n")
    result = call([r.tenonc, "@again"], r.folder)
    r.check(result.code in (2, 3), f"exit {result.code}: {result.err[:300]}")


main(globals())
