"""Rows C and E of the table of bad inputs: command line and environment.

usage: command_line_test.py FAKE BARE EMBEDDED
"""
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time

import numpy as np

from rows import BARE, EMBEDDED, FAKE, SANITIZED, run_rows, write_weights


def row_C01(r):
    r.run([], 2, "run, info, bench, train or help")
    r.run(["rum"], 2, "unknown command 'rum'", "did you mean 'run'?")
    r.run(r.arguments("--thread", "2"), 2, "unknown flag '--thread'", "'--threads'")
    r.run(["run", "--weights"], 2, "--weights needs a value")
    r.run(["run", "--weights", "--threads", "2"], 2, "--weights needs a value")
    r.run(["run", "stray"], 2, "unexpected argument 'stray'")
    r.run(["run", "--input", "x", "--output", "y=z"], 2, "expected NAME=FILE")
    r.run(["run", "--weights", r.weights], 2, "no output is asked for")
    r.run(["info", "--json=yes"], 2, "takes no value")
    for arguments in ["--help"], ["help"], ["help", "run"], ["bench", "--help"], ["--version"]:
        result = r.run(arguments, 0)
        r.check(b"fake" in result.stdout, f"{arguments}: no text")


def row_C02(r):
    r.run(r.arguments("--threads", "1", "--threads", "2"), 2, "--threads is given twice")
    r.run(r.arguments("--input", "x=" + r.path("ids.npy")), 2, "gives 'x' twice")
    r.run(r.arguments("--output", "y=other.npy"), 2, "gives 'y' twice")


def row_C03(r):
    for value in "0", "-1", "1000000000", "4x", "", " 4", "99999999999999999999":
        r.run(r.arguments("--threads=" + value), 2, "from 1 to 1024")
        r.run(r.arguments("--threads", value), 2, "from 1 to 1024")


def row_C04(r):
    bench = ["bench", "--weights", r.weights]
    for value in "0", "-1", "18446744073709551616":
        r.run(bench + ["--repeat", value], 2, "--repeat is", "from 1 to 1000000")
    r.run(bench + ["--warmup", "-1"], 2, "--warmup is")
    r.run(bench + ["--size", "B=-1"], 2, "expected NAME=NUMBER")
    r.run(bench + ["--size", "Q=1"], 2, "size 'Q' is unknown", "B, N, K")
    r.run(bench + ["--size", "B=65"], 2, "expected 0..64")
    r.run(bench + ["--size", "B=1,B=2"], 2, "gives 'B' twice")


def row_C05(r):
    r.run(r.arguments(out="x.npy"), 2, "is also input 'x'")
    r.run(r.arguments(out="w.safetensors"), 2, "is also the weights")
    os.symlink("x.npy", r.path("link.npy"))
    r.run(r.arguments(out="link.npy"), 2, "is also input 'x'")
    os.link(r.path("ids.npy"), r.path("hard.npy"))
    r.run(r.arguments(out="hard.npy"), 2, "is also input 'ids'")
    os.mkdir(r.path("d"))
    r.run(r.arguments(out="d/../x.npy"), 2, "is also input 'x'")


def row_C06(r):
    os.mkdir(r.path("directory"))
    r.run(r.arguments(out="directory"), 3, "directory")
    r.run(r.arguments(out="missing/y.npy"), 3, "missing", "does not exist")
    r.run(r.arguments(out="x.npy/y.npy"), 3, "Not a directory")
    r.run(r.arguments(out=""), 3, "is not a file name")
    os.mkfifo(r.path("pipe"))
    r.run(r.arguments(out="pipe"), 3, "not a regular file")
    good = r.arguments()[:-2]
    r.run(good + ["--output-dir", r.path("x.npy")], 3, "x.npy")
    r.run(good + ["--output-dir", r.path("a/b")], 3, "a/b")
    r.good(good + ["--output-dir", r.path("new")], r.expected(), out="new/y.npy")


def row_C07(r):
    r.run(r.arguments(x="none.npy"), 3, "none.npy", "No such file")
    r.run(["run", "--weights", "none", "--output", "y=z"], 3, "none: error: cannot be opened")
    r.run(r.arguments(x=""), 3, "it is a directory")
    os.mkfifo(r.path("pipe"))
    r.run(r.arguments(x="pipe"), 3, "not a regular file")
    r.run(["run", "--weights", "/dev/zero", "--output", "y=z"], 3, "not a regular file")


