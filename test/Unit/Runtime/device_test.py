"""Rows of the table of bad inputs that have to do with GPUs, and runs on one: the model
with code for GPUs, on the emulated driver.

usage: device_test.py FAKE BARE EMBEDDED GPU TRAINING EMULATION

GPU is the model FAKE with code for GPUs, TRAINING that of FakeTraining.cpp, EMULATION the
folder of the emulated driver.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np

from rows import run_rows, write_weights

GPU, TRAINING, EMULATION = (os.path.abspath(path) for path in sys.argv[4:7])
DEVICE_LINE = re.compile(r"^tenon emulation: .*\n", re.MULTILINE)


def environment(folder=EMULATION, **variables):
    """The emulated driver's environment: seed=1 is TENON_EMULATION_SEED=1."""
    names = {f"TENON_EMULATION_{name.upper()}": value for name, value in variables.items()}
    return dict(os.environ, LD_LIBRARY_PATH=folder, **names)


def run(r, arguments, code, *wanted, folder=EMULATION, model=GPU, **variables):
    """Runs the model; checks exit code and message, which the emulator's own lines are not
    a part of."""
    before = r.snapshot()
    result = subprocess.run([model, *arguments], capture_output=True, timeout=120, cwd=r.folder,
                            env=environment(folder, **variables))
    message = DEVICE_LINE.sub("", result.stderr.decode())
    label = f"{' '.join(arguments[-2:])} {variables}"
    r.check(result.returncode == code, f"{label}: exit {result.returncode}, expected {code}: "
            f"{message}")
    if code:
        r.check(": error: " in message.split("\n")[0], f"{label}: first line {message[:200]!r}")
        r.check(message.count(": error: ") == 1, f"{label}: a cascade: {message}")
        r.check(r.snapshot() == before, f"{label}: files changed")
    for text in wanted:
        r.check(text in message, f"{label}: no {text!r} in {message!r}")
    if not wanted:
        r.check(message == "", f"{label}: says {message!r}")
    return result


def cuda(r, *extra, out="gpu.npy"):
    return r.arguments("--device", "cuda", *extra, out=out)


def same(r, on_gpu, on_cpu, what):
    """Whether two runs have left the same file."""
    if os.path.exists(r.path(on_gpu)) and os.path.exists(r.path(on_cpu)):
        r.check(open(r.path(on_gpu), "rb").read() == open(r.path(on_cpu), "rb").read(),
                f"{what}: GPU and CPU differ")
    else:
        r.check(False, f"{what}: a file is missing")


def calls(r):
    """Arguments of calls of all entries that compute something, with their output."""
    rng = np.random.default_rng(3)
    for b, n in (2, 3), (1, 1), (7, 11), (64, 16), (0, 5):
        x, ids = f"x{b}.npy", f"ids{b}.npy"
        r.save(x, rng.standard_normal((b, n, 4), dtype=np.float32))
        r.save(ids, rng.integers(0, 10, (b, n)))
        r.save(f"mask{b}.npy", rng.integers(0, 2, (b, n)) == 1)
        r.save(f"low{b}.npy", rng.integers(0, 5, (b, n)))
        given = ["--input", "x=" + r.path(x)]
        rows = ["--input", "ids=" + r.path(ids)]
        yield [*given, *rows], "y"
        yield [*given, *rows, "--input", "mask=" + r.path(f"mask{b}.npy")], "y"
        yield ["--entry", "chain", *given], "z"
        yield ["--entry", "lookup", "--input", "ids=" + r.path(f"low{b}.npy")], "y"
    r.save("a.npy", rng.standard_normal(3, dtype=np.float32))
    r.save("b.npy", rng.standard_normal(9, dtype=np.float32))
    r.save("both.npy", rng.standard_normal(12, dtype=np.float32))
    yield ["--entry", "join", "--input", "a=" + r.path("a.npy"), "--input", "b=" + r.path("b.npy"),
           "--input", "both=" + r.path("both.npy")], "c"
    yield ["--entry", "half", "--input", "x=" + r.path("b.npy")], "y"


def row_equal(r):
    """Every entry, under every schedule and with every access checked, to the bit."""
    for number, (call, output) in enumerate(calls(r)):
        files = {device: f"{device}{number}.npy" for device in ("cpu", "cuda")}
        for device, file in files.items():
            line = ["run", "--weights", r.weights, *call, "--device", device, "--output",
                    f"{output}={r.path(file)}"]
            if device == "cpu":
                run(r, line, 0)
                continue
            for seed in "0", "1", "2", "3":
                run(r, line, 0, seed=seed, check="1")
                same(r, files["cuda"], files["cpu"], f"{call} seed {seed}")


