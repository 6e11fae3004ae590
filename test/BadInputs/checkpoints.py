# RUN: %python %s %tenonc %t
"""Rows about checkpoints: disks that are full, writes that fail, processes that are killed
at any moment, and two of them on one file.

TENON_KILLS is how often E19 kills (200)."""

import errno
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

import numpy as np

from rows import ROOT, call, main
from trained import MODEL, save, trained
from weights_io import read_safetensors


def faults(r, fault="", calls=""):
    """The environment in which calls of the system fail as Inputs/faults.c says."""
    library = r.folder / "faults.so"
    if not library.exists():
        source = ROOT / "test/BadInputs/Inputs/faults.c"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(library), "TENON_FAULT": fault, "TENON_CALLS": str(calls)}


def fail_everywhere(r, kind, number, wanted):
    """Each call of a kind fails once, from the first to the one that is never made: the
    checkpoint of before is there, and no other file."""
    if not (r.folder / "model").exists():
        r.compile(MODEL, "--train")
    trained(r, "--steps", 5)
    before, names = (r.folder / "c.st").read_bytes(), None
    for first in range(1, 100):
        environment = faults(r, f"{kind}:{first}:{number}")
        names = names or sorted(path.name for path in r.folder.iterdir())
        result = call([str(r.folder / "model"), "train", "--checkpoint", "c.st", *save(r)], r.folder, environment)
        if result.code == 0:
            break
        r.contract(result, 3, ["c.st: error: ", wanted], f"{kind} {first}", bounds=False)
        r.check((r.folder / "c.st").read_bytes() == before, f"{kind} {first}: the checkpoint changed")
        left = sorted(path.name for path in r.folder.iterdir())
        r.check(left == names, f"{kind} {first}: left behind {set(left) - set(names)}")
    r.check(1 < first < 99, f"{kind} is called {first - 1} times")


def row_E01(r):
    """A full disk: of a checkpoint, of a log, of an output, of an executable."""
    fail_everywhere(r, "write", errno.ENOSPC, "No space left on device")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
    result = call([str(r.folder / "model"), "train", "--log", "l.jsonl", *save(r)], r.folder, before=limit)
    r.contract(result, 3, ["l.jsonl: error: cannot be written: File too large"], "a log", bounds=False)
    np.save(r.folder / "x.npy", np.ones((2, 4), "f4"))
    run = ["run", "--weights", "c.st", "--input", "x=x.npy", "--output", "y=y.npy"]
    result = call([str(r.folder / "model"), *run], r.folder, faults(r, f"write:1:{errno.ENOSPC}"))
    r.contract(result, 3, ["y.npy: error: writing failed: No space left on device"], "an output", bounds=False)
    r.check(not (r.folder / "y.npy").exists(), "half an output")


def row_E02(r):
    """Errors that show late, at the flush or the close."""
    fail_everywhere(r, "close", errno.EIO, "writing failed: Input/output error")
    trained(r, "--steps", 5)
    before = (r.folder / "c.st").read_bytes()
    result = trained(r, code=3, wanted=["c.st: error: writing failed"], environment=faults(r, f"fsync:1:{errno.EIO}"))
    r.check((r.folder / "c.st").read_bytes() == before, f"a rename after a failed flush: {result.err}")


def row_E03(r):
    """No permission, no quota, a file system that is read alone."""
    for number, words in (
        (errno.EACCES, "Permission denied"), (errno.EDQUOT, "Disk quota exceeded"), (errno.EROFS, "Read-only file system"),
    ):  # fmt: skip
        fail_everywhere(r, "open", number, f"cannot be written: {words}")
    fail_everywhere(r, "rename", errno.EPERM, "cannot be replaced: Operation not permitted")


