# RUN: %python %s %tenonc %t
"""Rows L of the table of bad inputs: the text of a model."""

import os
import resource
import threading

import numpy as np

from rows import call, entry, main

GOOD = entry("return x + 1")
ODD = ["a;b", "$(touch hacked)", "quote\\\"s", "new\\nline", "../up", "/etc/passwd", "%n%s"]


def small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))


def row_L01(r):
    for text in "", "# only\n\n   # comments\n", "\n\n\n", "a = 3\n":
        r.refuse(text, "no model defined", at="1:1")


def row_L02(r):
    r.accept(b"\xef\xbb\xbf" + GOOD.encode())
    r.refuse(b"\xef\xbb\xbfa = 08\n", "'08'", at="1:5")


def row_L03(r):
    for code in "utf-16-le", "utf-16-be":
        r.refuse(("\ufeff" + GOOD).encode(code), "file is UTF-16; expected UTF-8", at="1:1")


def row_L04(r):
    r.refuse(GOOD.encode().replace(b"x + 1", b"x\xff + 1"), "byte \\xFF", at="4:17")


def row_L05(r):
    r.refuse(b"a = 1\nb = \xc0\xaf\n", "byte \\xC0", at="2:5")
    r.refuse(b"a = 1\nb = \xed\xa0\x80\n", "byte \\xED", at="2:5")
    r.refuse(b"# \xf5\x80\x80\x80\n", "byte \\xF5", at="1:3")


def row_L06(r):
    r.refuse(GOOD.encode() + b"\0\nnonsense", "a NUL byte", at="5:1")
    r.refuse(b"# a\0b\n" + GOOD.encode(), "a NUL byte", at="1:4")


def row_L07(r):
    lines = GOOD.split("\n")
    wanted = r.accept(GOOD, ["--emit=tenon"]).out
    mixed = "".join(a + b for a, b in zip(lines, ["\r\n", "\r", "\n", "\r\n", ""]))
    for text in GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), mixed:
        r.check(r.accept(text, ["--emit=tenon"]).out == wanted, f"{text!r}: another program")
        r.refuse(text.replace("x + 1", "z + 1"), "undefined name 'z'", at="4:16")


def row_L08(r):
    r.refuse('a = 1\nb = "open\nc = 2\n', "string is not closed", at="2:5")
    r.refuse('a = 1\nb = "open', "string is not closed", at="2:5")


def row_L09(r):
    r.refuse("a = 1 /* a comment */\n", at="1:8")
    r.refuse("a = " + "/*" * 100_000 + "\n", at="1:5")


def row_L10(r):
    for escape in "\\q", "\\x", "\\x41", "\\u{110000}", "\\u{}", "\\u{D800}", "\\":
        r.refuse(f'a = "{escape} "\n', f"'{escape[:2]}")


def row_L11(r):
    r.refuse("x" * 1_000_000 + " = 1\n", "1000000 characters; the limit is 255", at="1:1")


def row_L12(r):
    r.refuse("a = [" + " " * 50_000_000 + "$]\n", "character '$'", at="1:50000006")
    r.refuse("#" + "x" * 50_000_000 + "\na = 08", "'08'", at="2:5")


def row_L13(r):
    r.refuse("a\u202eb = 1\n", "U+202E", at="1:1")
    result = r.accept("# to the \u202e left\n" + GOOD)
    r.check("m.tenon:1:10: warning: " in result.err and "U+202E" in result.err, result.err)


def row_L14(r):
    r.refuse(GOOD.replace("x + 1", "\u0445 + 1"), "U+0445", at="4:16")


def row_L15(r):
    wide = "9223372036854775808"
    for dims in f"[B, {wide}]", f"[B, {wide[:-1]}7 + 1]", "[B, 2 ^ 63]":
        r.refuse(entry("return x", f"x: {dims}"), "64 bits")


