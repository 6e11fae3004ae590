"""Holds the direction of includes: a folder may include itself and what the
table below lists for it, never what stands above it.

    check_includes.py [ROOT]

prints every #include line that points the wrong way, and ends with exit code 1
when there is one.
"""

import pathlib
import re
import sys

# Folder of a layer -> layers it may include. A layer is found by the longest
# matching folder, in include/tenon and lib alike. Runtime/Abi.h is the contract
# between compiler and runtime, a layer of its own.
BASE = {"Support", "Target"}
IR = {"Dialect/Tenon/IR", "Dialect/Kernel/IR"}
MEANING = {"Reference", "Autodiff", "Analysis"}
CHANGES = {"Dialect/Tenon/Transforms", "Dialect/Kernel/Transforms", "Conversion"}
ALLOWED = {
    "Support": set(),
    "Target": {"Support"},
    "Dialect/Tenon/IR": BASE,
    "Dialect/Kernel/IR": BASE | {"Dialect/Tenon/IR"},
    "Reference": BASE | IR | MEANING,
    "Autodiff": BASE | IR | MEANING,
    "Analysis": BASE | IR | MEANING,
    "Dialect/Tenon/Transforms": BASE | IR | MEANING,
    "Dialect/Kernel/Transforms": BASE | IR | MEANING,
    "Conversion": BASE | IR | MEANING | CHANGES | {"Runtime/Abi.h"},
    "CodeGen": BASE | IR | MEANING | CHANGES | {"Runtime/Abi.h"},
    "Emulation": BASE,
    "LaunchTable": BASE | IR | MEANING | CHANGES | {"Runtime/Abi.h"},
    "Pipelines": BASE | IR | MEANING | CHANGES | {"CodeGen", "LaunchTable", "frontends"},
    "frontends": BASE | {"Dialect/Tenon/IR"},
    "Runtime": set(),
    "tools": None,
    "test": None,
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"((?:tenon|frontends|lib|tools)/[^"]+)"')


def layer_of(path):
    """The layer of a file or of an included path, and its path inside the
    layers' common root."""
    if path == "include/tenon.h":  # what users of shared libraries see
        return "Runtime", path
    for prefix in ("include/tenon/", "lib/", "tenon/"):
        if path.startswith(prefix):
            path = path[len(prefix) :]
            break
    layers = [layer for layer in ALLOWED if path.startswith(layer + "/")]
    return (max(layers, key=len) if layers else None), path


def wrong_includes(root):
    """Lines 'file:line: ...' of includes against the direction."""
    for top in ("include", "lib", "frontends", "tools"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".td", ".def", ".inc"):
                continue
            name = file.relative_to(root).as_posix()
            layer, _ = layer_of(name)
            if layer is None:
                yield f"{name}:1: no layer of the table holds this file"
                continue
            lines = file.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if not match or ALLOWED[layer] is None:
                    continue
                target, inner = layer_of(match[1])
                if target not in ALLOWED[layer] | {layer} and inner not in ALLOWED[layer]:
                    yield f"{name}:{number}: {layer} must not include {match[1]}"


def main(root=pathlib.Path(__file__).resolve().parents[2]):
    wrong = list(wrong_includes(pathlib.Path(root)))
    print("\n".join(wrong) if wrong else "every include points the right way")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
