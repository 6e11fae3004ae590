# RUN: %python %s %tenonc %t
"""Rows M of the table of bad inputs: MLIR given to tenon-opt and to the compiler."""

import random
import re

from rows import ROOT, call, main

STAGES = ["--tenon-graph", "--tenon-fuse"]
GOOD = """tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[4] f32>
func.func @f(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %y = tenon.map (%u = %x, %v = %w) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %s = arith.addf %u, %v : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}
"""


def opt(r, text, options=(), name="m.mlir"):
    path = r.write(name, text)
    return call([r.opt, path.name, *options], r.folder)


def compile_(r, text, options=(), name="m.mlir"):
    path = r.write(name, text)
    return call([r.tenonc, path.name, "-o", "exe", *options], r.folder)


def refused(r, result, label, *wanted, code=1, place=True):
    r.contract(result, code, wanted, label)
    if place:
        r.check(re.match(r"[^\n]*m\.mlir:\d+:\d+: error: ", result.err), f"{label}: no place: {result.err[:300]!r}")
    r.check(not (r.folder / "exe").exists(), f"{label}: an executable was written")


def both(r, text, *wanted, options=()):
    """tenon-opt and tenonc refuse a text in the same words."""
    refused(r, opt(r, text, options), f"tenon-opt of {text[:80]!r}", *wanted)
    refused(r, compile_(r, text), f"tenonc of {text[:80]!r}", *wanted)


def changed(old, new):
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


def op_names():
    """Every op of the two dialects, from their definitions."""
    names = []
    for file in sorted((ROOT / "include/tenon/Dialect").rglob("*Ops.td")):
        prefix = "tenon" if "Tenon" in file.parts else "kernel"
        names += [f"{prefix}.{name}" for name in re.findall(r'^def \w+Op\s*:\s*\w+<"(\w+)"', file.read_text(), re.M)]
    assert len(names) > 25, names
    return names


def row_M01(r):
    both(r, changed("tenon.yield %s", "tenon.yield s"))
    both(r, changed("tenon.read @w", "tenon.raed @w"), "tenon.raed")
    both(r, changed("tenon.read", "nothing.read"), "nothing")
    both(r, "func.func @f() {")
    for result in opt(r, "\0\0\0"), compile_(r, "\0\0\0"):
        refused(r, result, "NUL bytes", "a NUL byte at byte 0", place=False)


def row_M02(r):
    both(r, changed("return %y", "return %z"), "%z")
    both(r, changed("%y = tenon.map", "%w = tenon.map"), "%w")
    early = changed("  %w = tenon.read @w : !tenon.tensor<[4] f32>\n", "")
    both(r, early.replace("  return", "  %w = tenon.read @w : !tenon.tensor<[4] f32>\n  return"), "dominate")


def row_M03(r):
    cycle = "%a = arith.addi %a, %b : i32\n%b = arith.muli %b, %a : i32\n"
    for text in cycle, 'module {\n' + cycle + '}\n':
        result = opt(r, text, ["--canonicalize", "--cse"])
        r.check(result.code in (0, 1), f"exit {result.code}: {result.err[:500]}")
        refused(r, compile_(r, text), "tenonc of a cycle")


def row_M04(r):
    for head in 'module {\n', '"a.b"() ({\n':
        tail = "}\n" if head[0] == "m" else "}) : () -> ()\n"
        text = head * 10_000 + tail * 10_000
        both(r, text, "nested deeper than", options=["--allow-unregistered-dialect"])
    # What strings and comments hold is not nested, nor are arrows and comparisons.
    quiet = "// " + "(" * 300 + "\n" + GOOD + "#s = \"" + "\\\"[" * 300 + "\"\n"
    quiet += "#set = affine_set<(d0) : (" + ", ".join(["d0 >= 0"] * 300) + ")>\n"
    r.check(opt(r, quiet).code == 0, opt(r, quiet).err[:300])


def row_M05_M06_M07(r):
    regions = ["", "({})", "({\n^bb0:\n})", '({\n^bb0:\n "func.return"() : () -> ()\n})',
               '({\n "tenon.yield"() : () -> ()\n})', "({}, {})"]  # fmt: skip
    attributes = ["", "{axes = 7 : i64}", '{axis = "x", kind = 1.0 : f32, sym_name = 3 : i8}', "{unknown}",
                  "{value = 1.0 : f32, shape = [1], level = unit}"]  # fmt: skip
    head = "func.func @f(%x: !tenon.tensor<[2, 3] f32>, %y: f32, %z: index) {\n  "
    types = {"%x": "!tenon.tensor<[2, 3] f32>", "%y": "f32", "%z": "index"}
    operands = [[], ["%x"], ["%x", "%x"], ["%y"], ["%z", "%x", "%y"], ["%x"] * 5]
    results = [[], ["!tenon.tensor<[2, 3] f32>"], ["f32", "f32"]]
    for name in op_names():
        lines = []
        for region in regions:
            for attribute in attributes:
                for given in operands:
                    for made in results:
                        lhs = f"%r{len(lines)}:{len(made)} = " if made else ""
                        signature = f"({', '.join(types[v] for v in given)}) -> ({', '.join(made)})"
                        lines.append(f'{lhs}"{name}"({", ".join(given)}) {region} {attribute} : {signature}')
        # One op per module of a file: every verifier is asked.
        text = "\n// -----\n".join(head + line + "\n  return\n}" for line in lines)
        result = opt(r, text, ["--split-input-file", "--tenon-check-sizes"])
        r.check(result.code in (0, 1), f"{name}: exit {result.code}: {result.err[-1500:]}")
        r.check("error: " in result.err, f"{name}: everything was accepted")


