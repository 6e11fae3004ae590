"""Checks and times on a GPU what prepare.py compiled.

    python3 measure.py FOLDER [--only REGEX] [--json FILE] [--no-peers]

Needs the standard library, the folder and the driver. Small networks are held against float64, all
other rows against the CPU's code of the same executable; then each row is timed by events of the
device, beside the bandwidth of a copy, and products of cuBLAS where that is installed. The exit code
is 1 if a result is wrong or a row fails.
"""

import argparse
import array
import concurrent.futures
import json
import math
import os
import pathlib
import random
import re
import struct
import subprocess
import sys

from device import Device, blas_seconds, find_blas

CODES = {"f32": ("<f4", "f"), "i64": ("<i8", "q"), "i32": ("<i4", "i"), "bool": ("|b1", "B")}
TRAINED_STEPS = 3
LOSS_BAR = {"f32": 1e-4, "bf16": 3e-2}


class Failure(Exception):
    """Why a row has no figure."""


def call(command, timeout=300):
    """What a program prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        message = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[0]
        raise Failure(f"exit code {done.returncode}: {message}")
    return done.stdout


# ---------------------------------------------------------------- files


def gaussians(count, seed):
    """Numbers that repeat after a prime number of them."""
    draw = random.Random(seed)
    block = array.array("f", [draw.gauss(0, 1) for _ in range(min(count, 65537))])
    whole = block * (count // max(len(block), 1) + 1) if count else block
    return whole[:count]


def scaled(values, factor, offset=0.0):
    """Numbers of a repeating block, each times `factor` and `offset` more."""
    block = array.array("f", [factor * v + offset for v in values[:65537]])
    return (block * (len(values) // max(len(block), 1) + 1))[: len(values)] if len(values) else block


def write_weights(parameters, file):
    """Random parameters of the scale that trained ones have."""
    header, blocks, at = {}, [], 0
    for seed, parameter in enumerate(parameters):
        name, dims = parameter["name"], [int(d) for d in parameter["dims"]]
        values = gaussians(math.prod(dims), seed)
        if "norm" in name.lower():
            values = scaled(values, 0.2, 1.0 if name.endswith("weight") else 0.0)
        elif len(dims) > 1:
            values = scaled(values, 1 / math.sqrt(math.prod(dims[1:])))
        else:
            values = scaled(values, 0.5)
        data = values.tobytes()
        header[name] = {"dtype": "F32", "shape": dims, "data_offsets": [at, at + len(data)]}
        blocks.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def write_array(file, dtype, dims, values):
    code = CODES[dtype][0]
    text = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {tuple(dims)!r}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    file.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + values.tobytes())


def read_array(file):
    """The numbers of a .npy file of f32 or f64."""
    data = pathlib.Path(file).read_bytes()
    (length,) = struct.unpack("<H", data[8:10])
    values = array.array("d" if b"<f8" in data[10 : 10 + length] else "f")
    values.frombytes(data[10 + length :])
    return values


def relative_error(result, truth):
    """|result - truth| / |truth|; infinite where only one of both is NaN or infinite, or nothing is
    finite."""
    if len(result) != len(truth) or not any(map(math.isfinite, truth)):
        return math.inf
    difference = norm = 0.0
    for a, b in zip(result, truth):
        if math.isfinite(a) and math.isfinite(b):
            difference += (a - b) ** 2
            norm += b * b
        elif not (a == b or (math.isnan(a) and math.isnan(b))):
            return math.inf
    return math.sqrt(difference / norm) if norm else math.sqrt(difference)


# ---------------------------------------------------------------- rows


class Program:
    """A row's executable with weights and inputs for a size."""

    def __init__(self, row, folder):
        self.row, self.folder, self.path = row, folder, folder / row["program"]
        self.weights = folder / f"{row['program']}.safetensors"
        info = json.loads(call([self.path, "info", "--json"]))
        entry = row["entry"] or info["entries"][0]["name"]
        self.entry = next(e for e in info["entries"] + info["training"] if e["name"] == entry)
        self.parameters = info["parameters"]

    def inputs(self, size, integers_only=False):
        """Options that give files with random inputs. Without floats, which `bench` makes itself, what
        remains are the integers that mean something."""
        values = dict(word.split("=") for word in size.split(","))
        options = []
        for seed, tensor in enumerate(self.entry["inputs"]):
            name, dtype = tensor["name"], tensor["dtype"]
            if name.startswith("tenon.") or (dtype == "f32" and integers_only):
                continue
            if dtype != "f32" and name not in self.row["below"]:
                continue
            dims = [int(eval(str(d), {}, {k: int(v) for k, v in values.items()})) for d in tensor["dims"]]
            count = math.prod(dims)
            if dtype == "f32":
                data = gaussians(count, 1000 + seed)
            else:
                draw = random.Random(seed)
                data = array.array(CODES[dtype][1], [draw.randrange(self.row["below"][name]) for _ in range(count)])
            file = self.folder / f"{self.row['program']}.{size.replace(',', '_')}.{name}.npy"
            write_array(file, dtype, dims, data)
            options += ["--input", f"{name}={file}"]
        return options

    def given_weights(self):
        """Options that give the weights, if there are any."""
        if self.parameters and not self.weights.exists():
            write_weights(self.parameters, self.weights)
        return ["--weights", self.weights] if self.parameters else []

    def run(self, device, inputs):
        result = self.folder / f"{self.row['program']}.{device}.npy"
        output = self.entry["outputs"][0]["name"]
        call([self.path, "run", "--device", device, "--entry", self.entry["name"], *self.given_weights(), *inputs,
              "--output", f"{output}={result}"])  # fmt: skip
        return read_array(result)

    def losses(self, device, inputs, batch):
        log = self.folder / f"{self.row['program']}.{device}.jsonl"
        call([self.path, "train", "--device", device, "--steps", TRAINED_STEPS, "--batch", batch, "--seed", 3, *inputs,
              "--log", log])  # fmt: skip
        return array.array("d", [json.loads(line)["loss"] for line in log.read_text().splitlines()])

    def check(self):
        """How far the GPU's results are from the CPU's."""
        inputs = self.inputs(self.row["checked"])
        if self.row["entry"].startswith("train."):
            batch = self.row["checked"].split("=")[1]
            truth, result = (self.losses(device, inputs, batch) for device in ("cpu", "cuda"))
            bar = LOSS_BAR[self.row["precision"]]
        else:
            truth, result = (self.run(device, inputs) for device in ("cpu", "cuda"))
            bar = self.row["tolerance"]
        error = relative_error(result, truth)
        if not error <= bar:
            raise Failure(f"relative error {error:.1e}, more than {bar:.0e}")
        return error

    def bench(self):
        report = self.folder / f"{self.row['program']}.bench.json"
        call([self.path, "bench", "--device", "cuda", "--entry", self.entry["name"], *self.given_weights(), "--size",
              self.row["size"], *self.inputs(self.row["size"], integers_only=True), "--repeat", 20, "--warmup", 3,
              "--json", report])  # fmt: skip
        return json.loads(report.read_text())


