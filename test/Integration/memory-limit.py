# RUN: %python %s %tenonc %t
"""--max-memory: kernels run again rather than keep what they made. The limit holds at the
sizes it is for, and training gives the same bits as without it; one that cannot be kept is
an error that says what can."""

import re
import subprocess

import numpy as np

from support import ROOT, arguments, compile_model, run_command

tenonc, scratch, _ = arguments()
BATCH = 5
DEFINES = {"depth": 8, "D": 24, "image": 40}
images = np.random.default_rng(1).standard_normal((BATCH, 3, 40, 40)).astype(np.float32)
np.save(scratch / "images.npy", images)
np.save(scratch / "labels.npy", np.arange(BATCH))


def arena_bytes(program, batch=BATCH):
    """The memory for the temporaries of a training step."""
    text = run_command([program.path, "info", "--size", f"B={batch}"])
    return int(re.search(r"entry train\..*?arena (\d+) bytes", text, re.DOTALL)[1])


def checkpoint(program, threads):
    """The bytes of the checkpoint after three steps."""
    file = f"{program.path}.{threads}.safetensors"
    command = [program.path, "train", "--checkpoint", file, "--steps", 3, "--seed", 7, "--threads", threads]
    for name in ("images", "labels"):
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command(command)
    with open(file, "rb") as source:
        return source.read()


def compilation(model, *options):
    """The exit code and the messages of a compilation, which need not succeed."""
    defines = [f"-D{name}={value}" for name, value in DEFINES.items()]
    command = [tenonc, ROOT / f"models/{model}.tenon", "-C", "test", "--train", *defines, *options]
    done = subprocess.run(
        [*map(str, command), "-o", str(scratch / "made")], capture_output=True, text=True
    )
    return done.returncode, done.stderr


for model, shares in (("vit", (0.7, 0.5)), ("kat", (0.5,))):
    source = ROOT / f"models/{model}.tenon"
    free = compile_model(tenonc, source, scratch / model, DEFINES, "test", ["--train", "--mcpu=native"])
    most, expected = arena_bytes(free), checkpoint(free, 1)
    for share in shares:
        limit = int(most * share)
        options = ["--train", "--mcpu=native", "--max-memory", limit, "--size", f"B={BATCH}"]
        limited = compile_model(
            tenonc, source, scratch / f"{model}-{share}", DEFINES, "test", map(str, options)
        )
        assert arena_bytes(limited) <= limit, (model, share, arena_bytes(limited), limit)
        for threads in (1, 3):
            assert checkpoint(limited, threads) == expected, (model, share, threads)

    # An impossible limit names what is needed; that much is enough.
    code, text = compilation(model, "--mcpu=native", "--max-memory=100K", "--size=B=5")
    found = re.search(r"error: entry 'train\.\w+' needs at least (\d+) bytes", text)
    assert code == 1 and found and not (scratch / "made").exists(), (code, text)
    options = ["--train", "--mcpu=native", "--max-memory", found[1], "--size", f"B={BATCH}"]
    limited = compile_model(tenonc, source, scratch / f"{model}-least", DEFINES, "test", options)
    assert arena_bytes(limited) <= int(found[1]), (arena_bytes(limited), found[1])
    assert checkpoint(limited, 2) == expected, model

code, text = compilation("vit", "--max-memory=1M")
assert code == 2 and "--max-memory is for sizes that --size gives; 'B' is missing" in text, text
for wrong in ("0", "-1", "1Q", "", "9223372036854775807K"):
    code, text = compilation("vit", f"--max-memory={wrong}", "--size=B=5")
    assert code == 2 and "expected a number of bytes, or one with K, M or G, above 0" in text, text

# The program for GPUs is held to it, too.
gpu = ["--target=cuda", "--mcpu=native", "--stop-after=layout", "--size=B=5", "--max-memory"]
code, text = compilation("vit", *gpu, "1K")
found = re.search(r"error: entry 'train\.\w+' needs at least (\d+) bytes", text)
assert code == 1 and found and not (scratch / "made").exists(), (code, text)
launches = []
for limit in ("1G", found[1]):
    code, text = compilation("vit", *gpu, limit)
    assert code == 0, (limit, text)
    launches.append((scratch / "made").read_text().count("kernel.launch"))
assert launches[1] > launches[0], launches