def row_L16(r):
    for size in "-1", "-9223372036854775807 - 1", "3 - 4":
        r.refuse(entry("return x", f"x: [B, {size}]"), "negative", at="3:20")
        r.refuse(entry("return x", head=f"param w: [{size}]"), "negative")
    r.refuse(entry("return x", head="dim N <= -1"), "N")


def row_L17(r):
    for value in "1e400", "-1e400", "1e39", "-1e39", "3.5e38":
        r.refuse(entry(f"return x + {value}"), "out of")
        r.refuse(entry("return x + w", head=f"param w: [4] = {value}"), "out of")
        r.refuse(entry("return x + s", "x: [B, 4], s: [] = " + value), "out of")
    r.accept(entry("return x + 3.4028235e38"))


def row_L18(r):
    result = r.accept(entry("return x + 1e-400"))
    r.check("m.tenon:4:20: warning: number 1e-400 is rounded to 0" in result.err, result.err)
    result = r.accept(entry("return x + 16777217"))
    rounded = "m.tenon:4:18: warning: 16777217 as f32 is rounded to 16777216"
    r.check(rounded in result.err, f"16777217: {result.err}")
    r.check(not r.accept(entry("return x + 16777216")).err, "16777216 needs no rounding")
    r.refuse(entry("return x + 0.1", "x: i32[B, 4]", "y: i32[B, 4]"), "0.1 as i32")
    r.refuse(entry("return x + 3000000000", "x: i32[B, 4]", "y: i32[B, 4]"), "i32")


def row_L19(r):
    for text in "1e", "0x", "1__0", "1.2.3", "0b2", "08", "1_", "0x1F", "1e+":
        r.refuse(f"a = {text}\n", f"malformed number '{text}'", at="1:5")


def row_L20(r):
    for value in "inf", "-inf":
        for text in (f'normalize(x, "B D -> B 1", eps = {value})', f"leaky_relu(x, {value})",
                     f"elu(x, alpha = {value})", f"dropout(x, {value})", f"softmax(x, axis = {value})",
                     f"attention(q, q, q, scale = {value})"):  # fmt: skip
            r.refuse(entry(f"q = x[none, none]\nreturn {text}"), value.strip("-"))
    r.refuse(entry('return normalize(x, "B D -> B 1", eps = nan)'), "undefined name 'nan'")


def row_L21_L22_L23(r):
    blocks = "".join(" " * i + "if a:\n" for i in range(1, 2000))
    for text in ("x = " + "(" * 100_000, "x = " + "[" * 100_000, "x = " + "-" * 1_000_000 + "1",
                 "x = " + "not " * 100_000 + "true", "x = a" + ".a" * 100_000,
                 "x = a" + "(" * 100_000, "x = " + "1 ^ " * 100_000 + "1",
                 "x = " + "1 if a else " * 100_000 + "1", "model m:\n" + blocks):  # fmt: skip
        for before in None, small_stack:
            r.refuse(text, "nested deeper than 256", before=before)


def row_L24(r):
    terms = entry("return x" + " + x" * 1_000_000)
    for before in None, small_stack:
        tree = r.accept(terms, ["--emit=ast"], before=before)
        r.check(tree.out.count("+") == 1_000_000, "the tree has another number of terms")
        r.accept("a = 1" + " + 1" * 1_000_000 + "\n" + GOOD, before=before)


def row_L25(r):
    count = 1_000_000_000_000
    r.refuse(entry(f"for i in 0..{count}: x += 1\nreturn x"), str(count))
    r.refuse(entry("return x", head=f"a = [i for i in 0..{count}]"), str(count))
    r.refuse(entry("return x", head=f"part[{count}]: linear[4]"), str(count))


def row_L26(r):
    loops = "".join(" " * 4 * i + f"for i{i} in 0..1000:\n" for i in range(4))
    r.refuse(entry(loops + " " * 16 + "x += 1\nreturn x"), "the limit is 1000000 turns")


