"""Each broken configuration file is refused at its place, with exit code 1.

usage: broken_json.py TENONC MODEL SCRATCH_FOLDER
"""

import subprocess
import sys

tenonc, model, scratch = sys.argv[1:]
CASES = [
    (b"", "1:1: error: a configuration file is one JSON object; expected '{', got the end of the file"),
    (b"[1]", "1:1: error: a configuration file is one JSON object; expected '{', got '['"),
    (b'{"a": 1', "1:8: error: this object goes on strangely; expected ',' or '}', got the end of the file"),
    (b'{"a": 1,}', "1:9: error: a member of an object begins with its key; expected '\"', got '}'"),
    (b'{"a" 1}', "1:6: error: a key without a value; expected ':', got '1'"),
    (b'{"a": [1 2]}', "1:10: error: this array goes on strangely; expected ',' or ']', got '2'"),
    (b'{"a": 1} x', "1:10: error: text after the JSON object; expected the end of the file, got 'x'"),
    (b'{"a": 1,\n "a": 2}', "2:2: error: key 'a' again; it is at 1:2"),
    (b'{"a": NaN}', "1:7: error: no JSON value begins here"),
    (b'{"a": 012}', "1:7: error: a number with a leading zero"),
    (b'{"a": 1.}', "1:9: error: this number is not complete; expected a digit, got '}'"),
    (b'{"a": -1e999}', "1:7: error: number -1e999 is out of range"),
    (b'{"a": "b\n"}', "1:7: error: this string is not closed on its line"),
    (b'{"a": "\\q"}', "1:9: error: unknown escape in a string"),
    (b'{"a": "\\u12"}', "1:10: error: this escape is not complete; expected four hexadecimal digits"),
    (b'{"a": "\\ud83d!"}', "1:8: error: this escape is half of a character"),
    (b'{"a": "\xff"}', "1:8: error: byte \\xFF"),
    (b'{"a": 1}\0', "1:9: error: a NUL byte"),
    (b'{"a": ' + b"[" * 100000, "1:262: error: nested deeper than 256"),
]
failed = 0
for number, (text, wanted) in enumerate(CASES):
    path = f"{scratch}/broken{number}.json"
    with open(path, "wb") as file:
        file.write(text)
    command = [tenonc, model, "--names", "--config", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    first = done.stderr.partition("\n")[0]
    if done.returncode != 1 or not first.startswith(f"{path}:{wanted}") or done.stdout:
        print(f"{text[:40]!r}: exit code {done.returncode}\n  expected {wanted}\n  got      {first}")
        failed += 1
sys.exit(bool(failed))
