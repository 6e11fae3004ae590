"""Runs a command and expects its exit code.

usage: exit_code.py CODE [--stdout=FILE] COMMAND [ARGUMENT...]

What the command prints passes through. Exits 0 when the code is as expected.
"""

import subprocess
import sys

expected = int(sys.argv[1])
command = sys.argv[2:]
stdout = None
if command[0].startswith("--stdout="):
    stdout = open(command.pop(0).split("=", 1)[1], "wb", buffering=0)
code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout).returncode
if code != expected:
    sys.exit(f"{command[0]}: exit code {code}; expected {expected}")
