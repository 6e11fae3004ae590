"""The editor's grammar gives each word of the shipped files the colour that it should have.

usage: check_highlighting.py GRAMMAR FILE...
"""

import json
import pathlib
import re
import sys

grammar, *files = sys.argv[1:]
grammar = json.loads(pathlib.Path(grammar).read_text(encoding="utf-8"))
rules = []
for include in grammar["patterns"]:
    rule = grammar["repository"][include["include"][1:]]
    for pattern in rule.get("patterns", []) if "begin" not in rule else [rule]:
        text = pattern.get("match") or pattern["begin"] + r"(?:\\.|[^\"])*?(?:" + pattern["end"] + ")"
        rules.append((pattern["name"], re.compile(text, re.M)))
    if "match" in rule:
        rules.append((rule.get("name", "declaration"), re.compile(rule["match"], re.M)))


def scopes(text):
    """What each stretch of the text is, as an editor finds it: the earliest match, then
    the first rule."""
    at = 0
    while at < len(text):
        found = [(match.start(), i) for i, (_, rule) in enumerate(rules)
                 if (match := rule.search(text, at))]  # fmt: skip
        if not found:
            break
        start, i = min(found)
        if start > at:
            yield "plain", text[at:start]
        match = rules[i][1].match(text, start)
        assert match[0], rules[i][0]
        yield rules[i][0].removesuffix(".tenon"), match[0]
        at = match.end()
    yield "plain", text[at:]


sample = 'block f[n: int = 2](x: [..]): ## d\n  y = relu(x) ^ 1.5e-3 |> layer_norm if true else "a\\n" # c'
expected = [
    ("declaration", "block f"), ("storage.type", "int"), ("keyword.operator", "="),
    ("constant.numeric.integer", "2"), ("keyword.operator", ".."),
    ("comment.line.documentation", "## d"), ("keyword.operator", "="),
    ("support.function.builtin", "relu"), ("keyword.operator", "^"),
    ("constant.numeric.float", "1.5e-3"), ("keyword.operator", "|>"),
    ("support.function.library", "layer_norm"), ("keyword.control", "if"),
    ("constant.language", "true"), ("keyword.control", "else"),
    ("string.quoted.double", '"a\\n"'), ("comment.line.number-sign", "# c"),
]  # fmt: skip
got = [scope for scope in scopes(sample) if scope[0] != "plain"]
assert got == expected, got

for file in files:
    # What no rule matches is brackets, separators and names.
    for scope, text in scopes(pathlib.Path(file).read_text(encoding="utf-8")):
        assert scope != "plain" or re.fullmatch(r"[\s\w()\[\],.:;]*", text), (file, text)
