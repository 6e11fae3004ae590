"""The speeds that docs/Experiments.md names for published systems, each beside its bar, on one thread.

    /usr/bin/python3 test/Benchmark/headlines.py [--only REGEX] [--rounds N] [--tenonc FILE]

Shares of a limit are those of `bench`: the multiply-add loop or the loop that scales an array, whichever binds, at the
fastest 2 % of the runs. Where two programs are compared they take turns, and the ratio is the median over the rounds.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import tempfile

import numpy as np
from report import Table, machine_line, to_markdown
from workloads import ROOT

MODELS = ROOT / "models"
STEPS, SKIPPED = 4, 2  # of a round; the first steps touch memory anew

RATIONAL = """
model activation[D: int]:
    dim B, N
    param scale: [D] = 1
    act: group_rational[groups = 8, start = "swish"]
    entry run(x: [B, N, D]) -> (y: [B, N, D]):
        return act(x)
    train fit(x: [B, N, D], target: [B, N, D]):
        minimize mean((act(x * scale) - target) ^ 2, "B N D ->")
        update "*" with sgd[0.1]
"""

KARAT = """
from "karat.tenon" import attend, learned_weights, series

model operator[D: int, heads: int, N: int]:
    dim B
    sigma: learned_weights[series[basis = fourier[3]], 12]
    mix: attend[heads, 0, sigma]
    entry run(x: [B, N, D]) -> (y: [B, N, D]):
        return mix(x)
    train fit(x: [B, N, D], target: [B, N, D]):
        minimize mean((run(x) - target) ^ 2, "B N D ->")
        update "*" with sgd[0.1]