def row_L27(r):
    chain = "\n".join(f"f{i} = f{i - 1} + f{i - 1}" for i in range(1, 61))
    program = r.compile(entry("f0 = x\n" + chain + "\nreturn f60"), "--mcpu=x86-64-v3")
    x = np.arange(8, dtype="f4").reshape(2, 4)
    r.same("doubling", r.values(program, {"x": x}, ["y"]), x * np.float32(2.0**60))
    lists = "\n".join(f"f{i} = f{i - 1} + f{i - 1}" for i in range(1, 61))
    r.refuse(entry("f0 = [1]\n" + lists + "\nreturn x"), "limit")


def row_L28(r):
    one = "block a(x: [..]) -> [..]:\n    again: {}\n    return again(x)\n"
    two = one.format("b") + one.replace("block a", "block b").format("a")
    r.refuse(one.format("a") + entry("return p(x)", head="p: a"), "'a'", "it uses itself")
    result = r.refuse(two + entry("return p(x)", head="p: a"), "it uses itself, ")
    r.check("a -> b -> a" in result.err or "b -> a -> b" in result.err, result.err)
    loop = "fn a(x: [..]) -> [..] = b(x)\nfn b(x: [..]) -> [..] = a(x)\n"
    r.refuse(loop + entry("return a(x)"), "a -> b -> a")
    chain = "".join(f"fn f{i}(x: [..]) -> [..] = f{i + 1}(x)\n" for i in range(300))
    last = "fn f300(x: [..]) -> [..] = x\n"
    result = r.refuse(chain + last + entry("return f0(x)"), "calls nested deeper than 256")
    r.check("uses itself" not in result.err, result.err)


def row_L29(r):
    r.write("a.tenon", 'from "b.tenon" import x\n')
    r.write("b.tenon", 'from "a.tenon" import x\n')
    r.refuse('from "m.tenon" import x\n' + GOOD, "m.tenon -> m.tenon", at="1:6")
    r.refuse('from "a.tenon" import x\n' + GOOD, "a.tenon -> b.tenon -> a.tenon")
    (r.folder / "folder.tenon").mkdir()
    r.refuse('from "folder.tenon" import x\n' + GOOD, "not a regular file", at="1:6")


def row_L30(r):
    for path, reason in (("../../x", "cannot import"), ("/etc/hostname", "relative"),
                         ("../rows.py", "cannot import")):  # fmt: skip
        r.refuse(f'from "{path}" import x\n' + GOOD, reason, at="1:6")
    r.write("outside.tenon", "a = 3\n")
    (r.folder / "in").mkdir()
    (r.folder / "in/link.tenon").symlink_to("../outside.tenon")
    for path in "../outside.tenon", "link.tenon":
        text = f'from "{path}" import a\n' + GOOD
        r.refuse(text, "leaves the folder", at="1:6", name="in/m.tenon")


def row_L31(r):
    (r.folder / "directory.tenon").mkdir()
    os.mkfifo(r.folder / "pipe.tenon")
    (r.folder / "endless.tenon").symlink_to("/dev/zero")
    with open(r.folder / "sparse.tenon", "wb") as file:
        file.truncate(10 << 30)
    for name in "directory", "pipe", "endless", "sparse":
        result = call([r.tenonc, f"{name}.tenon", "--check"], r.folder, timeout=20)
        reason = "the limit is" if name == "sparse" else "not a regular file"
        r.contract(result, 3, [f"{name}.tenon", reason], name)
        if name != "directory":
            reason = "leaves the folder" if name == "endless" else reason
            r.refuse(f'from "{name}.tenon" import x\n' + GOOD, reason, timeout=20)
    (r.folder / "sparse.tenon").unlink()


def row_L32(r):
    r.refuse(entry("return haed(x)", head="head: linear[4]"), "undefined name 'haed'; did you mean 'head'")