def row_auto(r):
    """The GPU where there is one, else the CPU with a word on why; a CPU level is for the CPU."""
    run(r, r.arguments(out="gpu.npy"), 0, statistics=r.path("statistics"))
    r.check(os.path.exists(r.path("statistics")), "auto has not used the GPU")
    run(r, r.arguments(out="cpu.npy"), 0, "device: note: running on the CPU: no CUDA driver: ",
        folder="")
    same(r, "gpu.npy", "cpu.npy", "auto")
    os.remove(r.path("statistics"))
    for extra in ("--device", "cpu"), ("--level", "v3"):
        run(r, r.arguments(*extra, out="cpu.npy"), 0, statistics=r.path("statistics"))
        r.check(not os.path.exists(r.path("statistics")), f"{extra} has used the GPU")
    for fault in "no-device", "load", "driver=11040":
        run(r, r.arguments(out="cpu.npy"), 0, "device: note: running on the CPU: ", fault=fault)
    run(r, r.arguments("--device", "cuda:0", out="gpu.npy"), 0)
    run(r, r.arguments("--device", "cuda:1", out="gpu.npy"), 3, "no cuda:1; available: cuda:0")


def row_R12(r):
    """What the CPU reports of an index, a GPU reports, word by word; nothing is written."""
    def message(arguments, device):
        result = subprocess.run([GPU, "run", "--weights", r.weights, *arguments, "--device",
                                 device], capture_output=True, timeout=120, env=environment())
        return result.returncode, result.stderr

    def check(name, ids, *arguments):
        r.save("bad.npy", ids)
        before = r.snapshot()
        given = [*arguments, "--input", "ids=" + r.path("bad.npy"), "--output",
                 "y=" + r.path("y.npy")]
        cpu, gpu = message(given, "cpu"), message(given, "cuda")
        r.check(cpu[0] == 1, f"{name}: exit {cpu[0]}: {cpu[1]}")
        r.check(gpu == cpu, f"{name}: GPU {gpu}, CPU {cpu}")
        r.check(r.snapshot() == before, f"{name}: files changed")

    x = ["--input", "x=" + r.path("x.npy")]
    given = np.zeros((2, 3), np.int64)
    for place, value in ((0, 0), 10), ((1, 2), -1), ((1, 0), 2**62):
        given[:] = 4
        given[place] = value
        check(f"given {value}", given, *x)
    given[:] = 99
    check("all", given, *x)
    given[:] = 1
    given[1, 1] = 5
    check("computed", given, "--entry", "lookup")


def row_E09(r):
    """No library, one that is none, one to link against, one that lacks functions, no device."""
    run(r, cuda(r), 3, "no CUDA driver: libcuda.so.1", folder="")
    os.mkdir(r.path("broken"))
    open(r.path("broken/libcuda.so.1"), "wb").write(b"no library")
    run(r, cuda(r), 3, "no CUDA driver: ", folder=r.path("broken"))
    for name, source, wanted in (
            ("empty", "", "lacks the function cuInit"),
            ("stub", None, "is a stub to link against")):
        os.mkdir(r.path(name))
        library = r.path(f"{name}/libcuda.so.1")
        if source is None:
            names = subprocess.run([os.environ.get("NM", "nm"), "-D", "--defined-only", EMULATION + "/libcuda.so.1"],
                                   capture_output=True, check=True, text=True).stdout
            functions = re.findall(r" T (cu\w+)", names)
            source = "".join(f"int {function}() {{ return 34; }}\n" for function in functions
                             if function != "cuDriverGetVersion")
            source += "int cuDriverGetVersion(int *version) { *version = 13000; return 0; }\n"
        subprocess.run([os.environ.get("CC", "cc"), "-w", "-shared", "-x", "c", "-", "-o", library], input=source.encode(),
                       check=True)
        run(r, cuda(r), 3, "no CUDA driver: ", wanted, folder=r.path(name))
        run(r, r.arguments(), 0, "running on the CPU: no CUDA driver: ", folder=r.path(name))
    run(r, cuda(r), 3, "no CUDA device", fault="no-device")
    run(r, cuda(r), 3, "cuInit failed: ", fault="init=999")
    run(r, r.arguments("--device", "cpu"), 0, folder=r.path("broken"))


def row_E10(r):
    """Too old a driver: for the runtime, or for the program's code (a unit test)."""
    run(r, cuda(r), 3, "serves CUDA 11.4; expected at least 12.0", fault="driver=11040")
    run(r, cuda(r), 3, "serves CUDA 8.0; expected at least 12.0", fault="driver=8000")
    run(r, cuda(r), 0, fault="driver=12000")


def row_E11(r):
    for capability in "7.5", "3.0":
        run(r, cuda(r), 3, f"has compute capability {capability}; this program has code for "
            "compute capability 8.0 and later", cc=capability)
    run(r, cuda(r), 0, cc="8.0")
    run(r, cuda(r), 3, "cannot be loaded: CUDA_ERROR_INVALID_PTX", fault="load")