def row_M08(r):
    body = changed("  return %y", "  cf.br ^nowhere\n  return %y")
    both(r, body)


def row_M09(r):
    both(r, changed("-> !tenon.tensor<[B, 4] f32> {\n  %w", "-> !tenon.tensor<[B, 5] f32> {\n  %w"), "!tenon.tensor<[B, 5] f32>")
    outside = GOOD + "func.func private @g(!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>\n"
    text = outside.replace("return %y", "%z = call @g(%y) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>\n  return %z")
    refused(r, compile_(r, text), "a call of a function without body", "call")


def row_M10(r):
    both(r, GOOD + GOOD, "redefinition")
    line = "%z = call @{}(%y) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>\n  return %z"
    both(r, GOOD.replace("return %y", line.format("nobody")), "nobody")
    refused(r, compile_(r, GOOD.replace("return %y", line.format("f"))), "recursion", "call")


def row_M11(r):
    for text in ("dense<[1.0, 2.0]> : tensor<3xf32>", 'dense<"0x123"> : tensor<3xi32>',
                 "dense_resource<none> : tensor<3xf32>", "dense<[[1], [1, 2]]> : tensor<2x2xi32>"):  # fmt: skip
        result = compile_(r, changed("  %w =", f"  %c = arith.constant {text}\n  %w ="))
        refused(r, result, text)


def row_M12(r):
    for type_ in ("tensor<-1xf32>", "tensor<9223372036854775808xf32>", "vector<0xf32>", "!tenon.tensor<[-1] f32>",
                  "!tenon.tensor<[9223372036854775808] f32>", "!tenon.tensor<[4294967296, 4294967296] f32>",
                  "!tenon.tensor<[2305843009213693952] f64>"):  # fmt: skip
        both(r, f"func.func private @f({type_})\n" + GOOD.replace("@f", "@g"))
    wide = "tensor<4294967296x4294967296xf32>"
    refused(r, compile_(r, changed("%x: !tenon.tensor<[B, 4] f32>", f"%x: {wide}")), wide, place=True)


def row_M13(r):
    for type_ in ("!tenon.tensor<[B * -1] f32>", "!tenon.tensor<f32>", "!tenon.tensor<[2] f17>", "!tenon.tensor<[2] i7>",
                  "!tenon.tensor<[" + "1, " * 20 + "1] f32>", "!tenon.tensor<[B ^ 2] f32>", "!tenon.tensor<[] tensor<f32>>"):  # fmt: skip
        result = compile_(r, GOOD.replace("[B, 4] f32", "[B, 4] f32", 1).replace("%x: !tenon.tensor<[B, 4] f32>", f"%x: {type_}"))
        refused(r, result, type_)
    for size in "from -1 to *", "from 5 to 3", "from 0 to 9223372036854775808":
        both(r, changed("from 0 to *", size))


def row_M14(r):
    refused(r, opt(r, "func.func @f(%x: tensor<4xf32>) {\n  linalg.generic {} ins(%x : tensor<4xf32>)\n  return\n}"), "linalg", "linalg")


def row_M15(r):
    text = 'tenon.slice %x from [{}] step [{}] : !tenon.tensor<[4] f32> -> !tenon.tensor<[2] f32>'
    head = "func.func @f(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[2] f32> {\n  %y = "
    tail = "\n  return %y : !tenon.tensor<[2] f32>\n}\n"
    for start, step in ("3", "1"), ("-1", "1"), ("0", "0"), ("0", "-1"), ("0", "9223372036854775807"), ("9223372036854775807", "1"):
        generic = (f'"tenon.slice"(%x) {{starts = [#tenon.size<{start}>], steps = array<i64: {step}>}} : '
                   "(!tenon.tensor<[4] f32>) -> !tenon.tensor<[2] f32>")  # fmt: skip
        refused(r, opt(r, head + generic + tail, STAGES), f"slice {start} step {step}")
    ops = ["divsi", "divui", "remsi", "remui", "floordivsi", "ceildivsi", "shli", "shrsi", "shrui"]
    for op in ops:
        for constant in 0, 64, -1:
            body = f"""func.func @f(%x: !tenon.tensor<[4] i64>) -> !tenon.tensor<[4] i64> {{
  %y = tenon.map (%u = %x) : (!tenon.tensor<[4] i64>) -> !tenon.tensor<[4] i64> {{
    %c = arith.constant {constant} : i64
    %m = arith.constant -9223372036854775808 : i64
    %s = arith.{op} %u, %c : i64
    %t = arith.{op} %m, %c : i64
    %a = arith.addi %s, %t : i64
    tenon.yield %a : i64
  }}
  return %y : !tenon.tensor<[4] i64>
}}
"""
            result = opt(r, body, [*STAGES, "--canonicalize"])
            r.check(result.code in (0, 1), f"{op} by {constant}: exit {result.code}: {result.err[:500]}")


