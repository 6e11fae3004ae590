"""The small models behind the rows of the kernel benchmark.

Each computes what the problem of the same kind in kernels/Problem.h states:
parameters in its order, sizes of the batch left open until the program runs.

    /usr/bin/python3 test/Benchmark/kernel_models.py build/bin/tenonc

checks every model without compiling it.
"""

import pathlib
import subprocess
import sys
import tempfile

# The coefficients of kernels/Rational.h.
NUMERATOR = (0.0, 0.5, 0.25, 0.04, 0.008, 0.0006)
DENOMINATOR = (0.0, 0.01, 0.1, 0.002, 0.004)


def horner(coefficients):
    """A polynomial in x, the constant first."""
    text = f"{coefficients[-1]:.8f}"
    for c in reversed(coefficients[:-1]):
        text = f"({c:.8f} + x * {text})"
    return text


RATIONAL = f"fn rational(x: [..]) -> [..] = {horner(NUMERATOR)} / (1 + abs({horner(DENOMINATOR)}))\n\n"

GEMM = """
model gemm[N: int, K: int]:
    dim M
    param weight: [N, K] = 0
    entry run(x: [M, K]) -> (y: [M, N]):
        return einsum(x, weight, "M K, N K -> M N")
"""

FFN = """
model feed_forward[D: int, H: int]:
    dim M
    body: {block}
    entry run(x: [M, D]) -> (y: [M, D]):
        return body(x)
"""

ATTENTION = """
model heads[H: int, d: int]:
    dim B, N
    entry run(qkv: [B, N, 3 * H * d]) -> (y: [B, N, H * d]):
        q, k, v = qkv |> rearrange("B N (3 H d) -> 3 B H N d", H = H, d = d)
        return attention(q, k, v, causal = {causal}) |> merge_heads
"""

# As models/karat.tenon has it, with as many images as a run has.
LEARNED = """
block sums[r, G](a: [B, H, N, M]) -> [B, H, N, r]:
    phi: fourier[G]
    terms = [phi(a[:, h]) for h in 0..H]
    param coef: [H, r, M, 2 * G]
    return stack([einsum(terms[h], coef[h], "B N M K, r M K -> B N r") for h in 0..H], axis = 1)

model learned[N: int, H: int, G: int]:
    dim B
    param W: [H, N, 12]
    weigh: sums[12, G]
    entry run(a: [B, H, N, N]) -> (y: [B, H, N, N]):
        return einsum(weigh(a), W, "B H N r, H M r -> B H N M")
"""

GROUP_RATIONAL = """
model rows[D: int]:
    dim M
    act: group_rational[groups = 8, start = "swish"]
    entry run(x: [M, D]) -> (y: [M, D]):
        return act(x)
    train fit(x: [M, D], target: [M, D]):
        minimize mean((run(x) - target) ^ 2, "M D ->")
        update "*" with sgd[0.1]
"""

ROWS = """
model rows[D: int]:
    dim M
    {part}
    entry run({inputs}) -> (y: [M, D]):
        return {result}
"""


def ffn(block, before=""):
    return before + FFN.format(block=block)


def rows(result, inputs="x: [M, D]", part="", before=""):
    return before + ROWS.format(result=result, inputs=inputs, part=part)


# The text of each kind, and the names of the hyper-parameters that its sizes
# give; None where a size is known only when the program runs.
MODELS = {
    "gemm": (GEMM, (None, "N", "K")),
    "ffn-gelu-erf": (ffn("ffn[H]"), (None, "D", "H")),
    "ffn-gelu-tanh": (ffn("ffn[H, act = gelu_tanh]"), (None, "D", "H")),
    "ffn-gated-silu": (ffn("gated_ffn[H]"), (None, "D", "H")),
    "ffn-rational": (ffn("ffn[H, act = rational]", RATIONAL), (None, "D", "H")),
    "attention": (ATTENTION.format(causal="false"), (None, "H", "d")),
    "attention-causal": (ATTENTION.format(causal="true"), (None, "H", "d")),
    "learned-attention": (LEARNED, ("N", "H", "G")),
    "layer-norm": (rows("norm(x)", part="norm: layer_norm"), (None, "D")),
    "residual-norm": (
        rows("norm(x + r)", "x: [M, D], r: [M, D]", "norm: layer_norm"),
        (None, "D"),
    ),
    "rational": (rows("rational(x)", before=RATIONAL), (None, "D")),
    "softmax": (rows("softmax(x)"), (None, "D")),
    "group-rational": (GROUP_RATIONAL, (None, "D")),
}


def text_of(kind):
    """The text of the model."""
    return MODELS[kind][0]


def model_of(kind, sizes):
    """The text of the model and the -D options that give its sizes."""
    text, names = MODELS[kind]
    options = []
    for name, size in zip(names, sizes):
        if name:
            options += ["-D", f"{name}={size}"]
    return text, options


def check_all(tenonc):
    """Elaborates every model once."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in MODELS:
            text, options = model_of(kind, (64, 32, 16))
            source = pathlib.Path(folder) / f"{kind}.tenon"
            source.write_text(text, encoding="utf-8")
            subprocess.run([tenonc, source, *options, "--check"], check=True)


if __name__ == "__main__":
    check_all(*sys.argv[1:])
