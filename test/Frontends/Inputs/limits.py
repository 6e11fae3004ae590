"""Writes files that strain the reader: limits.py FOLDER."""

import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
suites = "".join(" " * i + "if a:\n" for i in range(1, 2000))
files = {
    "parentheses": b"x = " + b"(" * 100_000,
    "minus": b"x = " + b"-" * 1_000_000 + b"1",
    "members": b"x = a" + b".a" * 100_000,
    "suites": ("model m:\n" + suites).encode(),
    "sum": b"x = a" + b" + a" * 1_000_000 + b"\n",
    "errors": b"x = = 1\n" * 10_000,
    "name": b"x" * 1_000_000 + b" = 1\n",
    "utf16": "model m:\n".encode("utf-16"),
    "bytes": b"a\xff = 1\nb = \xc0\xaf\nc = \xed\xa0\x80\nd = \x00 1\n",
    "ends": b"a = 1\r\nb = 2\rc = 3\nd = 4",
    "marked": b"\xef\xbb\xbfa = 08\n",
    "direction": "# to the \u202e left\na = 1\n".encode(),
    "empty": b"",
}
for name, text in files.items():
    (folder / f"{name}.tenon").write_bytes(text)