def row_E12(r):
    """However little memory the GPU has, the end is orderly and names the bytes."""
    for allocation in range(1, 5):
        run(r, cuda(r), 3, " bytes; cuda:0 has ", fault=f"alloc={allocation}")
    run(r, cuda(r), 0, fault="alloc=5")
    run(r, cuda(r), 3, "needs 512 bytes; cuda:0 has 196 free of 500", "note: for B=2, N=3",
        memory="500")
    run(r, ["run", "--weights", r.weights, "--entry", "huge", "--input", "v=" + r.save(
        "v.npy", np.ones(3, np.float32)), "--device", "cuda", "--output", "h=" + r.path("h.npy")],
        3, f"needs {3 << 42} bytes")
    run(r, cuda(r, "--max", "B=64,N=16"), 3, "for B=64, N=16", memory="20K")


def row_E13(r):
    """The first error of a GPU is told, and no other; the end comes without delay."""
    for launch in "1", "2", "3":
        run(r, cuda(r), 3, "CUDA_ERROR_LAUNCH_FAILED", fault=f"launch={launch}")
    run(r, cuda(r), 0, fault="launch=4")
    # A replay fails as the first run does.
    run(r, ["bench", "--weights", r.weights, "--device", "cuda"], 3, "CUDA_ERROR_LAUNCH_FAILED",
        fault="launch=30")


def row_E21(r):
    """A signal ends runs on a GPU, too: between launches, or before a graph."""
    bench = ["bench", "--weights", r.weights, "--device", "cuda", "--repeat", "1000000"]
    for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
        process = subprocess.Popen([GPU, *bench], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=environment())
        time.sleep(0.5)
        process.send_signal(number)
        message = process.communicate(timeout=20)[1]
        r.check(process.returncode == code and b"stopped by a signal" in message,
                f"signal {number}: exit {process.returncode}: {message}")


def row_F21(r):
    """More blocks than 65,535, which other directions of a grid end at; more than any takes."""
    k = 70_000
    r.save("long.npy", np.arange(2 * k + 1, dtype=np.float32))
    half = ["run", "--weights", r.weights, "--entry", "half", "--input", "x=" + r.path("long.npy"),
            "--device", "cuda", "--output", "y=" + r.path("y.npy")]
    run(r, half, 0)
    r.check(np.array_equal(np.load(r.path("y.npy")), np.arange(1, 2 * k + 1, 2)), "values")
    os.remove(r.path("y.npy"))
    run(r, half + ["--max", "N=1,K=3000000000"], 1,
        "kernel 'rows_6' needs 3000000000 blocks; a GPU takes 2147483647")


def row_F27(r):
    """Denormals are kept, as the CPU keeps them."""
    tiny = np.float32(2.0 ** -149)
    r.save("tiny.npy", (tiny * np.arange(24, dtype=np.float32)).reshape(2, 3, 4))
    write_weights(r.weights, {"embed.table": r.table * tiny, "scale": r.scale * 0 + 1})
    for device in "cpu", "cuda":
        run(r, r.arguments("--device", device, x="tiny.npy", out=device + ".npy"), 0)
    same(r, "cuda.npy", "cpu.npy", "denormals")
    r.check(np.count_nonzero(np.load(r.path("cuda.npy"))) > 20, "they were flushed")


def row_info(r):
    """What the program carries, and where it would run."""
    text = run(r, ["info"], 0, cc="8.6").stdout.decode()
    for wanted in ("gpu       PTX for compute capability 8.0 and later, ",
                   "; bitcode for compute capability 8.0 and later, ",
                   "device    cuda:0, Tenon emulated GPU, compute capability 8.6, "
                   "25769803776 bytes of memory"):
        r.check(wanted in text, f"no {wanted!r} in {text!r}")
    text = run(r, ["info"], 0, folder="").stdout.decode()
    r.check("device    the CPU: no CUDA driver: " in text, f"no reason in {text!r}")
    data = json.loads(run(r, ["info", "--json"], 0).stdout)
    r.check([image["kind"] for image in data["images"]] == ["PTX", "bitcode"] and
            data["images"][1]["capability"] == "8.0", f"images {data['images']}")
    r.check(data["gpu_in_use"].startswith("cuda:0") and data["gpu_reason"] is None, "device")
    data = json.loads(run(r, ["info", "--json"], 0, cc="7.0").stdout)
    r.check(data["gpu_in_use"] is None and "7.0" in data["gpu_reason"], "reason")


