"""count_chains.py LISTING CHAINS: a function's multiply-adds write CHAINS
different registers, each equally often."""

import collections
import pathlib
import re
import sys

listing = pathlib.Path(sys.argv[1]).read_text()
written = re.findall(r"vfmadd\w+\s.*%([yz]mm\d+)\s*(?:#.*)?$", listing, re.MULTILINE)
counts = collections.Counter(written)
print(dict(counts))
assert len(counts) == int(sys.argv[2]), f"{len(counts)} chains, expected {sys.argv[2]}"
assert len(set(counts.values())) == 1, "some chains are shorter than others"
