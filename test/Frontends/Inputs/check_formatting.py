"""The formatter keeps the words and the tree, changes nothing twice, and does not
depend on the blanks of its input.

usage: check_formatting.py TENONC SCRATCH_FOLDER FOLDER...
"""

import pathlib
import random
import re
import subprocess
import sys

tenonc, scratch, *folders = sys.argv[1:]
scratch = pathlib.Path(scratch)
scratch.mkdir(exist_ok=True)
WORD = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|\s+|\w+|[^\w\s]')


def run(*command, text=None):
    return subprocess.run([tenonc, *command], input=text, capture_output=True, text=True, check=False)


def formatted(text):
    done = run("fmt", "-", text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(text):
    (scratch / "tree.tenon").write_text(text, encoding="utf-8")
    done = run(scratch / "tree.tenon", "--emit=ast")
    assert done.returncode == 0, done.stderr
    return done.stdout


def words(text):
    """Words and comments, in order."""
    return [word.rstrip() for word in WORD.findall(text) if not word.isspace()]


def disturbed(text, rng):
    """Other blanks between the words of each line, suites indented by twice as much."""
    lines = []
    for line in text.split("\n"):
        begin = len(line) - len(line.lstrip(" "))
        out = " " * (2 * begin)
        for word in WORD.findall(line[begin:]):
            if word.isspace():
                out += " " * rng.randint(1, 3)
            else:
                out += word + " " * (rng.randint(0, 2) if word in "()[],;" else 0)
        lines.append(out + " " * rng.randint(0, 2))
    return "\n" + "\n".join(lines) + "\n\n"


rng, checked = random.Random(1), 0
for folder in folders:
    for path in sorted(pathlib.Path(folder).rglob("*.tenon")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if run(path, "--emit=ast").returncode != 0:
            assert run("fmt", path, "--check").returncode == 1, path
            continue
        once = formatted(text)
        assert words(once) == words(text), f"{path}: other words"
        assert tree(once) == tree(text), f"{path}: another tree"
        assert formatted(once) == once, f"{path}: not idempotent"
        assert formatted(disturbed(once, rng)) == once, f"{path}: depends on blanks"
        assert formatted(once.replace("\n", "\r\n")) == once, f"{path}: depends on line ends"
        wide = [line for line in once.split("\n") if len(line) > 120 and "#" not in line]
        assert not wide, f"{path}: {wide}"
        checked += 1
print(f"{checked} files")
assert checked >= 30