def row_C08(r):
    for name in ["with space.npy", "new\nline.npy", "quo'te\".npy", "$(touch x).npy",
                 "semi;colon.npy", "-dash.npy", "eq=ual.npy"]:
        shutil.copy(r.path("x.npy"), r.path(name))
        r.good(r.arguments(x=name, out="out " + name), r.expected(), out="out " + name)
    raw = os.fsencode(r.folder) + b"/\xff\xfe.npy"
    shutil.copy(os.fsencode(r.path("x.npy")), raw)
    arguments = [os.fsencode(argument) for argument in r.arguments()]
    arguments[arguments.index(b"x=" + os.fsencode(r.path("x.npy")))] = b"x=" + raw
    r.good(arguments, r.expected())
    r.run(r.arguments(x="n" * 5000), 3, "File name too long")
    r.run(r.arguments(x="bad\nname\x1b[31m"), 3, "bad\\nname\\x1B[31m")
    r.check(not os.path.exists(r.path("x")), "a shell ran")
    shutil.copy(r.weights, r.path("-w"))
    r.good(["run", "--weights", "-w"] + r.arguments()[3:], r.expected())


def row_C09(r):
    for device in "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1024", "CPU":
        r.run(r.arguments("--device", device), 2, "expected auto, cpu, cuda or cuda:N")
    r.run(r.arguments("--device", "cuda"), 3, "available: cpu")
    r.run(r.arguments("--device", "cuda:1"), 3, "available: cpu")
    for device in "auto", "cpu":
        r.good(r.arguments("--device", device), r.expected())
    r.run(r.arguments("--level", "v5"), 2, "expected v3 or v4")
    r.good(r.arguments("--level", "v3"), r.expected())
    r.run(r.arguments("--entry", "rum"), 2, "entry 'rum' is unknown", "did you mean 'run'?")
    r.run(r.arguments("--output", "q=z"), 2, "output 'q' is unknown; expected 'y'")


def row_C10(r):
    r.run(["run", "--output", "y=z"], 2, "--weights FILE is missing", "2 parameters")
    chain = ["--input", "x=" + r.path("x.npy"), "--output", "z=" + r.path("z.npy")]
    r.run(["run", "--weights", r.weights, *chain], 2, "has no parameters", model=BARE)
    r.good(["run", *chain], 8 * (r.x + 1), out="z.npy", model=BARE)
    embedded = ["run"] + r.arguments()[3:]
    r.good(embedded, r.x * 0, model=EMBEDDED)
    r.good(r.arguments(), r.expected(), model=EMBEDDED)


def row_C11(r):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([FAKE, "info"], stdout=full, stderr=subprocess.PIPE)
    r.check(result.returncode == 3 and b"stdout: error" in result.stderr, "full device")
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run([FAKE, "info", "--json"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    r.check(result.returncode == 3, f"closed pipe: exit {result.returncode}")


def row_C12(r):
    def close(*descriptors):
        return lambda: [os.close(descriptor) for descriptor in descriptors]
    for closed in [0], [1], [2], [0, 1, 2]:
        result = subprocess.run([FAKE, *r.arguments()], preexec_fn=close(*closed))
        r.check(result.returncode == 0, f"closed {closed}: exit {result.returncode}")
        r.check(np.allclose(np.load(r.path("y.npy")), r.expected()), f"closed {closed}: values")
    # Extra weights make a warning: it must not land in the output.
    write_weights(r.weights, {"embed.table": r.table, "scale": r.scale, "extra": r.scale})
    result = subprocess.run([FAKE, *r.arguments()], preexec_fn=close(0, 1, 2))
    r.check(result.returncode == 0, "warning with closed stderr")
    r.check(open(r.path("y.npy"), "rb").read(6) == b"\x93NUMPY", "text in the output")
    result = subprocess.run([FAKE, "info"], preexec_fn=close(1), stderr=subprocess.PIPE)
    r.check(result.returncode == 3, f"info without stdout: exit {result.returncode}")


def row_C13(r):
    environment = dict(os.environ, TENON_THREADS="abc")
    r.run(r.arguments(), 2, "TENON_THREADS is 'abc'", "from 1 to 1024", env=environment)
    r.good(r.arguments("--threads", "1"), r.expected(), env=environment)
    r.run(["info"], 0, env=environment)
    r.good(r.arguments(), r.expected(), env=dict(os.environ, TENON_THREADS="2"))


def row_C14(r):
    environment = dict(os.environ, LC_ALL="de_DE.UTF-8", LC_NUMERIC="de_DE.UTF-8")
    bench = ["bench", "--weights", r.weights, "--repeat", "2", "--size", "B=2,N=3"]
    line = r.run(bench, 0, env=environment).stdout.split(b"\n")[1]
    r.check(b"." in line and b"," not in line, f"numbers: {line!r}")
    r.good(r.arguments(), r.expected(), env=environment)


def row_C15(r):
    r.good(r.arguments(), r.expected(), env={"TMPDIR": "/nonexistent"}, umask=0o077)
    mode = stat.S_IMODE(os.stat(r.path("y.npy")).st_mode)
    r.check(mode == 0o600, f"mode {mode:o}")


def row_C16(r):
    r.run(["run", "@arguments"], 2, "unexpected argument '@arguments'")


def row_E14(r):
    """Each level that the CPU has runs; v4 is refused, with what it lacks, where it hasn't.
    CPUs below v3 are a unit test."""
    r.good(r.arguments("--level=v3"), r.expected())
    flags = set(open("/proc/cpuinfo").read().split())
    info = json.loads(r.run(["info", "--json"], 0).stdout)
    text = r.run(["info"], 0).stdout.decode()
    if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
        r.good(r.arguments("--level=v4"), r.expected())
        level, reason = "x86-64-v4", "the best one compiled"
    else:
        r.run(r.arguments("--level=v4"), 3, "x86-64-v4 was asked for", "this CPU is x86-64-v3",
              "note: this CPU lacks what x86-64-v4 needs: ")
        level, reason = "x86-64-v3", "this CPU lacks what x86-64-v4 needs: "
    r.check(info["level_in_use"] == level, f"level {info['level_in_use']}")
    r.check(info["level_reason"].startswith(reason), f"reason {info['level_reason']!r}")
    r.check(f"in use: {level}, {reason}" in text, f"no reason in {text!r}")


def row_E15(r):
    """However little memory there is, the end is orderly."""
    if SANITIZED:
        return
    codes = set()
    # Below a few MB the system cannot map the program, or the loader its libraries.
    for megabytes in range(4, 80, 3):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)
        result = subprocess.run([FAKE, *r.arguments("--max", "B=64,N=16")], preexec_fn=limit,
                                capture_output=True)
        if b"error while loading" not in result.stderr and result.returncode != -signal.SIGKILL:
            codes.add(result.returncode)
    r.check(codes <= {0, 3}, f"exits {codes}")


def row_E16(r):
    def limits():
        resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))
        resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    if not SANITIZED:
        r.good(r.arguments(), r.expected(), preexec_fn=limits)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    r.run(r.arguments(out="z.npy"), 3, "z.npy", "File too large", preexec_fn=limit)