def row_L33(r):
    r.refuse(entry("y = z + 1\nz = x\nreturn y"), "'z'", "5:9", at="4:13")
    r.refuse(entry("a = x\na = x\nreturn a"), "'a' is already defined at 4:9", at="5:9")
    r.refuse(entry("D = 3\nreturn x", hypers="[D = 4]"), "'D'", "1:9", at="4:9")
    r.refuse(entry("x = 3\nreturn x"), "'x'", "3:13", at="4:9")
    r.refuse(entry("return f(x)", hypers="[n = 3, n = 4]"), "'n'", "1:9", at="1:16")


def row_L34(r):
    two = "y: [B, 4], y: [B, 4]"
    r.refuse(entry("return x, x", results=two), "two results are named 'y'", "3:28", at="3:39")
    r.refuse(entry("return x", inputs="x: [B, 4], x: [B, 4]"), "'x'", "3:13", at="3:24")
    # An input and a result may share a name, which --input and --output keep apart.
    said = r.accept(entry("return 2 * x", results="x: [B, 4]")).err
    r.check("m.tenon:3:28: warning: result 'x' has the name of an input, which is at 3:13" in said, said)
    program = r.compile(entry("return 2 * x", results="x: [B, 4]"), "--mcpu=x86-64-v3")
    x = np.ones((2, 4), "f4")
    r.same("both named x", r.values(program, {"x": x}, ["x"]), 2 * x)


def row_L35(r):
    for name in "main", "malloc", "_start", "__init", "environ", "tenon_program", "prepare":
        text = f"""
model {name}:
    dim B
    param w: [4] = 1 as "{name}.main"
    entry {name}({name}_x: [B, 4]) -> ({name}_y: [B, 4]):
        return {name}_x + w
"""
        program = r.compile(text, "--mcpu=x86-64-v3")
        x = np.ones((2, 4), "f4")
        weights = {f"{name}.main": np.arange(4, dtype="f4")}
        y = r.values(program, {f"{name}_x": x}, [f"{name}_y"], weights)
        r.same(name, y, x + weights[f"{name}.main"])


def row_L36(r):
    head = "\n".join(f'param p{i}: [4] = 0 as "{name}"' for i, name in enumerate(ODD))
    sums = " + ".join(f"p{i}" for i in range(len(ODD)))
    program = r.compile(entry(f"return x + {sums}", head=head), "--mcpu=x86-64-v3")
    names = [name.encode().decode("unicode_escape") for name in ODD]
    weights = {name: np.full(4, 2.0**i, "f4") for i, name in enumerate(names)}
    x = np.zeros((3, 4), "f4")
    total = np.float32(2.0 ** len(ODD) - 1)
    r.same("odd names", r.values(program, {"x": x}, ["y"], weights), x + total)
    r.check(not (r.folder / "hacked").exists(), "a shell has run")
    del weights[names[3]]
    r.refuse_run(program, {"x": x}, ["y"], "new\\nline", weights=weights)
    for name in ODD:
        r.refuse(entry("return x").replace("model m", f"model {name}"))


def row_L37(r):
    two = "x: [3, 4], w: [5, 6]"
    for text in 'einsum(x, w, "i k, k j -> i j")', "x @ w":
        r.refuse(entry(f"return {text}", two), "4", "5")


def row_L38(r):
    r.refuse(entry("return x + z", "x: [3, 4], z: [3, 5]"), "[3, 4]", "[3, 5]", at="4:18")
    r.refuse(entry("return x + z", "x: [2, 3, 4, 5, 6], z: [5]"), "[2, 3, 4, 5, 6]", "[5]")
    r.refuse(entry("return x + z", "x: [B, 1], z: [B]"), "[B, 1] and [B]")


def row_L39(r):
    for pattern, words in (
        ('"(a b) -> a b", a = 5', ["a multiple of 5, got 12"]),
        ('"(a b) -> a b"', ["two sizes of this product are unknown"]),
        ('"(a b) -> a b", a = 0', ["a multiple of 0, got 12"]),
        ('"(a b) -> a b", a = 3, b = 5', ["expected 15, got 12"]),
        ('"(a b) -> a b", a = -3', ["at least 0, got -3"]),
    ):
        r.refuse(entry(f"return rearrange(x, {pattern})", "x: [12]"), *words)


