"""What the tables of bad inputs share: a folder per row, runs of the tools, and
the contract that every run is held to.

A table is a file of functions `row_ID` (or `row_ID_ID` for rows of one test); a
function states what the row must get. `scripts/bad_inputs` finds them by name.

usage: TABLE.py TENONC SCRATCH_DIR [ROW...]
"""

import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time
import traceback

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Integration"))
from support import levels
from weights_io import write_safetensors  # also for the tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDINGS = {0, 1, 2, 3, 4, 70}
MAX_SECONDS, MAX_GROWTH = 5, 64 << 20
PLACED = re.compile(r"[^\n]*:\d+:\d+: (error|warning): ")
FIRST = re.compile(r"([^\n]*:\d+:\d+|[^\n:]*|[^\n]*: tensor '[^\n]*'): error: ")
# What the compiler says when it takes long, as on a busy machine.
PROGRESS = re.compile(r"(?m)^tenonc: (\d+\.\d s: stage|stages:) .*\n")
LEAKS = re.compile(
    r"Stack dump|Assertion|std::|llvm::|mlir::|0x[0-9a-f]{8}|PLEASE submit|UNREACHABLE"
)


class Result:
    """What a run left: exit code, text, processor seconds, bytes at the peak."""

    def __init__(self, code, out, err, seconds, peak):
        self.code, self.out, self.err, self.seconds, self.peak = code, out, err, seconds, peak


def call(command, folder, environment=None, before=None, timeout=120):
    """Runs a command; a hang is an exit code that no row expects."""
    with open(folder / ".out", "wb+") as out, open(folder / ".err", "wb+") as err:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder,
            env=environment, preexec_fn=before,
        )  # fmt: skip
        end = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() > end:
                process.kill()
                process.wait()
                return Result("hang", "", "", timeout, 0)
            time.sleep(0.004)
        texts = []
        for stream in out, err:
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "backslashreplace"))
    (folder / ".out").unlink()
    (folder / ".err").unlink()
    texts[1] = PROGRESS.sub("", texts[1])
    seconds = usage.ru_utime + usage.ru_stime
    return Result(process.returncode, *texts, seconds, usage.ru_maxrss << 10)


