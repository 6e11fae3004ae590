"""What the tables of rows share: the models, a folder per row, and checks.

The models are those of FakeModel.cpp. A row is a function called row_<ID>; it
states what the row of the table of bad inputs must get.
"""
import json
import os
import stat
import struct
import subprocess
import sys
import tempfile

import numpy as np

FAKE, BARE, EMBEDDED = (os.path.abspath(path) for path in sys.argv[1:4])
SANITIZED = b"__asan_init" in open(FAKE, "rb").read()


class Row:
    """What a row's function works with: a folder of its own and its checks."""

    def __init__(self, folder):
        self.folder = folder
        self.problems = []
        rng = np.random.default_rng(7)
        self.table = rng.standard_normal((10, 4), dtype=np.float32)
        self.scale = rng.standard_normal(4, dtype=np.float32)
        self.x = rng.standard_normal((2, 3, 4), dtype=np.float32)
        self.ids = rng.integers(0, 10, (2, 3))
        self.weights = self.path("w.safetensors")
        write_weights(self.weights, {"embed.table": self.table, "scale": self.scale})
        self.save("x.npy", self.x)
        self.save("ids.npy", self.ids)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, array):
        np.save(self.path(name), array)
        return self.path(name)

    def check(self, condition, what):
        if not condition:
            self.problems.append(what)

    def expected(self, x=None, ids=None):
        x = self.x if x is None else x
        ids = self.ids if ids is None else ids
        return x * (2 * self.scale) + self.table[ids]

    def arguments(self, *extra, x="x.npy", ids="ids.npy", out="y.npy"):
        """A good command line for the entry `run`."""
        return ["run", "--weights", self.weights, "--input", "x=" + self.path(x),
                "--input", "ids=" + self.path(ids), "--output",
                "y=" + self.path(out), *extra]

    def run(self, arguments, code, *wanted, model=FAKE, **options):
        """Runs the model; checks exit code, message form and its contents."""
        before = self.snapshot()
        result = subprocess.run([model, *arguments], capture_output=True,
                                timeout=60, cwd=self.folder, **options)
        message = result.stderr.decode("utf-8", "replace")
        label = " ".join(str(argument)[:40] for argument in arguments)
        self.check(result.returncode == code,
                   f"{label}: exit {result.returncode}, expected {code}: {message}")
        if code:
            self.check(": error: " in message.split("\n")[0] or not message,
                       f"{label}: first line {message[:100]!r}")
            self.check(self.snapshot() == before, f"{label}: files changed")
        self.check(all(len(line.encode()) <= 400 for line in message.split("\n")),
                   f"{label}: a line is too long")
        for text in wanted:
            self.check(text in message, f"{label}: no {text!r} in {message!r}")
        return result

    def snapshot(self):
        """Names, contents and modes of all files in the folder."""
        files = {}
        for root, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(root, name)
                if stat.S_ISREG(os.lstat(path).st_mode):
                    files[path] = (open(path, "rb").read(), os.stat(path).st_mode)
        return files

    def good(self, arguments, expected, out="y.npy", **options):
        """Runs the model and compares an output with `expected`."""
        result = self.run(arguments, 0, **options)
        if result.returncode == 0:
            found = np.load(self.path(out))
            self.check(found.shape == expected.shape and found.dtype == expected.dtype,
                       f"{found.dtype} {found.shape}, expected {expected.dtype} {expected.shape}")
            self.check(np.allclose(found, expected, rtol=1e-6, atol=1e-6, equal_nan=True),
                       "values differ")
        return result


def write_weights(path, arrays, dtypes=None):
    header, data = {}, b""
    for name, array in arrays.items():
        begin = len(data)
        data += array.tobytes()
        kind = (dtypes or {}).get(name) or {"f4": "F32", "f8": "F64", "f2": "F16",
                                            "i8": "I64"}[array.dtype.str[1:]]
        header[name] = {"dtype": kind, "shape": list(array.shape),
                        "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def run_rows(rows):
    """Runs all functions called row_<ID> in `rows`; prints a line for each."""
    failed = 0
    rows = {name[4:]: value for name, value in rows.items() if name.startswith("row_")}
    for name, function in rows.items():
        with tempfile.TemporaryDirectory() as folder:
            row = Row(folder)
            function(row)
        print(f"{name}: {'failed' if row.problems else 'passed'}", flush=True)
        for problem in row.problems:
            print(f"    {problem}")
        failed += bool(row.problems)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0