def row_M16(r):
    text = changed("  return", "  %q = builtin.unrealized_conversion_cast %y : !tenon.tensor<[B, 4] f32> to i32\n  return")
    refused(r, compile_(r, text), "a leftover cast", "unrealized_conversion_cast")


def row_M17(r):
    r.write("good.mlir", GOOD)
    call([r.opt, "good.mlir", "--emit-bytecode", "-o", "good.bc"], r.folder)
    good = (r.folder / "good.bc").read_bytes()
    r.check(good[:2] == b"ML", "no bytecode")
    rng = random.Random(17)
    cuts = [good[:n] for n in sorted(rng.sample(range(4, len(good)), 25))]
    versions = [good[:4] + bytes([v]) + good[5:] for v in (99, 127)]
    for data in cuts + versions:
        result = compile_(r, data)
        r.contract(result, 1, [], f"bytecode of {len(data)} bytes")
    for _ in range(150):
        place, bit = rng.randrange(4, len(good)), 1 << rng.randrange(8)
        data = bytearray(good)
        data[place] ^= bit
        result = opt(r, bytes(data))
        r.check(result.code in (0, 1), f"byte {place} ^ {bit}: exit {result.code}: {result.err[:300]}")


def row_M18(r):
    for pipeline, word in (
        ("--pass-pipeline=builtin.module(", "module("), ("--pass-pipeline=builtin.module(no-such-pass)", "no-such-pass"),
        ("--pass-pipeline=func.func(tenon-graph)", "func.func"), ("--tenon-layout=level=v9", "v9"),
        ("--tenon-layout=leevl=v3", "leevl"), ("--no-such-pass", "no-such-pass"),
        ("--pass-pipeline=builtin.module(tenon-layout{level=v9})", "v9"),
        ("--pass-pipeline=builtin.module(canonicalize{max-iterations=x})", "x"),
    ):  # fmt: skip
        result = opt(r, GOOD, [pipeline])
        r.check(result.code == 2 and word in result.err, f"{pipeline}: exit {result.code}: {result.err[:300]}")
        r.check("Stack dump" not in result.err and not result.out, f"{pipeline}: {result.err[:300]}")


def row_M19(r):
    both(r, "#a = #a\n" + GOOD)
    both(r, "!a = !a\n" + GOOD)
    both(r, "#a = [#b]\n#b = [#a]\n" + GOOD)
    deep = "loc(fused[" * 10_000 + '"x"' + "])" * 10_000
    both(r, GOOD.replace("  return", f"  %c = arith.constant 0 : i32 {deep}\n  return"), "nested deeper than")
    both(r, "#a = " + "[" * 10_000 + "]" * 10_000 + "\n" + GOOD, "nested deeper than")


def row_M20(r):
    outside = "func.func private @system(!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>\n"
    text = GOOD.replace("return %y", "%z = call @system(%y) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>\n  return %z")
    refused(r, compile_(r, text + outside), "a call of system", "call")
    refused(r, compile_(r, GOOD + outside), "a declaration of system", "system")
    asm = 'llvm.inline_asm "ud2", "" : () -> ()\n  return'
    refused(r, compile_(r, GOOD.replace("return", asm, 1)), "inline assembly", "llvm")


def row_M22(r):
    for text in (f"module {{\n{GOOD}}}\nmodule {{\n{GOOD}}}\n", f"module {{\n module {{\n{GOOD}}}\n}}\n"):
        refused(r, compile_(r, text), "several modules", "module")
    refused(r, compile_(r, ""), "an empty module", place=False)
    r.check(compile_(r, GOOD, ["--emit=kernel"]).code == 0, "functions at the top level")


def row_M23(r):
    text = 'module attributes {llvm.data_layout = "E-p:32:32", llvm.target_triple = "armv7"} {\n' + GOOD + "}\n"
    refused(r, compile_(r, text), "another data layout", "data_layout")


def row_M24(r):
    for op in ("%c = arith.constant 1 : i32\n  %d = arith.addi %c, %c : i32", "%c = math.sqrt %s : f32"):
        text = changed("  return", f"  %s = arith.constant 1.0 : f32\n  {op}\n  return")
        result = compile_(r, text)
        refused(r, result, op, "lowering")


main(globals())
