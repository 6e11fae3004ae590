"""gpu_code.py TENONC MODELS FOLDER [PTXAS]: compiles the models of the folder MODELS for GPUs
and looks at the PTX; PTXAS, where there is one, must take it without spills."""

import pathlib
import re
import subprocess
import sys

tenonc, models, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
ptxas = sys.argv[4] if len(sys.argv) > 4 else None
paths = sorted(models.glob("*.tenon"))
assert len(paths) > 10, models
for path in paths:
    name = path.stem
    ptx = folder / f"{name}.ptx"
    config = ["-C", "test"] if "config test " in path.read_text() else []
    command = [tenonc, str(path), *config, "--target=cuda", "--emit=asm", "-o", str(ptx)]
    if name in ("karat", "karat_rows"):
        done = subprocess.run(command, capture_output=True, text=True)
        reason = "'kernel.contract' op cannot be emitted for GPUs: a prologue makes its lhs"
        assert done.returncode == 1 and reason in done.stderr and not ptx.exists(), (name, done.stderr)
        continue
    subprocess.run(command, check=True)
    text = ptx.read_text()
    entries = re.findall(r"^\.visible \.entry (\w+)\(", text, re.MULTILINE)
    least = 5 if name in ("vit", "minilm", "kat", "mot", "llama", "din") else 1
    assert len(entries) >= least and len(set(entries)) == len(entries), (name, entries)
    assert "__nv_" not in text and ".local" not in text, name
    # Factors of products are fetched before they are multiplied; nothing is added out of order.
    assert "fma.rn.f32" in text and "atom." not in text, name
    if not ptxas:
        continue
    done = subprocess.run(
        [ptxas, "-v", "-arch=sm_80", str(ptx), "-o", str(folder / f"{name}.cubin")],
        check=True, capture_output=True, text=True,
    )
    spills = [line for line in done.stderr.splitlines() if "spill" in line]
    assert len(spills) == len(entries), (name, len(spills), len(entries))
    assert all("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in line for line in spills), spills