class Row:
    """What a row's function works with."""

    def __init__(self, tenonc, folder, baseline):
        self.tenonc, self.folder, self.baseline = tenonc, folder, baseline
        self.opt = os.path.join(os.path.dirname(tenonc), "tenon-opt")
        self.problems = []

    def check(self, condition, what):
        if not condition:
            self.problems.append(what)

    def write(self, name, text):
        """Writes a file of the row's folder; returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def snapshot(self):
        """Names and contents of all files in the folder."""
        return {
            path: path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.stat().st_size < 1 << 28
        }

    def contract(self, result, code, wanted, label, bytes_read=0, bounds=True):
        """Exit code, form and bounds of a refusal, and texts it must hold."""
        message = result.err
        self.check(
            result.code == code,
            f"{label}: exit {result.code}, expected {code}: {message[:2000]}",
        )
        first = message.split("\n")[0]
        self.check(FIRST.match(first), f"{label}: first line {first[:200]!r}")
        long = [line for line in message.split("\n") if len(line.encode()) > 400]
        self.check(not long, f"{label}: a line of {len(long[0]) if long else 0} characters")
        shown = len(re.findall(r"(?m)^[^|\n]*: error: ", message))
        self.check(shown <= 20, f"{label}: {shown} errors are shown")
        notes = message.split("\nnote: ")
        self.check(len(notes) <= 6 * max(1, shown), f"{label}: {len(notes)} notes")
        leak = LEAKS.search(message)
        self.check(not leak, f"{label}: shows {leak and leak.group()!r}")
        self.check("\x1b" not in message, f"{label}: an escape code is not escaped")
        for text in wanted:
            self.check(text in message, f"{label}: no {text!r} in {message[:1500]!r}")
        if bounds:
            self.check(result.seconds < MAX_SECONDS, f"{label}: took {result.seconds:.1f} s")
            # A process inherits the peak of the one that started it.
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
            limit = max(self.baseline, own) + MAX_GROWTH + 4 * bytes_read
            self.check(
                result.peak < limit, f"{label}: {result.peak >> 20} MiB, limit {limit >> 20}"
            )

    def refuse(self, text, *wanted, at=None, code=1, options=("--check",), name="m.tenon",
               **keywords):  # fmt: skip
        """The compiler refuses a text, names the place and changes nothing."""
        path = self.write(name, text)
        before = self.snapshot()
        result = call([self.tenonc, path.name, *map(str, options)], path.parent, **keywords)
        label = f"{text[:60]!r}..."
        self.contract(result, code, wanted, label, path.stat().st_size)
        self.check(self.snapshot() == before, f"{label}: files changed")
        if code == 1:
            self.check(PLACED.match(result.err), f"{label}: no place: {result.err[:200]!r}")
        if at:
            found = f"{path.name}:{at}: error: "
            self.check(
                result.err.startswith(found), f"{label}: not at {at}: {result.err[:200]!r}"
            )
        return result

    def accept(self, text, options=("--check",), name="m.tenon", **keywords):
        """The compiler takes a text; returns what it said."""
        path = self.write(name, text)
        result = call([self.tenonc, path.name, *map(str, options)], path.parent, **keywords)
        self.check(result.code == 0, f"{text[:60]!r}: exit {result.code}: {result.err[:1500]}")
        return result

    def compile(self, text, *options, name="m.tenon"):
        """An executable of a text."""
        program = self.folder / "model"
        self.accept(text, ("-o", program, *options), name)
        return program

    def arguments(self, inputs, outputs, weights=None, *options):
        """A command line of `run`; saves arrays and weights."""
        line = ["run", *options]
        if weights is not None:
            write_safetensors(self.folder / "w.safetensors", weights)
            line += ["--weights", "w.safetensors"]
        for key, value in inputs.items():
            if not isinstance(value, (str, pathlib.Path)):
                np.save(self.folder / f"in-{key}.npy", value)
                value = f"in-{key}.npy"
            line += ["--input", f"{key}={value}"]
        for key in outputs:
            line += ["--output", f"{key}=out-{key}.npy"]
        return line

    def values(self, program, inputs, outputs, weights=None, options=(), **keywords):
        """The results of a run that must succeed; at each level the same bits
        as far as `==` tells, which is checked by the caller."""
        line = self.arguments(inputs, outputs, weights, *options)
        result = call([str(program), *line], self.folder, **keywords)
        self.check(result.code == 0, f"{line}: exit {result.code}: {result.err[:1500]}")
        if result.code:
            raise AssertionError("the run failed")
        found = [np.load(self.folder / f"out-{key}.npy") for key in outputs]
        return found[0] if len(found) == 1 else found

    def refuse_run(self, program, inputs, outputs, *wanted, code=1, weights=None, options=(),
                   **keywords):  # fmt: skip
        """A run is refused, and no output is written or changed."""
        line = self.arguments(inputs, outputs, weights, *options)
        before = self.snapshot()
        result = call([str(program), *line], self.folder, **keywords)
        self.contract(result, code, wanted, " ".join(line), bounds=False)
        self.check(self.snapshot() == before, f"{line}: files changed")
        return result

    def same(self, what, found, expected, tolerance=0.0):
        """Shape, dtype, and values: equal, NaN at NaN, or near `expected`."""
        expected = np.asarray(expected)
        self.check(found.shape == expected.shape, f"{what}: {found.shape}, not {expected.shape}")
        if found.shape != expected.shape:
            return
        near = found == expected
        if found.dtype.kind == "f":
            with np.errstate(all="ignore"):
                near |= np.abs(found - expected) <= tolerance * np.abs(expected)
            near |= np.isnan(found) & np.isnan(expected)
        wrong = np.argwhere(~near)
        if len(wrong):
            at = tuple(wrong[0])
            self.problems.append(
                f"{what}: {len(wrong)} differ, first {at}: {found[at]}, not {expected[at]}"
            )


def entry(body, inputs="x: [B, 4]", results="y: [B, 4]", dims="dim B", head="", hypers=""):
    """A model with one entry, whose body starts at line 4 + lines of `head`, column 9."""
    head = "".join(f"    {line}\n" for line in head.split("\n")) if head else ""
    body = "".join(f"        {line}\n" for line in body.split("\n"))
    dims = f"    {dims}\n" if dims else ""
    return f"model m{hypers}:\n{dims}{head}    entry f({inputs}) -> ({results}):\n{body}"


def main(table):
    """Runs the rows of a table, or those named on the command line."""
    tenonc = os.path.abspath(sys.argv[1])
    scratch = pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    baseline = call([tenonc, "--version"], scratch).peak
    rows = {key[4:]: value for key, value in table.items() if key.startswith("row_")}
    chosen = sys.argv[3:] or list(rows)
    failed = 0
    for key in chosen:
        folder = scratch / key
        folder.mkdir()
        row = Row(tenonc, folder, baseline)
        begin = time.monotonic()
        try:
            rows[key](row)
        except Exception:
            row.problems.append(traceback.format_exc())
        taken = time.monotonic() - begin
        print(f"{key}: {'failed' if row.problems else 'passed'} ({taken:.1f} s)", flush=True)
        for problem in row.problems:
            print(f"    {problem}")
        failed += bool(row.problems)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not chosen else 0)
