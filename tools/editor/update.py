"""Brings the word lists of tenon.tmLanguage.json in line with the language: reserved
words, built-in functions, and what the standard library defines.

usage: update.py [--check]     --check changes nothing; names what differs, exit 1
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRAMMAR = pathlib.Path(__file__).with_name("tenon.tmLanguage.json")
LANGUAGE = ROOT / "frontends" / "lang"
# Reserved words that stand for a value.
VALUES = {"false", "inf", "none", "pi", "step", "training", "true"}


def names(file, row):
    return set(re.findall(row, (LANGUAGE / file).read_text(encoding="utf-8"), re.M))


keywords = names("TokenKinds.def", r'^TOKEN_KEYWORD\(\w+, "(\w+)"\)')
lists = {
    "keyword": keywords - VALUES,
    "constant": keywords & VALUES,
    "builtin": names("Builtins.def", r'^TENON_BUILTIN(?:_LATER)?\("(\w+)"'),
    "library": names("std.tenon", r"^(?:block|fn|optimizer) (\w+)"),
}
assert all(lists.values()), "a list of words is empty"

grammar = json.loads(GRAMMAR.read_text(encoding="utf-8"))
differences = 0
for rule, words in lists.items():
    pattern = grammar["repository"][rule]
    present = set(re.fullmatch(r"\\b\((.*)\)\\b", pattern["match"])[1].split("|"))
    for word in sorted(words ^ present):
        print(f"{GRAMMAR.name}: {rule} '{word}' is {'missing' if word in words else 'no longer one'}")
        differences += 1
    pattern["match"] = rf"\b({'|'.join(sorted(words))})\b"
if "--check" not in sys.argv[1:]:
    GRAMMAR.write_text(json.dumps(grammar, indent=2) + "\n", encoding="utf-8")
elif differences:
    print("'python3 tools/editor/update.py' mends")
    sys.exit(1)