"""


def call(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


class Program:
    """A model, compiled for training, with first values as its weights; `inputs` of a step."""

    def __init__(self, folder, tenonc, source, inputs, *options):
        folder.mkdir()
        self.folder, self.path, self.batch = folder, folder / "model", len(next(iter(inputs.values())))
        call(tenonc, source, *options, "--train", "--mcpu=native", "-o", self.path)
        self.files = {name: folder / f"{name}.npy" for name in inputs}
        for name, file in self.files.items():
            np.save(file, inputs[name])
        self.weights = folder / "weights.safetensors"
        self.train(1, "--checkpoint", self.weights)

    def given(self, *names):
        return [word for name in names for word in ("--input", f"{name}={self.files[name]}")]

    def train(self, steps, *more):
        log = self.folder / "log.jsonl"
        call(self.path, "train", *self.given(*self.files), "--batch", self.batch, "--threads", 1, "--steps", steps,
             "--log", log, *more)  # fmt: skip
        return [json.loads(line)["seconds"] for line in log.read_text().splitlines()]

    def step(self):
        return statistics.median(self.train(SKIPPED + STEPS)[SKIPPED:])

    def bench(self, *names, entry=None, repeat=20):
        report = self.folder / "bench.json"
        chosen = ["--entry", entry] if entry else []
        call(self.path, "bench", "--weights", self.weights, *chosen, *self.given(*names), "--threads", 1, "--warmup", 2,
             "--repeat", repeat, "--json", report)  # fmt: skip
        return json.loads(report.read_text())

    def run(self, *names):
        return self.bench(*names, repeat=5)["seconds"]["median"]


def share_of_limit(kernels):
    """Of several kernels: the time that their limits take over the time that they take."""
    times = [(kernel["seconds"]["fastest_2_percent"], kernel["at_fastest_2_percent"]) for kernel in kernels]
    return sum(t * max(at["of_peak"], at["of_scale_loop"]) for t, at in times) / sum(t for t, _ in times)


def normal(*shape):
    return np.random.default_rng(1).standard_normal(shape, dtype=np.float32)


class Headlines:
    def __init__(self, folder, arguments):
        self.folder, self.arguments, self.count = folder, arguments, 0
        columns = {"what": "what", "figure": "figure", "bar": "bar"}
        self.table = Table("Headlines, one thread", columns)

    def program(self, source, inputs, *options):
        self.count += 1
        folder = self.folder / str(self.count)
        return Program(folder, self.arguments.tenonc, source, inputs, *options)

    def write(self, text):
        for file in MODELS.glob("*.tenon"):
            (self.folder / file.name).write_text(file.read_text())
        source = self.folder / "headline.tenon"
        source.write_text(text)
        return source

    def add(self, what, figure, bar):
        self.table.add(what=what, figure=figure, bar=bar)

    def ratio(self, first, second):
        """The median over the rounds of what the second takes over what the first takes."""
        return statistics.median(second() / first() for _ in range(self.arguments.rounds))

    def rational(self):
        """The activation of KAT-Tiny by itself, of 64 images: no cache holds them."""
        inputs = {"x": normal(64, 197, 768), "target": normal(64, 197, 768)}
        program = self.program(self.write(RATIONAL), inputs, "-D", "D=768")
        (forward,) = program.bench("x")["kernels"]
        share = 100 * share_of_limit([forward])
        self.add("GR-KAN, 64 x 197 x 768, forward: share of the limit that binds", f"{share:.0f} %", ">= 80 %")
        step = program.bench("x", "target", entry="train.fit")["kernels"]
        # The derivatives by coefficients, and by the input; the forward pass has fewer operations.
        most = sorted(step, key=lambda kernel: -kernel["flops"])[:2]
        self.add("GR-KAN, backward", f"{100 * share_of_limit(most):.0f} %", ">= 70 %")

    def kat(self):
        images = {"images": normal(8, 3, 224, 224), "labels": np.arange(8, dtype=np.int64)}
        tiny = ("-C", "tiny", "-D", "drop=0")
        kat, vit = (self.program(MODELS / f"{name}.tenon", images, *tiny) for name in ("kat", "vit"))
        run = self.ratio(lambda: vit.run("images"), lambda: kat.run("images"))
        self.add("KAT-Tiny / ViT-Tiny, 8 images, run", f"{run:.3f}", "<= 1.05")
        step = self.ratio(vit.step, kat.step)
        self.add("KAT-Tiny / ViT-Tiny, 8 images, step", f"{step:.3f}", "<= 1.25")

    def karat(self):
        for heads, width in ((3, 192), (6, 384)):
            inputs = {"x": normal(8, 197, width), "target": normal(8, 197, width)}
            options = [f"-D{name}={value}" for name, value in (("D", width), ("heads", heads), ("N", 197))]
            program = self.program(self.write(KARAT), inputs, *options)
            what = f"KArAt, whole attention of {heads} heads, 8 x 197 tokens: share of the multiply-add peak"
            for entry, bar in (("run", ">= 70 %"), ("train.fit", "")):
                names = ("x",) if entry == "run" else ("x", "target")
                share = program.bench(*names, entry=entry)["of_peak_at_fastest_2_percent"]
                self.add(f"{what}, {'forward' if bar else 'step'}", f"{100 * share:.0f} %", bar)

    def macaron(self):
        """Work a second, beside that of the plain Transformer of as many parameters."""
        rng = np.random.default_rng(1)
        inputs = {name: rng.integers(2, 10152, (8, 30)) for name in ("source", "target", "next")}
        both = [
            self.program(MODELS / "macaron.tenon", inputs, "-C", name, "-D", "drop=0")
            for name in ("iwslt", "iwslt_baseline")
        ]

        def rate(program, *names, **options):
            report = program.bench(*names, repeat=5, **options)
            return report["all_kernels"]["flops"] / report["seconds"]["median"]

        for what, names, entry in (("run", ("source", "target"), None),
                                   ("step", ("source", "target", "next"), "train.translation")):  # fmt: skip
            macaron, plain = (lambda p=p: 1 / rate(p, *names, entry=entry) for p in both)
            ratio = self.ratio(macaron, plain)
            title = f"Macaron, operations a second over those of a plain Transformer, 8 x 30 tokens, {what}"
            self.add(title, f"{ratio:.3f}", "1")


def main():
    parser = argparse.ArgumentParser(description="Measures the headline figures of published systems.")
    option = parser.add_argument
    option("--only", default="", metavar="REGEX", help="rational, kat, karat or macaron")
    option("--rounds", type=int, default=5, metavar="N")
    option("--tenonc", default=ROOT / "build" / "bin" / "tenonc", metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tenon-headlines-") as name:
        headlines = Headlines(pathlib.Path(name), arguments)
        for part in ("rational", "kat", "karat", "macaron"):
            if re.search(arguments.only, part):
                getattr(headlines, part)()
    print(f"{machine_line()}\n\n{to_markdown([headlines.table])}", end="")


if __name__ == "__main__":
    main()
