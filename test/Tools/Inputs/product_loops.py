"""product_loops.py ASSEMBLY: loops that multiply broadcast elements of memory
(over terms, depth or keys) keep their sums in registers, and nothing in the
whole text calls a function."""

import pathlib
import re
import sys

lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
loops, spills, label, block = 0, [], "", []
for line in lines:
    if line.startswith("."):
        label, block = line.split(":")[0], []
    elif re.match(r"\s+j", line):
        text = "\n".join(block)
        # Constants of functions are broadcast from the code's own data.
        multiplies = "vfmadd" in text and re.search(r"vbroadcastss\s+[^#\n]*\((?!%rip)", text)
        if line.split()[-1] == label and multiplies:
            loops += 1
            spills += [move for move in block if re.search(r"\(%rsp.*%[yz]mm|%[yz]mm.*\(%rsp", move)]
        block = []
    else:
        block.append(line)
calls = [line for line in lines if re.match(r"\s+call", line)]
print(f"{loops} loops, {len(spills)} spills, {len(calls)} calls")
assert loops >= 20 and not spills and not calls, (spills + calls)[:5]
