"""Runs the examples of a Markdown file and compares what they print.

usage: check_documentation.py FILE SOURCE_FOLDER WORK_FOLDER [NAME=FOLDER...]

A block opened by ```tenon NAME, ```mlir NAME or ```python NAME is written to NAME.
A block opened by ```console holds commands after '$ ' and what each prints,
standard error included; a line '...' stands for any lines, and '[...]' inside a
line for any text. All run in WORK_FOLDER, in order, with links to models/, frontends/
and what else is named.
"""

import os
import re
import shutil
import subprocess
import sys

document, source, work, *more = sys.argv[1:]
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
for folder in ("models", "frontends"):
    os.symlink(os.path.join(source, folder), os.path.join(work, folder))
for name, folder in (text.split("=") for text in more):
    os.symlink(folder, os.path.join(work, name))


def pattern(lines):
    """A regular expression for the expected lines."""
    parts = []
    for line in lines:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in line.split("[...]")) + r"[ ]*\n")
    return "".join(parts)


def run(command, expected, number):
    result = subprocess.run(
        ["bash", "-c", command], cwd=work, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    output = result.stdout
    if output and not output.endswith("\n"):
        output += "\n"
    if re.fullmatch(pattern(expected), output):
        return True
    print(f"{document}:{number}: $ {command}\nexpected:")
    print("\n".join(expected))
    print(f"got (exit code {result.returncode}):\n{output}")
    return False


def check(lines):
    block, name, start, ran, failed = None, "", 0, 0, 0
    for number, line in enumerate(lines + [""], 1):
        if block is None:
            opening = re.fullmatch(r"```(\w+)(?: (\S+))?", line)
            if opening and (opening[1] == "console" or opening[2]):
                block, name, start = [], opening[2], number
            continue
        if line != "```":
            block.append(line)
            continue
        if name:
            with open(os.path.join(work, name), "w", encoding="utf-8") as file:
                file.write("\n".join(block) + "\n")
        else:
            commands = [i for i, text in enumerate(block) if text.startswith("$ ")]
            for i, end in zip(commands, commands[1:] + [len(block)]):
                ran += 1
                failed += not run(block[i][2:], block[i + 1 : end], start + i + 1)
        block = None
    return ran, failed


with open(document, encoding="utf-8") as file:
    ran, failed = check(file.read().split("\n"))
print(f"{ran} commands, {failed} failed")
sys.exit(1 if failed or not ran else 0)
