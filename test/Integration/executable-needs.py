# RUN: %python %s %tenonc %t
"""What an executable asks of a machine: libc, libm and the loader, less than
2 MB without weights; what its kernels call: nothing but memory moves, hence no
scalar libm function inside a loop."""

import re
import shutil

from support import ROOT, arguments, run_command

LIBRARIES = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
CALLS = {"memcpy", "memmove", "memset"}

tenonc, scratch, _ = arguments()


def llvm_tool(name):
    path = shutil.which(name) or shutil.which(f"{name}-22")
    assert path, f"no {name} of LLVM 22"
    return path


for model in ("minilm.tenon", "vit.tenon", "digits/digits_vit.tenon"):
    source, program = ROOT / "models" / model, scratch / "program"
    run_command([tenonc, source, "-o", program])
    dynamic = run_command([llvm_tool("llvm-readelf"), "-d", program])
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    assert needed <= LIBRARIES, f"{model} needs {sorted(needed - LIBRARIES)}"
    run_command([llvm_tool("llvm-strip"), program, "-o", scratch / "stripped"])
    size = (scratch / "stripped").stat().st_size
    assert size < 2_000_000, f"{model}: {size} bytes"

    run_command([tenonc, source, "--emit=obj", "-o", scratch / "program.o"])
    undefined = run_command([llvm_tool("llvm-nm"), "-u", "-j", scratch / "program.o"])
    calls = set(undefined.split()) - {"_GLOBAL_OFFSET_TABLE_"}
    assert calls <= CALLS, f"{model} calls {sorted(calls - CALLS)}"
    print(f"{model}: {size} bytes, needs {sorted(needed)}")