def row_L40(r):
    for axis in 7, -4, 3, 9223372036854775807:
        for text in f"softmax(x, axis = {axis})", f"concat([x, x], axis = {axis})":
            r.refuse(entry(f"return {text}", "x: [B, 3, 4]"), "expected -3 to 2", str(axis))


def row_L41(r):
    for pattern in "a b c -> a a c", "a b c -> a b", "a b c -> a b d", "a b -> b a", "a b c d -> a b c":
        r.refuse(entry(f'return rearrange(x, "{pattern}")', "x: [3, 4, 5]"), "rearrange")


def row_L42(r):
    image, filters = "x: [B, 4, 5, 6], w: [6, {}, 3, 3]", "conv(x, w, {})"
    huge = 2**62
    for option, word in (
        ("stride = 0", "stride"), ("stride = -1", "stride"), ("dilation = 0", "dilation"),
        ("groups = 0", "groups"), ("groups = 3", "groups"), ("pad = -1", "pad"),
        ("dilation = 3", "filter of 1 to 5 along size 0, got 7"), (f"dilation = {huge}", ""),
        (f"pad = {huge}", ""), (f"stride = {huge}, pad = 1", None), ("stride = [1]", ""),
        (f"groups = {huge}", "groups"),
    ):  # fmt: skip
        text = entry(f"y = conv(x, w, {option})\nreturn x[:, 0, 0]", image.format(4), "y: [B, 6]")
        if word is None:
            r.accept(text)
        else:
            r.refuse(text, word)
    for size in "[6, 4, 0, 3]", "[6, 4, 6, 3]", "[0, 4, 3, 3]", "[6, 0, 3, 3]":
        r.refuse(entry("return conv(x, w)", f"x: [B, 4, 5, 6], w: {size}"), "conv")


def row_L44(r):
    edge = 2**63 - 1
    for part in "0:4:0", "0:4:-1", "3:1", f"0:{edge}", f"{edge}:", f"-{edge}:", "0:5", "-5:", "4", "-5":
        r.refuse(entry(f"return x[:, {part}]", results="y: [B, _]"), "4")
    for part, size in ("2:2", 0), ("4:4", 0), ("4:", 0), ("1:4:2", 2), (f"0:4:{edge}", 1), ("-4:", 4):
        program = r.compile(entry(f"return x[:, {part}]", results=f"y: [B, {size}]"), "--mcpu=x86-64-v3")
        x = np.arange(8, dtype="f4").reshape(2, 4)
        start, stop, step = (list(map(int, filter(None, part.split(":")))) + [4, 1])[:3] if part != "4:" else (4, 4, 1)
        r.same(part, r.values(program, {"x": x}, ["y"]), x[:, slice(start, stop, step)])


def row_L45(r):
    r.refuse(entry("a, b = split(x, [2, 3], axis = 1)\nreturn a"), "2 + 3 = 5", "sum of 4")
    r.refuse(entry("a, b = split(x, 3, axis = 1)\nreturn a"), "divides 4, got 3")
    two = "x: [B, 4], z: {}"
    for other in "[B, 4, 1]", "i64[B, 4]", "[B, 5]":
        text = entry("return concat([x, z], axis = 0)", two.format(other))
        r.refuse(text, "[B, 4]", other)


def row_L46(r):
    base = entry("return p(x)", "x: [B, N, 4]", "y: [B, N, 4]", "dim B, N", "p: mha[{}]")
    r.refuse(base.format(3), "3", "4")
    for heads in 0, -2:
        r.refuse(base.format(heads), str(heads))
    r.refuse(entry("return attention(x, x, x)", "x: [B, 2, 3, 0]", "y: [B, 2, 3, 0]"), "0")


