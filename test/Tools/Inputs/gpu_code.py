"""gpu_code.py TENONC MODELS FOLDER [PTXAS]: compiles the models of the folder MODELS for GPUs and
looks at the PTX; PTXAS, where there is one, must take it without spills. With training a model is
compiled at the sizes of its tests, where it has any."""

import pathlib
import re
import subprocess
import sys

tenonc, models, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
ptxas = sys.argv[4] if len(sys.argv) > 4 else None
paths = sorted(models.glob("*.tenon"))
assert len(paths) > 10, models


def compile_model(path, ptx, *options, target="cuda"):
    """The PTX of a model."""
    command = [tenonc, str(path), *options, f"--target={target}", "--emit=asm", "-o", str(ptx)]
    subprocess.run(command, check=True, stderr=subprocess.PIPE)
    return ptx.read_text()


def check(name, text, least):
    """What is in the PTX, which has `least` kernels or more."""
    entries = re.findall(r"^\.visible \.entry (\w+)\(", text, re.MULTILINE)
    assert len(entries) >= least and len(set(entries)) == len(entries), (name, entries)
    assert "__nv_" not in text and ".local" not in text, name
    # Factors of products are fetched before they are multiplied; nothing is added out of order.
    assert "fma.rn.f32" in text and "atom." not in text, name
    # Products of matrices are made on tensor cores, of pieces that come without registers.
    if name in ("vit", "minilm", "kat", "llama"):
        assert all(word in text for word in ("mma.sync", "ldmatrix", "cp.async.cg")), name
    return entries


def check_registers(name, ptx, entries, kind="sm_80"):
    """Machine code of every kernel needs no stack; products of warpgroups do not wait for each other."""
    done = subprocess.run(
        [ptxas, "-v", f"-arch={kind}", str(ptx), "-o", str(ptx.with_suffix(".cubin"))],
        check=True, capture_output=True, text=True,
    )
    assert not re.search(r"C75\d\d|wgmma", done.stderr), (name, done.stderr)
    spills = [line for line in done.stderr.splitlines() if "spill" in line]
    assert len(spills) == len(entries), (name, len(spills), len(entries))
    assert all("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in line for line in spills), spills


for path in paths:
    source = path.read_text()
    kinds = {"": []}
    if re.search(r"^    train \w+\(", source, re.MULTILINE):
        kinds["_train"] = ["--train", *(["-C", "test"] if "    config test:" in source else [])]
    for kind, options in kinds.items():
        name = path.stem + kind
        ptx = folder / f"{name}.ptx"
        text = compile_model(path, ptx, *options)
        is_large = path.stem in ("vit", "minilm", "kat", "mot", "llama", "din")
        entries = check(name, text, 5 if is_large else 1)
        if ptxas:
            check_registers(name, ptx, entries)

# Factors of bf16, for either kind of GPUs; only the later one has warpgroups that multiply.
for name in ("vit", "kat", "minilm", "mot", "llama"):
    for kind in ("sm_80", "sm_90a"):
        ptx = folder / f"{name}_{kind}.ptx"
        options = ["--precision", "compute=bf16"]
        text = compile_model(models / f"{name}.tenon", ptx, *options, target=f"cuda,{kind}")
        entries = check(f"{name}, {kind}", text, 5)
        assert f".target {kind}" in text, name
        assert ("wgmma.mma_async.sync.aligned" in text) == (kind == "sm_90a"), (name, kind)
        assert "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" in text or kind == "sm_90a", name
        if ptxas:
            check_registers(name, ptx, entries, kind)
