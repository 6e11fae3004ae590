"""What the benchmark for GPUs compiles and runs."""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
BF16 = ("--precision", "compute=bf16")
STEP = "--train"


@dataclasses.dataclass(frozen=True)
class Row:
    """A program and one run of it. `limit` is what bounds it: 'multiply' or 'memory'; `below` says
    of each integer input which number its values stay below; `checked` are the sizes at which the
    results of GPU and CPU are compared."""

    name: str
    source: str  # a model of the project, or the kind of a small one (kernel_models.py)
    size: str
    checked: str
    options: tuple = ()
    entry: str = ""
    limit: str = "multiply"
    below: tuple = ()
    tolerance: float = 1e-5

    def precision(self):
        return "bf16" if "compute=bf16" in self.options else "f32"


def both(name, **keywords):
    """The row in f32 and with products of bf16."""
    options = keywords.pop("options", ())
    yield Row(f"{name}, f32", options=options, **keywords)
    yield Row(f"{name}, bf16", options=(*options, *BF16), tolerance=2e-2, **keywords)


def define(**sizes):
    return tuple(word for name, value in sizes.items() for word in ("-D", f"{name}={value}"))


def kernels():
    for n in (4096, 8192):
        yield from both(f"product {n}³", source="gemm", options=define(N=n, K=n), size=f"M={n}", checked="M=197")
    yield from both("product 25216 3072 768", source="gemm", options=define(N=3072, K=768), size="M=25216",
                    checked="M=197")  # fmt: skip
    for d in (64, 128):
        heads = 2048 // d
        for kind in ("attention", "attention-causal"):
            yield from both(f"{kind} 4096, {heads} heads of {d}, batch 4", source=kind, options=define(H=heads, d=d),
                            size="B=4,N=4096", checked="B=1,N=197")  # fmt: skip
    for kind in ("layer-norm", "residual-norm", "softmax", "rational"):
        yield Row(f"{kind} 131072 x 768", kind, "M=131072", "M=197", define(D=768), limit="memory")
    rational = {"source": "group-rational", "limit": "memory", "checked": "M=197"}
    for columns in (768, 3072):
        rows = 201728 * 768 // columns
        yield Row(f"GR-KAN {rows} x {columns}", size=f"M={rows}", options=define(D=columns), **rational)
        yield Row(f"GR-KAN {rows} x {columns}, and backward", size=f"M={rows}", options=(*define(D=columns), STEP),
                  entry="train.fit", **rational)  # fmt: skip


def networks():
    base = ("-C", "base")
    for name in ("vit", "kat"):
        yield from both(f"{name} base, batch 64", source=name, options=base, size="B=64", checked="B=3")
        yield from both(f"{name} tiny, batch 1", source=name, options=("-C", "tiny"), size="B=1", checked="B=3")
    yield from both("minilm, 32 x 128", source="minilm", options=("-C", "published"), size="B=32,N=128",
                    checked="B=3,N=17", below=(("ids", 30522), ("mask", 2)))  # fmt: skip
    yield from both("mot 37m, 8 x 1024", source="mot", options=("-C", "chameleon_37m"), size="B=8,N=1024",
                    checked="B=1,N=197", below=(("ids", 8192), ("modality", 2)))  # fmt: skip


def steps():
    keywords = {"entry": "train.classify", "below": (("labels", 1000),), "checked": "B=3"}
    for name in ("vit", "kat"):
        for config, batch in (("tiny", 64), ("base", 64)):
            options = ("-C", config, "-D", "drop=0", STEP)
            yield from both(f"{name} {config}, step of batch {batch}", source=name, options=options, size=f"B={batch}",
                            **keywords)  # fmt: skip


def all_rows():
    yield from kernels()
    yield from networks()
    yield from steps()