def row_L47(r):
    text = entry("return p(x)", "x: i64[B]", "y: [B, 4]", head="p: embedding[{}, 4]")
    r.refuse(text.format(0), "0")
    r.refuse(text.format(-1), "1 <= V, got 1 <= -1")
    r.refuse(text.format(5).replace("x: i64[B]", "x: [B]"), "int[..]", "f32[B]")


def row_L48(r):
    for p in "-0.1", "1.1", "inf":
        r.refuse(entry(f"return dropout(x, {p})"), p)
    r.refuse(entry("return dropout(x, nan)"), "'nan'")
    program = r.compile(entry("return dropout(x, 1.0)"), "--mcpu=x86-64-v3")
    x = np.ones((2, 4), "f4")
    r.same("dropout does nothing outside of training", r.values(program, {"x": x}, ["y"]), x)


def row_L49(r):
    text = 'return normalize(x, "B D -> B 1", eps = {})'
    for eps in "-1e-5", "-1":
        r.refuse(entry(text.format(eps)), "at least 0", eps)
    r.accept(entry(text.format(0)))


def row_L50(r):
    two = "x: [B, 4], k: i64[B, 4], b: bool[B, 4], j: i32[B, 4]"
    for text, names in (("x + k", "f32[B, 4] and i64[B, 4]"), ("b + b", "bool[B, 4] and bool[B, 4]"),
                        ("b * x", "bool[B, 4] and f32[B, 4]"), ("-b", "bool"), ("x and b", "f32[B, 4]"),
                        ("k / k", "i64[B, 4]"), ("x // x", "f32[B, 4]"), ("k + 0.5", "0.5 as i64")):  # fmt: skip
        r.refuse(entry(f"return {text}", two), names)
    r.refuse(entry("return k << 64", two), at="4:19")


def row_L51(r):
    for dtype, word in (("f17", "unknown dtype 'f17'"), ("f8", "not supported yet"), ("i4", "not supported yet"),
                        ("f16", "not supported yet"), ("bf16", "not supported yet"), ("complex64", "unknown dtype")):  # fmt: skip
        r.refuse(entry("return x", head=f"param w: {dtype}[4]"), word)
        r.refuse(entry("return x", f"x: {dtype}[B, 4]"), word)


def row_L56(r):
    r.refuse(entry("return x", results=""))
    program = r.compile(entry("return 7 * ones([2])", "", "y: [2]", ""), "--mcpu=x86-64-v3")
    r.same("no inputs", r.values(program, {}, ["y"]), np.full(2, 7, "f4"))
    text = entry("return zeros([B], dtype = bool), ones([B], dtype = bool), ones([B], dtype = i32)",
                 results="y: bool[B], z: bool[B], k: i32[B]")  # fmt: skip
    y, z, k = r.values(r.compile(text, "--mcpu=x86-64-v3"), {"x": np.ones((2, 4), "f4")}, ["y", "z", "k"])
    r.check(not y.any() and z.all() and list(k) == [1, 1], f"constants of bools: {y}, {z}, {k}")
    program = r.compile(entry("return x, x, 2.5", results="y: [B, 4], z: [B, 4], c: [B]"), "--mcpu=x86-64-v3")
    for rows in 0, 3:
        x = np.arange(4 * rows, dtype="f4").reshape(rows, 4)
        y, z, c = r.values(program, {"x": x}, ["y", "z", "c"])
        r.same("an input unchanged", y, x)
        r.same("an input twice", z, x)
        r.same("a constant", c, np.full(rows, 2.5, "f4"))


