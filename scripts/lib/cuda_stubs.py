"""Stands in for the CUDA libraries that PyTorch's build from PyPI is linked to.

    cuda_stubs.py TORCH FOLDER

TORCH is the installed package. FOLDER receives one library that defines every
function of theirs, each returning an error, and a link to it under the name of
each of them. With FOLDER on LD_LIBRARY_PATH PyTorch runs on the CPU.
"""

import pathlib
import re
import subprocess
import sys

STUB = "libtenon_no_cuda.so"
LIBRARY = re.compile(r"\(NEEDED\).*\[(lib(?:cu|nv|nccl).*)\]")
FUNCTION = re.compile(r"(__)?(cu|nv|nccl)")


def readelf(option, files):
    """What readelf prints about the files, line by line."""
    command = ["readelf", "-W", option, *map(str, files)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def symbols(files):
    """CUDA's functions that the files need and none defines: a dictionary from
    the name to its version, "" when it has none."""
    defined, needed = set(), {}
    for line in readelf("--dyn-syms", files):
        parts = line.split()
        if len(parts) < 8 or not FUNCTION.match(parts[7]):
            continue
        name, _, version = parts[7].partition("@")
        if parts[6] == "UND":
            needed[name] = version
        else:
            defined.add(name)
    return {name: needed[name] for name in sorted(needed.keys() - defined)}


def write_stub(path, names):
    """A shared library in which all names are one function; the loader wants
    them under their versions."""
    lines = [".text"]
    for name in names:
        lines += [f".globl {name}", f".type {name}, @function", f"{name}:"]
    lines += ["mov $100, %eax", "ret", '.section .note.GNU-stack,"",@progbits']
    source, script = path.with_suffix(".s"), path.with_suffix(".map")
    source.write_text("\n".join(lines) + "\n")
    versions = {}
    for name, version in names.items():
        if version:
            versions.setdefault(version, []).append(name)
    script.write_text(
        "".join(f"{v} {{ global: {'; '.join(n)}; }};\n" for v, n in versions.items())
    )
    command = ["clang-22", "-shared", "-nostdlib", "-fuse-ld=lld", str(source)]
    command += [f"-Wl,--version-script={script}", "-o", str(path)]
    subprocess.run(command, check=True)
    source.unlink()
    script.unlink()


def main(torch, folder):
    files = sorted(pathlib.Path(torch, "lib").glob("*.so*"))
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = (LIBRARY.search(line) for line in readelf("-d", files))
    libraries = sorted({match[1] for match in found if match} - {f.name for f in files})
    write_stub(folder / STUB, symbols(files))
    for name in libraries:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(STUB)
    print(f"{len(libraries)} libraries are stood in for: {' '.join(libraries)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
