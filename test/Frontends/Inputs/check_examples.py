"""Parses every example of a Markdown file: check_examples.py TENONC FILE FOLDER.

A block marked `tenon` is a file, one marked `tenon body` the suite of a model.
"""

import pathlib
import re
import subprocess
import sys

tenonc, markdown, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
blocks = re.findall(r"^```tenon( body)?\n(.*?)^```$", markdown.read_text(), re.S | re.M)
if len(blocks) < 4:
    sys.exit(f"{markdown}: found {len(blocks)} examples, expected at least 4")
for number, (body, text) in enumerate(blocks):
    if body:
        lines = ("    " + line if line else "" for line in text.split("\n"))
        text = "model example:\n" + "\n".join(lines)
    source = folder / f"example{number}.tenon"
    source.write_text(text)
    subprocess.run([tenonc, str(source), "--emit=ast"], check=True, stdout=subprocess.DEVNULL)