def row_L57(r):
    same = "fn same(a: [N], b: [N]) -> [N] = a\n"
    r.refuse(same + entry("return same(x, z)", "x: [4], z: [5]", "y: [4]"), "[4]", "[5]")
    r.refuse(entry("return x", results="y: [Q, 4]"), "Q")
    r.refuse(entry("return zeros([N])", results="y: [N]", dims="dim B, N"), "uses the size N", at="3:11")
    r.refuse(entry("return x + sum(ones([N]), \"N ->\")", dims="dim B, N"), "uses the size N")
    r.refuse(entry("return x", results="y: [N, 4]", dims="dim B, N"), "[N, 4]", "[B, 4]")


def row_L58(r):
    two = "x: [B, 4], z: [N, 4], w: [4, B]"
    for text in "x + z", "x + w", 'einsum(x, z, "i d, j d -> i d") + z':
        r.refuse(entry(f"return {text}", two, dims="dim B, N"), "B")
    r.accept(entry("return x + z", "x: [B, D], z: [B, D]", "y: [B, D]", hypers="[D = 4]"))


def row_L59(r):
    body = "\n".join(f"a{i} = undefined{i}" for i in range(10_000))
    for text in "x = = 1\n" * 10_000, entry(body + "\nreturn x"):
        r.refuse(text, "9980 more errors")


def row_L60(r):
    for sizes in "[4294967296, 4294967296]", "i64[2305843009213693952]", "[2147483648, 2147483648, 4]":
        r.refuse(entry("return x", f"x: {sizes}", dims=""), "overflows 64 bits")
        r.refuse(entry("return x", head=f"param w: {sizes}"), "overflows 64 bits")
    pair, huge = "x: [4294967296, B], z: [B, 4294967296]", "y: [4294967296, 4294967296]"
    for text in 'einsum(x, z, "i b, b j -> i j")', "x @ z", "ones([4294967296, 4294967296])":
        text = entry(f"return {text}".replace(" b", " B").replace("b,", "B,"), pair, huge)
        r.refuse(text, "f32[4294967296, 4294967296]: its size overflows 64 bits", at="4:16")
    for pattern, shape in ("B d -> B d K", "[B, 4, {}]"), ("B d -> B (d K)", "[B, {}]"):
        text = f'return repeat(x, "{pattern}", K = 4611686018427387904)'
        r.refuse(entry(text, results="y: " + shape.format(4611686018427387904)), "overflows 64 bits")


def row_L61(r):
    text = entry("return p(x)", head="p: linear[250000000000000]", results="y: [B, 250000000000000]")
    r.refuse(text, "limit")


def row_L62(r):
    r.refuse(entry("return x + w", head='param w: [5] as "\\u{1B}[31mred"'))
    r.refuse(b"a\x1b[31m = 1\n")
    r.refuse(entry('require 1 > 2 else "\\u{1B}[31mred"\nreturn x'))


def row_L63(r):
    def seconds(count):
        return r.accept(entry("a = x\n" + "a := tanh(a)\n" * count + "return a")).seconds

    small, large = seconds(10_000), seconds(100_000)
    r.check(large < 20 * small + 1, f"10 times the layers take {large} s instead of {small} s")
    lines = "\n".join(f"p{i}: linear[4]" for i in range(100_000))
    r.check(r.accept(entry("return p99999(x)", head=lines)).seconds < 60, "time")


def row_L64(r):
    texts = [GOOD.replace("1", str(i) * 50_000) for i in (1, 2)]
    trees = [r.accept(f"# {'1' * 90_000}\n" + GOOD.replace("+ 1", f"+ {i}"), ["--emit=ast"]).out for i in (1, 2)]
    stop = threading.Event()

    def rewrite():
        turn = 0
        while not stop.is_set():
            turn ^= 1
            r.write("next", f"# {'1' * 90_000}\n" + GOOD.replace("+ 1", f"+ {turn + 1}"))
            os.replace(r.folder / "next", r.folder / "m.tenon")

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(20):
            result = call([r.tenonc, "m.tenon", "--emit=ast"], r.folder)
            r.check(result.code == 0 and result.out in trees, f"{result.code}: {result.err[:200]}")
    finally:
        stop.set()
        writer.join()


main(globals())
