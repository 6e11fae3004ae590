# RUN: %python %s %tenonc %t
"""Rows E of the table of bad inputs, as the compiler meets them. Executables and
their environment: test/Unit/Runtime/command_line_test.py."""

import os
import resource
import shutil
import subprocess
import sys

import numpy as np

from rows import call, entry, main

GOOD = entry("return x @ w", head="param w: [4, 4]")


def tools(r, linker):
    """An installation of the compiler beside our own linker and driver: tenonc finds
    those it was built with first, unless they are not there."""
    path = r.write("bin/ld.lld", linker)
    path.chmod(0o755)
    return {**os.environ, "PATH": f"{path.parent}:/usr/bin:/bin"}


def install(r):
    """A copy of tenonc, which looks for the runtime library beside itself."""
    for folder in "bin", "lib":
        (r.folder / "root" / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy2(r.tenonc, r.folder / "root/bin/tenonc")
    return str(r.folder / "root/bin/tenonc")


def unable(r, result, label, *wanted):
    r.contract(result, 3, wanted, label, bounds=False)
    r.check(not (r.folder / "exe").exists(), f"{label}: an executable was written")
    left = [path.name for path in r.folder.iterdir() if ".tmp-" in path.name]
    r.check(not left, f"{label}: left behind: {left}")


def hidden(paths, command):
    """The command where the files of `paths` are not there: unshared mounts."""
    script = "".join(f"mount --bind /dev/null '{path}' && " for path in paths)
    return ["unshare", "-rm", "sh", "-c", script + 'exec "$@"', "sh", *command]


def row_E05_E06(r):
    """The linker is ours to replace where this system lets us mount over it."""
    r.write("m.tenon", GOOD)
    lines = subprocess.run(["strings", "-n", "6", r.tenonc], capture_output=True, text=True).stdout
    paths = sorted({line for line in lines.split() if line.endswith(("/clang++", "/ld.lld")) and os.path.exists(line)})
    r.check(len(paths) == 2, f"the tools of this build: {paths}")
    reals = [os.path.realpath(path) for path in paths]
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        print("    no mounts of our own here: the linker cannot be taken away")
        return
    command = [r.tenonc, "m.tenon", "-o", "exe"]
    environment = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    for text, words in (
        (None, ["linker"]), ("#!/bin/sh\nexit 1\n", ["exit code 1"]),
        ("#!/bin/sh\nprintf '\\001\\033[31mgarbage' >&2; exit 7\n", ["garbage"]),
        ("#!/bin/sh\nkill -9 $$\n", []), ("#!/bin/sh\nfor a; do o=$a; done; echo half > exe.half; exit 1\n", []),
    ):  # fmt: skip
        fake = r.write("fake", text or "")
        fake.chmod(0o755 if text else 0o644)
        script = f"mount --bind '{fake}' '{reals[0]}' && exec \"$@\""
        result = call(["unshare", "-rm", "sh", "-c", script, "sh", *command], r.folder, environment)
        unable(r, result, f"linker {text!r}", *words)


def row_E07(r):
    tenonc = install(r)
    r.write("m.tenon", GOOD)
    result = call([tenonc, "m.tenon", "-o", "exe"], r.folder)
    unable(r, result, "no runtime library", "libtenon_rt.a", "missing")
    r.write("root/lib/libtenon_rt.a", "not an archive")
    unable(r, call([tenonc, "m.tenon", "-o", "exe"], r.folder), "a broken runtime library", "libtenon_rt.a")
    r.write("root/lib/libtenon_rt.a", "!<arch>\n")
    unable(r, call([tenonc, "m.tenon", "-o", "exe"], r.folder), "an empty runtime library", "main")


def row_E08(r):
    r.write("m.tenon", GOOD)
    for folder in "/nonexistent", "/proc":
        environment = {**os.environ, "TMPDIR": folder}
        result = call([r.tenonc, "m.tenon", "-o", "exe"], r.folder, environment)
        r.check(result.code in (0, 3), f"TMPDIR={folder}: exit {result.code}: {result.err[:500]}")
        if result.code == 3:
            unable(r, result, f"TMPDIR={folder}", "temporary")
        (r.folder / "exe").unlink(missing_ok=True)


def row_E15(r):
    """However little memory the compiler may have, its end is orderly."""
    r.write("m.tenon", GOOD)
    codes = set()
    for megabytes in 200, 300, 400, 500, 600, 700, 900:
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)
        result = call([r.tenonc, "m.tenon", "--emit=asm", "--mcpu=x86-64-v3"], r.folder, before=limit)
        # Below some size the loader cannot start the program.
        if "error while loading" not in result.err and "cannot allocate" not in result.err:
            codes.add(result.code)
            r.check(result.code in (0, 3), f"{megabytes} MiB: exit {result.code}: {result.err[:400]}")
    r.check(0 in codes, f"900 MiB do not do: {codes}")


def row_E16(r):
    def limits():
        resource.setrlimit(resource.RLIMIT_STACK, (256 << 10,) * 2)

    program = r.folder / "model"
    r.accept(GOOD, ("-o", program), before=limits)
    x = np.ones((2, 4), "f4")
    r.same("small stack", r.values(program, {"x": x}, ["y"], {"w": np.eye(4, dtype="f4")}), x)
    size = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    files = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    unable(r, call([r.tenonc, "m.tenon", "-o", "exe"], r.folder, before=size), "file size")
    result = call([r.tenonc, "m.tenon", "-o", "exe"], r.folder, before=files)
    r.check(result.code in (0, 3), f"8 files: exit {result.code}: {result.err[:400]}")


def row_E29(r):
    """Times of files do not matter: neither of the future nor beyond 2038."""
    path = r.write("m.tenon", GOOD)
    outputs = set()
    for time in 0, 2**31 + 5, 2**33:
        os.utime(path, (time, time))
        result = call([r.tenonc, "m.tenon", "-o", "exe"], r.folder)
        r.check(result.code == 0, f"time {time}: {result.err}")
        outputs.add((r.folder / "exe").read_bytes())
    r.check(len(outputs) == 1, "the executable depends on times")


def row_E30(r):
    for i in range(2):
        r.write(f"m{i}.tenon", GOOD.replace("x @ w", f"x @ w + {i}"))
    processes = [
        subprocess.Popen([r.tenonc, f"m{i % 2}.tenon", "-o", f"exe{i % 2}"], cwd=r.folder, stderr=subprocess.DEVNULL)
        for i in range(6)
    ]
    r.check([p.wait() for p in processes] == [0] * 6, "a compiler failed beside others")
    x, w = np.ones((2, 4), "f4"), {"w": np.eye(4, dtype="f4")}
    for i in range(2):
        r.same(f"model {i}", r.values(r.folder / f"exe{i}", {"x": x}, ["y"], w), x + i)
    names = sorted(path.name for path in r.folder.iterdir())
    r.check(not [name for name in names if "tmp" in name], f"left behind: {names}")


def row_E31(r):
    program = r.compile(GOOD)
    x, w = np.ones((2, 4), "f4"), {"w": np.eye(4, dtype="f4")}
    moved = r.folder / "else where" / "renamed; model"
    moved.parent.mkdir()
    program.rename(moved)
    r.same("moved", r.values(moved, {"x": x}, ["y"], w, environment={}), x)


main(globals())