def row_E17(r):
    outputs = set()
    for threads in "1", "2", "3", "5", "16":
        r.good(r.arguments("--threads", threads), r.expected())
        outputs.add(open(r.path("y.npy"), "rb").read())
    r.check(len(outputs) == 1, "bits depend on the threads")
    one = lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    r.good(r.arguments("--threads", "4"), r.expected(), preexec_fn=one)
    r.check(open(r.path("y.npy"), "rb").read() in outputs, "bits depend on the CPUs")


def row_E21(r):
    slow = ["run", "--entry", "slow", "--weights", r.weights, "--input",
            "v=" + r.save("v.npy", np.zeros(3, "f4")), "--output", "w=" + r.path("w.npy")]
    for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
        before = r.snapshot()
        process = subprocess.Popen([FAKE, *slow], stderr=subprocess.PIPE)
        time.sleep(0.3)
        process.send_signal(number)
        message = process.communicate(timeout=20)[1]
        r.check(process.returncode == code, f"signal {number}: exit {process.returncode}")
        r.check(b"stopped by a signal" in message, f"signal {number}: {message}")
        r.check(r.snapshot() == before, f"signal {number}: files changed")
    process = subprocess.Popen([FAKE, *slow], stderr=subprocess.PIPE)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    r.check(process.returncode in (130, 143), f"second signal: exit {process.returncode}")


def row_E27(r):
    os.mkdir(r.path("far"))
    target = r.save("far/y.npy", np.zeros(1))
    os.chmod(target, 0o640)
    os.symlink("far/y.npy", r.path("y.npy"))
    open(r.path("far/.y.npy.tmp-1-0"), "w").close()
    r.good(r.arguments(), r.expected())
    r.check(os.path.islink(r.path("y.npy")), "the link is gone")
    r.check(stat.S_IMODE(os.stat(target).st_mode) == 0o640, "permissions changed")


def row_D03(r):
    """Needs of the executable: libc, libm and the loader; below 2 MB."""
    if SANITIZED:
        return
    text = subprocess.run(["readelf", "-d", FAKE], capture_output=True, check=True).stdout
    needed = {line.split(b"[")[1].split(b"]")[0].split(b".so")[0]
              for line in text.split(b"\n") if b"(NEEDED)" in line}
    r.check(needed <= {b"libc", b"libm", b"ld-linux-x86-64"}, f"needs {needed}")
    r.check(os.path.getsize(FAKE) < 2 << 20, f"{os.path.getsize(FAKE)} bytes")