def row_bench(r):
    """Latency of graphs, times of kernels by events; no bounds of a CPU."""
    bench = ["bench", "--weights", r.weights, "--device", "cuda", "--entry", "chain", "--size",
             "B=2,N=3", "--repeat", "4"]
    text = run(r, bench + ["--json", r.path("b.json")], 0).stdout.decode()
    for wanted in "cuda:0, Tenon emulated GPU, compute capability 9.0, 4 runs", "rows_3", "GB/s":
        r.check(wanted in text, f"no {wanted!r} in {text!r}")
    for unwanted in "peak", "%read", "thread":
        r.check(unwanted not in text, f"{unwanted!r} in {text!r}")
    data = json.loads(open(r.path("b.json")).read())
    r.check(data["peak"] is None and data["bandwidth"] is None, "bounds")
    r.check(data["device"].startswith("cuda:0") and data["level"] == "gpu", "device")
    for kernel in data["kernels"]:
        r.check(kernel["seconds"]["min"] > 0 and kernel["at_median"]["of_peak"] is None,
                f"kernel {kernel}")
    r.check(sum(kernel["launches"] for kernel in data["kernels"]) == 5, "launches")


def tensors(path):
    """The tensors of a safetensors file, as bytes."""
    data = open(path, "rb").read()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    return {name: data[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]]
            for name, entry in header.items() if name != "__metadata__"}


def train(r, device, *extra, out=None, wanted=(), **variables):
    """Trains; returns the checkpoint's tensors, but for the device, and the log's losses."""
    out = r.path(out or device + ".st")
    r.save("samples.npy", np.random.default_rng(5).standard_normal((5, 4), dtype=np.float32))
    given = ["--input", "x=" + r.path("samples.npy"), "--eval-input", "x=" + r.path("samples.npy")]
    run(r, ["train", *given, "--device", device, "--checkpoint", out, "--log", r.path("log"),
            *extra], 0, *wanted, model=TRAINING, **variables)
    state = tensors(out)
    capability = state.pop("tenon.capability", bytes(8))
    r.check(int.from_bytes(capability, "little") == (90 if device == "cuda" else 0),
            f"{device}: capability {capability}")
    losses = [{key: value for key, value in json.loads(line).items() if key != "seconds"}
              for line in open(r.path("log"))]
    return state, losses


def row_F32(r):
    """A training is the same on both devices: first values, order of samples, steps whole and
    in parts, what is written and what is logged."""
    for extra in (), ("--seed", "3"), ("--accumulate", "2"), ("--steps", "40"):
        on_cpu = train(r, "cpu", *extra)
        for seed in "0", "3":
            r.check(train(r, "cuda", *extra, seed=seed, check="1") == on_cpu,
                    f"{extra} seed {seed}: GPU and CPU differ")
        r.check(on_cpu[1][-1]["eval_loss"] < on_cpu[1][0]["eval_loss"], "nothing is learnt")


def row_E25(r):
    """Going on with another device is said, and possible."""
    whole = train(r, "cpu", "--steps", "8", out="whole.st")
    for first, second, wanted in (
            ("cpu", "cuda", "from a CPU, it goes on with a GPU of compute capability 9.0"),
            ("cuda", "cpu", "from a GPU of compute capability 9.0, it goes on with a CPU")):
        train(r, first, "--steps", "3", out="half.st")
        resumed = train(r, second, "--steps", "8", "--resume", r.path("half.st"), out="end.st",
                        wanted=["train: note: the checkpoint is " + wanted])
        r.check(resumed[0] == whole[0], f"{first} then {second}: another end")
    train(r, "cuda", "--steps", "3", out="half.st")
    train(r, "cuda", "--steps", "8", "--resume", r.path("half.st"), out="end.st")


def row_training_memory(r):
    """Steps of sizes seen before allocate nothing on the device."""
    steps = ["train", "--input", "x=" + r.save("x.npy", np.ones((4, 4), np.float32)), "--device",
             "cuda", "--steps"]
    allowed = next((count for count in range(1, 12) if run_code(r, steps + ["2"], count) == 0), 0)
    r.check(allowed > 3, f"two steps make {allowed - 1} allocations")
    r.check(run_code(r, steps + ["60"], allowed) == 0, "60 steps make more than two")


def run_code(r, arguments, allocation):
    """The exit code of a training where this allocation, and all later ones, fail."""
    return subprocess.run([TRAINING, *arguments], capture_output=True, timeout=120, cwd=r.folder,
                          env=environment(fault=f"alloc={allocation}")).returncode


def row_allocations(r):
    """Runs of sizes seen before allocate nothing on the device: after the four allocations
    that a first run makes, none more is granted."""
    bench = ["bench", "--weights", r.weights, "--device", "cuda", "--size", "B=2,N=3"]
    for repeat in "1", "40":
        run(r, bench + ["--repeat", repeat], 0, fault="alloc=5")


if __name__ == "__main__":
    sys.exit(run_rows(globals()))