def check_small(network, folder):
    """The error of a small network on the GPU against float64."""
    name = network["program"]
    result = folder / f"{name}.result.npy"
    command = [folder / name, "run", "--device", "cuda", "--weights", folder / network["weights"]]
    for key in network["inputs"]:
        command += ["--input", f"{key}={folder / name}.{key}.npy"]
    call([*command, "--output", f"{network['result']}={result}"])
    error = relative_error(read_array(result), read_array(folder / f"{name}.truth.npy"))
    if not error <= network["bar"]:
        raise Failure(f"relative error {error:.1e}, more than {network['bar']:.1e}")
    return error


class Report:
    """Lines as they come; what there is so far in a file, if one is wanted."""

    def __init__(self, file):
        self.file, self.failures, self.figures = file, [], {}

    def write(self):
        if self.file:
            self.file.write_text(json.dumps({"figures": self.figures, "failures": self.failures}, indent=1))

    def add(self, name, text, **figures):
        print(f"{name:55} {text}", flush=True)
        self.figures.setdefault(name, {}).update(figures)
        self.write()

    def fail(self, name, reason):
        self.failures.append((name, str(reason)))
        print(f"{name:55} FAILED: {reason}", flush=True)
        self.write()


def check_all(report, named):
    """Runs checks side by side: pairs of a name and a function that gives an error."""
    with concurrent.futures.ThreadPoolExecutor(max(os.cpu_count() // 2, 1)) as workers:
        futures = [(name, workers.submit(function)) for name, function in named]
        for name, future in futures:
            try:
                error = future.result()
                report.add(name, f"relative error {error:.1e}", error=error)
            except (Failure, OSError, subprocess.TimeoutExpired, KeyError, ValueError) as failure:
                report.fail(name, failure)


def time_row(report, program, bandwidth):
    row, bench = program.row, program.bench()
    kernels = bench["kernels"]
    total = sum(k["seconds"]["median"] for k in kernels)
    flops, count = (sum(k[what] for k in kernels) for what in ("flops", "bytes"))
    text = f"{total * 1e3:9.4f} ms in kernels, {bench['seconds']['median'] * 1e3:9.4f} ms a run"
    text += f", {flops / total / 1e12:7.2f} TFLOP/s, {count / total / 1e9:6.0f} GB/s"
    if row["limit"] == "memory":
        text += f", {total * bandwidth / count:.2f} x the time of a copy"
    report.add(row["name"], text, kernel_seconds=total, run_seconds=bench["seconds"]["median"], flops=flops,
               bytes=count, kernels=kernels)  # fmt: skip
    return bench


def time_blas(report, device):
    """cuBLAS on the products that rows have."""
    blas = find_blas()
    if not blas:
        print("cuBLAS: not installed")
        return
    block = gaussians(1 << 20, 5)
    # The upper halves of f32 are bf16.
    halves = {"bf16": b"".join(struct.pack("<f", v)[2:] for v in block[: 1 << 18]), "f32": block.tobytes()}
    for m, n, k in ((4096, 4096, 4096), (8192, 8192, 8192), (25216, 3072, 768)):
        for dtype in ("bf16", "tf32", "f32"):
            seconds = blas_seconds(device, blas, m, n, k, dtype, halves["bf16" if dtype == "bf16" else "f32"])
            rate = 2 * m * n * k / seconds
            report.add(f"cuBLAS {m} {n} {k}, {dtype}", f"{seconds * 1e3:9.4f} ms, {rate / 1e12:7.2f} TFLOP/s",
                       kernel_seconds=seconds, flops=2 * m * n * k)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="", help="rows whose names match this regular expression")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder
    content = json.loads((folder / "list.json").read_text())
    rows = [row for row in content["rows"] if re.search(arguments.only, row["name"])]
    small = [network for network in content["small"] if re.search(arguments.only, network["program"])]
    report = Report(arguments.json)
    device = Device()
    bandwidth = device.bandwidth()
    report.add(device.name(), f"copies {bandwidth / 1e9:.0f} GB/s", bandwidth=bandwidth)

    programs = [Program(row, folder) for row in rows]
    checks = [(network["program"], lambda network=network: check_small(network, folder)) for network in small]
    checks += [(program.row["name"], program.check) for program in programs]
    check_all(report, checks)
    if not arguments.no_peers:
        time_blas(report, device)
    for program in programs:
        try:
            time_row(report, program, bandwidth)
        except (Failure, subprocess.TimeoutExpired) as failure:
            report.fail(program.row["name"], failure)
    print(f"{len(report.failures)} failed")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