def row_info(r):
    data = json.loads(r.run(["info", "--json"], 0).stdout)
    r.check(data["model"] == "fake" and data["abi"] == 7, "head")
    r.check(data["sizes"][2] == {"name": "K", "min": 0, "max": None}, "sizes")
    r.check(data["parameter_bytes"] == 176, "parameters")
    r.check(data["entries"][3]["inputs"][2]["dims"] == ["N + K"], "dims")
    r.check(data["entries"][1]["blocks"][2]["flops"] == "12*B*N", "blocks")
    r.check([len(entry["launches"]) for entry in data["entries"]] == [2, 5, 2, 1, 1, 0, 100],
            "launches")


def row_info_memory(r):
    text = r.run(["info", "--size", "B=7,N=11"], 0).stdout.decode()
    # Four temporaries of 1,232 bytes, three alive at a time, rounded up to 64.
    r.check("at B=7, N=11, K=1: weights 0 bytes, arena 3840 bytes: 1.000 times the 3840 that are"
            in text, f"no memory of 'chain' in {text!r}")
    data = json.loads(r.run(["info", "--json", "--size=B=7,N=11"], 0).stdout)
    r.check(data["entries"][1]["memory"] ==
            {"weight_bytes": 0, "arena_bytes": 3840, "live_bytes": 3840}, "JSON")
    # The table of 160 bytes and the packed scale of 16.
    r.check(data["entries"][0]["memory"]["weight_bytes"] == 176, "weights")
    r.run(["info", "--size", "B=65"], 2, "expected 0..64")
    # Sizes that no memory fits are an error before anything is printed.
    huge = r.run(["info", "--size", "K=9223372036854775807"], 1, "64 bits")
    r.check(not huge.stdout, f"printed before the error: {huge.stdout[:100]}")
    r.run(["info", "--size", "Q=1"], 2, "size 'Q' is unknown")


def row_bench(r):
    text = r.run(["bench", "--weights", r.weights, "--repeat", "3", "--warmup", "1", "--size",
                  "B=2,N=3", "--entry", "chain"], 0).stdout.decode()
    for wanted in ("B=2, N=3", "3 runs after 1", "latency/ms", "fastest 2 %", "GFLOP/s", "rows_3",
                   "all kernels", "arena 384 bytes: 1.000 times the 384", "read loop"):
        r.check(wanted in text, f"no {wanted!r} in {text!r}")
    text = r.run(["bench", "--weights", r.weights, "--repeat", "2", "--input",
                  "ids=" + r.path("ids.npy")], 0).stdout.decode()
    r.check("B=2, N=3" in text, "sizes of the file")


def row_bench_json(r):
    bench = ["bench", "--weights", r.weights, "--size", "B=64,N=16", "--entry", "chain"]
    for threads in "1", "2":
        r.run(bench + ["--repeat", "100", "--threads", threads, "--json", r.path("b.json")], 0)
        data = json.loads(open(r.path("b.json")).read())
        r.check(data["sizes"] == {"B": 64, "N": 16, "K": 0}, "sizes")
        r.check(data["threads"] == int(threads) and data["runs"] == 100, "threads and runs")
        r.check(data["memory"]["arena_bytes"] == 3 * 16384, "arena")
        for times in [data["seconds"]] + [kernel["seconds"] for kernel in data["kernels"]]:
            r.check(0 < times["min"] <= times["fastest_2_percent"] <= times["median"]
                    <= times["p99"], f"times {times}")
        kernels = {kernel["kernel"]: kernel for kernel in data["kernels"]}
        r.check(sum(kernel["launches"] for kernel in data["kernels"]) == 5
                == data["all_kernels"]["launches"], "launches")
        for kernel in kernels.values():
            at, seconds = kernel["at_median"], kernel["seconds"]["median"]
            for key, rate, bound in (
                    ("of_peak", "flops", data["peak"]["flops_per_second"]),
                    ("of_read_loop", "bytes", data["bandwidth"]["read_bytes_per_second"]),
                    ("of_scale_loop", "bytes", data["bandwidth"]["scale_bytes_per_second"])):
                wanted = kernel[rate] / seconds / bound
                r.check(abs(at[key] - wanted) <= 1e-6 * wanted, f"{key} of {kernel}")
        r.check(isinstance(data["measuring_errors"], list), "measuring errors")
    r.run(bench + ["--json", r.weights], 2, "is also the weights")
    r.run(bench + ["--json", r.path("missing/b.json")], 3, "does not exist")


def row_max(r):
    r.good(r.arguments("--max", "B=32,N=16"), r.expected())
    r.run(r.arguments("--max", "B=65"), 2, "expected 0..64")
    r.run(r.arguments("--max", "B"), 2, "expected NAME=NUMBER")


if __name__ == "__main__":
    sys.exit(run_rows(globals()))
