# RUN: %python %s %tenonc %t
"""The derivatives of attention, compiled and by the reference, whole and decomposed, agree with
NumPy in float64: shared heads, masks, biases, hidden rows, odd and empty sizes, every code level,
one thread and several."""

import pathlib

import numpy as np

from support import (
    Executable,
    arguments,
    check_equal_bits,
    check_network,
    levels,
    relative_frobenius,
    run_command,
)

tenonc, scratch, _ = arguments()
tools = pathlib.Path(tenonc).parent
H, G, D, E = 6, 2, 20, 13

REGION = """ score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: f32, %m: i1):
    %low = arith.constant 0xFF800000 : f32
    %sum = arith.addf %s, %c : f32
    %shown = arith.select %m, %sum, %low : f32
    tenon.yield %shown : f32
  }"""
KINDS = {  # name: clauses before `by`, after the scale, types of the first, region
    "plain": ("", "", "", ""),
    "causal": ("", " causal", "", ""),
    "strict": ("", " strict", "", ""),
    "negative": ("", "", "", ""),
    "masked": (" key_mask %keys", "", ", !tenon.tensor<[B, M] i1>", ""),
    "both": (" key_mask %keys", " causal", ", !tenon.tensor<[B, M] i1>", ""),
    "region": (" captures(%bias, %seen)", "",
               " captures(!tenon.tensor<[6, N, M] f32>, !tenon.tensor<[N, M] i1>)", REGION),
}  # fmt: skip
SCALES = {"negative": -0.3}


def tensor(sizes, element="f32"):
    return f"!tenon.tensor<[{sizes}] {element}>"


q, k, v, dy = tensor("B, 6, N, 20"), tensor("B, 2, M, 20"), tensor("B, 2, M, 13"), tensor("B, 6, N, 13")
inputs = [("q", q), ("k", k), ("v", v), ("dy", dy), ("keys", tensor("B, M", "i1")),
          ("bias", tensor("6, N, M")), ("seen", tensor("N, M", "i1"))]  # fmt: skip
header = ", ".join(f'%{name}: {kind} {{tenon.name = "{name}"}}' for name, kind in inputs)
results = ", ".join(f'{kind} {{tenon.name = "{n}"}}' for n, kind in (("dq", q), ("dk", k), ("dv", v)))
text = "".join(f"tenon.size @{symbol} from 0 to *\n" for symbol in "BNM")
for name, (before, after, types, region) in KINDS.items():
    text += f"""
func.func @{name}({header}) -> ({results}) {{
  %dq, %dk, %dv = tenon.attention_gradient %q, %k, %v{before} by %dy scale {SCALES.get(name, 0.25)}{after}
      : {q}, {k}, {v}, {dy}{types}{region}
  return %dq, %dk, %dv : {q}, {k}, {v}
}}
"""
module = scratch / "gradients.mlir"
module.write_text(text)
decomposed = scratch / "decomposed.mlir"
run_command([tools / "tenon-opt", module, "--tenon-decompose-blocks", "-o", decomposed])
run_command([tenonc, module, "-o", scratch / "gradients"])
program = Executable(scratch / "gradients")


def expected(kind, q, k, v, dy, keys, bias, seen):
    scale = SCALES.get(kind, 0.25)
    k, v = np.repeat(k, H // G, axis=1), np.repeat(v, H // G, axis=1)
    s = scale * np.einsum("bhid,bhjd->bhij", q, k)
    N, M = s.shape[2:]
    visible = np.ones(s.shape, bool)
    if kind in ("causal", "both"):
        visible &= np.arange(M) <= np.arange(N)[:, None] + M - N
    if kind in ("masked", "both"):
        visible &= keys[:, None, None]
    if kind == "region":
        s, visible = s + bias, visible & seen
    s = np.where(visible, s, -np.inf)
    with np.errstate(invalid="ignore"):
        p = np.exp(s - np.max(s, axis=-1, keepdims=True, initial=-np.inf))
        p = np.where(visible, p / np.sum(p, axis=-1, keepdims=True), 0)
    dp = np.einsum("bhie,bhje->bhij", dy, v)
    ds = scale * p * (dp - np.sum(p * dp, axis=-1, keepdims=True))
    B = len(q)
    shared = lambda x: x.reshape(B, G, H // G, *x.shape[2:]).sum(axis=2)  # noqa: E731
    return {"dq": np.einsum("bhij,bhjd->bhid", ds, k),
            "dk": shared(np.einsum("bhij,bhid->bhjd", ds, q)),
            "dv": shared(np.einsum("bhij,bhie->bhje", p, dy))}  # fmt: skip


def reference(file, kind, values):
    command = [tools / "tenon-reference", file, "--entry", kind, "--output-dir", scratch]
    for name, value in values.items():
        np.save(scratch / f"{name}.npy", value)
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command(command)
    return {name: np.load(scratch / f"{name}.npy") for name in ("dq", "dk", "dv")}


for B, N, M in [(1, 1, 1), (2, 17, 17), (1, 3, 19), (2, 19, 3), (0, 3, 3), (2, 3, 0), (1, 0, 5),
                (1, 197, 197), (2, 60, 230), (1, 230, 7), (1, 33, 1100)]:  # fmt: skip
    rng = np.random.default_rng(N + M)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    values = {"q": draw(B, H, N, D), "k": draw(B, G, M, D), "v": draw(B, G, M, E),
              "dy": draw(B, H, N, E), "keys": (rng.random((B, M)) < 0.7) & (np.arange(B) != 1)[:, None],
              "bias": draw(H, N, M), "seen": rng.random((N, M)) < 0.6}  # fmt: skip
    # What a key mask hides does not matter.
    hidden = {**values, "k": values["k"].copy(), "v": values["v"].copy()}
    for name in "kv":
        hidden[name][np.broadcast_to(~values["keys"][:, None], (B, G, M))] = np.nan
    wide = {n: x.astype(np.float64) if x.dtype == np.float32 else x for n, x in values.items()}
    for kind in KINDS:
        truth = expected(kind, **wide)
        given = hidden if kind in ("masked", "both") else values
        if N * M < 1000:
            for file in (module, decomposed):
                for name, result in reference(file, kind, values).items():
                    error = relative_frobenius(result, truth[name])
                    assert error < 2e-7, f"{kind}, {B}, {N}, {M}, {file.name}: {name}: {error:.3e}"
        for level in levels():
            options = ["--entry", kind, "--level", level]
            for name in truth:
                what = f"{kind}, {B}, {N}, {M}, {level}: {name}"
                result = program(name, options=options, threads=1, **given)
                check_network(what, result, truth[name])
                check_equal_bits(what, program(name, options=options, threads=3, **given), result)