def row_E04(r):
    """Short writes, and interrupted ones."""
    r.compile(MODEL, "--train")
    trained(r, checkpoint="whole.st")
    trained(r, environment=faults(r, "write:0:0"))
    r.check((r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes(), "bytes are lost")


def row_E18(r):
    """Killed while compiling: nothing, or the old executable, or the new one."""
    program = r.compile(MODEL, "--train")
    whole = program.read_bytes()
    rng = np.random.default_rng(18)
    for attempt in range(10):
        before = b"the one before" if attempt % 2 else None
        target = r.write("exe", before) if before else r.folder / "exe"
        process = subprocess.Popen([r.tenonc, "m.tenon", "--train", "-o", "exe"], cwd=r.folder,
                                   stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        time.sleep(rng.uniform(0.0, 2.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found = target.read_bytes() if target.exists() else None
        r.check(found in (before, whole), f"{len(found or b'')} bytes of an executable")
        target.unlink(missing_ok=True)


def row_E19(r):
    """Killed at any moment: the checkpoint is whole, and the training goes on from it."""
    program = r.compile(MODEL, "--train")
    line = [str(program), "train", *save(r), "--checkpoint", "c.st", "--steps", "16777216", "--threads", "1"]
    rng = np.random.default_rng(19)
    step, stops, patience = 0, set(), 0.04
    for attempt in range(int(os.environ.get("TENON_KILLS", 200))):
        more = ["--resume", "c.st"] if (r.folder / "c.st").exists() else []
        with open(r.folder / "said", "w") as said:
            process = subprocess.Popen([*line, "--every", str(1 + attempt % 3), *more], cwd=r.folder, stderr=said)
        time.sleep(rng.uniform(0.0, patience))
        process.kill()
        process.wait()
        # Who cannot read the checkpoint ends by itself.
        if process.returncode != -signal.SIGKILL:
            r.check(False, f"kill {attempt}: exit {process.returncode}: {(r.folder / 'said').read_text()[:500]}")
            return
        if more or (r.folder / "c.st").exists():
            now = int(read_safetensors(r.folder / "c.st")["tenon.step"])
            r.check(now >= step, f"kill {attempt}: back from step {step} to {now}")
            # A busy machine needs longer to come to a step.
            patience = min(1.0, patience * 1.3) if now == step else max(0.04, patience * 0.8)
            step = now
            stops.add(now)
        for path in r.folder.glob(".c.st.tmp-*"):
            path.unlink()
    r.check(len(stops) > 20, f"checkpoints of {len(stops)} steps")
    trained(r, "--resume", "c.st", "--steps", step + 5)
    trained(r, "--steps", step + 5, checkpoint="whole.st")
    same = (r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes()
    r.check(same, f"a training that was killed ends elsewhere at step {step + 5}")


def row_E20(r):
    """The file is flushed before it gets its name, and its directory before the next step."""
    r.compile(MODEL, "--train")
    trained(r, "--every", 10, environment=faults(r, calls=r.folder / "calls"))
    calls = [line.split(" ", 1) for line in (r.folder / "calls").read_text().splitlines()]
    calls = [(kind, pathlib.Path(path)) for kind, path in calls if "c.st" in path or path == str(r.folder)]
    # The one before gets another name in between, by a link that no failure undoes.
    links = [i for i, (_, path) in enumerate(calls) if path.name.endswith("-previous")]
    r.check(len(links) == 1 and calls[links[0] + 1][0] == "rename", f"{calls}")
    calls = [call for i, call in enumerate(calls) if i not in links]
    renames = [i for i, (kind, _) in enumerate(calls) if kind == "rename"]
    r.check(len(renames) == 2, f"{calls}")
    for i in renames:
        r.check(calls[i - 1][0] == "fsync" and calls[i - 1][1].name == calls[i][1].name, f"no flush before: {calls[: i + 1]}")
        r.check(calls[i - 2][0] == "write", f"{calls[: i + 1]}")
        r.check(calls[i + 1] == ("fsync", r.folder), f"the directory is not flushed: {calls[i:]}")


def stopped(r, number, *options):
    """A training that gets a signal; exit code and what it said."""
    process = subprocess.Popen([str(r.folder / "model"), "train", *save(r), "--checkpoint", "c.st", *map(str, options)],
                               cwd=r.folder, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))  # fmt: skip
    time.sleep(0.1)
    process.send_signal(number)
    return process


def row_E22(r):
    """A terminal that closes ends a training as Ctrl-C does; one that is held goes on."""
    r.compile(MODEL, "--train")
    process = stopped(r, signal.SIGHUP, "--steps", 16777216)
    _, err = process.communicate(timeout=60)
    r.check(process.returncode == 129 and "train: stopped after step" in err, f"exit {process.returncode}: {err}")
    step = int(read_safetensors(r.folder / "c.st")["tenon.step"])
    trained(r, "--resume", "c.st", "--steps", step + 100)
    trained(r, "--steps", step + 100, checkpoint="whole.st")
    whole = (r.folder / "whole.st").read_bytes()
    r.check((r.folder / "c.st").read_bytes() == whole, "after SIGHUP it goes on elsewhere")
    process = stopped(r, signal.SIGTSTP, "--steps", step + 100)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    r.check(process.returncode == 0 and (r.folder / "c.st").read_bytes() == whole, f"SIGTSTP: {process.returncode}: {err}")


def row_E23(r):
    """Two trainings that write one file: it is always one of theirs, whole."""
    program = r.compile(MODEL, "--train")
    for seed in 1, 2:
        trained(r, "--seed", seed, "--steps", 300, checkpoint=f"{seed}.st")
    ends = [(r.folder / f"{seed}.st").read_bytes() for seed in (1, 2)]
    line = [str(program), "train", *save(r), "--checkpoint", "c.st", "--steps", "300", "--every", "1"]
    processes = [subprocess.Popen([*line, "--seed", str(seed)], cwd=r.folder) for seed in (1, 2)]
    seen = 0
    while any(process.poll() is None for process in processes):
        if (r.folder / "c.st").exists():
            seed = int(read_safetensors(r.folder / "c.st")["tenon.seed"])
            r.check(seed in (1, 2), f"seed {seed}")
            seen += 1
    r.check([process.returncode for process in processes] == [0, 0], "one of two trainings failed")
    r.check(seen > 10 and (r.folder / "c.st").read_bytes() in ends, "the checkpoint is a mixture")


def row_E26(r):
    """The directory goes while it trains: the run ends, and says so."""
    program = r.compile(MODEL, "--train")
    (r.folder / "far").mkdir()
    line = [str(program), "train", *save(r), "--steps", "16777216", "--every", "1"]
    process = subprocess.Popen([*line, "--checkpoint", "far/c.st"], cwd=r.folder, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while not (r.folder / "far/c.st").exists() and time.monotonic() < end:
        time.sleep(0.01)
    (r.folder / "far").rename(r.folder / "near")
    _, err = process.communicate(timeout=60)
    # Before the new file is opened, or before it takes the old one's place.
    said = re.search(r"far/c\.st: error: cannot be (written|replaced)", err)
    r.check(process.returncode == 3 and said, f"{process.returncode}: {err}")
    step = int(read_safetensors(r.folder / "near/c.st")["tenon.step"])
    trained(r, "--resume", "near/c.st", "--steps", step + 5)


def row_E28(r):
    """What a killed run has left, also under the names of runs to come."""
    r.compile(MODEL, "--train")
    trained(r, checkpoint="whole.st")
    child = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True)
    for k in range(3000):
        r.write(f".c.st.tmp-{int(child.stdout) + k}-0", "half")
    trained(r)
    r.check((r.folder / "c.st").read_bytes() == (r.folder / "whole.st").read_bytes(), "another checkpoint")
    left = {path.read_text() for path in r.folder.glob(".c.st.tmp-*")}
    r.check(left == {"half"}, "a file of another run is changed")


main(globals())
