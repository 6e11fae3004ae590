"""Sums modulo 97 from examples of which some are wrong, in the regimes of arXiv
2310.13061: makes the data, compiles models/grok.tenon, trains it with its own
executable, prints and draws the curves, and holds what comes out against what the
paper's programs reach.

    grok.py [--tenonc FILE] [--out FOLDER] [--seed N] [--steps N] [--threads N] REGIME...

Regimes: clean, coexistence, partial_inversion, full_inversion, forgetting, batch_norm,
pruning (of the network of coexistence) and transformer; `all` is all of them. With
--steps a run is shorter, or longer, than the regime's own. Ends with exit code 1 when
something isn't as expected.
"""

import argparse
import dataclasses
import json
import pathlib
import random
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "frontends" / "python"))
import tenon_plot  # noqa: E402

P, NEURONS = 97, 500


@dataclasses.dataclass
class Regime:
    steps: int
    every: int  # steps between two looks at the test pairs
    train: tuple  # least and greatest accuracy on the training labels at the end
    test: tuple  # and on the pairs that were not trained with
    wrong: float = 0.35  # share of training labels that are drawn at random
    share: float = 0.5  # of the pairs that train
    model: str = "grok"


NONE, ALL = (0, 0.05), (0.999, 1)
REGIMES = {
    "clean": Regime(100, 4, ALL, (1, 1), wrong=0),
    "coexistence": Regime(1000, 40, (0.96, 1), (0.97, 1)),
    "partial_inversion": Regime(500, 20, (0.70, 0.90), ALL),
    "full_inversion": Regime(500, 20, (0.64, 0.66), ALL),
    "forgetting": Regime(2500, 100, NONE, NONE),
    "batch_norm": Regime(2000, 80, (0.78, 0.83), (0.99, 1), wrong=0.2, share=0.65),
    "transformer": Regime(1000, 40, ALL, (0.99, 1), wrong=0, model="grok_transformer"),
}


class Data:
    """The pairs (m, n) in a shuffled order; the first ones train. The labels of the
    first of those are drawn at random, and may be right by chance."""

    def __init__(self, share, wrong, seed, shuffle):
        pairs = [(m, n) for m in range(P) for n in range(P)]
        random.Random(shuffle).shuffle(pairs)
        self.pairs = np.array(pairs)
        self.label = self.pairs.sum(1) % P
        self.count = int(share * len(pairs))
        self.corrupted = int(wrong * self.count)
        draws = np.random.default_rng(seed).integers(0, P, self.corrupted)
        self.label[: self.corrupted] = draws

    def inputs(self, model, rows):
        """What the model's entries take, for some of the rows."""
        pairs = self.pairs[rows]
        return {"pair": pairs} if model == "grok_transformer" else {"m": pairs[:, 0], "n": pairs[:, 1]}

    def accuracy(self, logits):
        """On the training labels, on the others, and on the corrupted ones alone."""
        hit = logits.argmax(1) == self.label
        wrong = hit[: self.corrupted].mean() if self.corrupted else np.nan
        return hit[: self.count].mean(), hit[self.count :].mean(), wrong


class Run:
    """A regime's folder, executable and data."""

    def __init__(self, name, given):
        self.name, self.regime, self.given = name, REGIMES[name], given
        self.folder = pathlib.Path(given.out) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        is_transformer = self.regime.model == "grok_transformer"
        self.data = Data(self.regime.share, self.regime.wrong, given.seed, 1 if is_transformer else 420)
        self.program = self.folder / "model"
        self.checkpoint, self.log = self.folder / "trained.safetensors", self.folder / "log.jsonl"
        config = [] if is_transformer else ["-C", name]
        source = ROOT / "models" / f"{self.regime.model}.tenon"
        call([given.tenonc, source, *config, "--train", "--mcpu=native", "-o", self.program])

    def inputs(self, rows, folder, option="--input", **more):
        """The options that give an array for each input."""
        options = []
        for name, array in {**self.data.inputs(self.regime.model, rows), **more}.items():
            file = self.folder / f"{folder}_{name}.npy"
            np.save(file, array)
            options += [option, f"{name}={file}"]
        return options

    def run(self, output, *options, **more):
        """A result of an entry, with the weights of the last checkpoint."""
        file = self.folder / f"{output}.npy"
        call([self.program, "run", "--weights", self.checkpoint, "--output", f"{output}={file}", *options, *self.threads()])
        return np.load(file)

    def threads(self):
        return ["--threads", self.given.threads] if self.given.threads else []

    def train(self):
        """Trains, prints and draws the log; the accuracies of the last weights."""
        data, steps = self.data, self.given.steps or self.regime.steps
        training, others = slice(0, data.count), slice(data.count, None)
        rows = self.inputs(training, "train", label=data.label[training])
        rows += self.inputs(others, "test", "--eval-input", label=data.label[others])
        options = ["--seed", self.given.seed, "--checkpoint", self.checkpoint, "--log", self.log]
        print(f"\n{self.name}: {data.count} examples, {data.corrupted} with labels drawn at random", flush=True)
        started = time.perf_counter()
        every = ["--steps", steps, "--eval-every", self.regime.every]
        call([self.program, "train", *rows, *options, *every, *self.threads()], stderr=None)
        whole = time.perf_counter() - started
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        print("   step      loss   train    test")
        for line in lines:
            if "loss" in line and "eval_accuracy" in line:
                numbers = f"{line['accuracy']:.4f}  {line['eval_accuracy']:.4f}"
                print(f"{line['step']:7d}  {line['loss']:.6f}  {numbers}")
        seconds = sum(line.get("seconds", 0) for line in lines)
        print(f"{1000 * seconds / steps:.1f} ms a step, {whole:.1f} s in all")
        figure = self.folder / "curves.svg"
        log = {self.name: tenon_plot.read_log(self.log)}
        figure.write_text(tenon_plot.draw(log, show=["loss", "accuracy"], log_y=["loss"]))
        print(f"curves: {figure}", flush=True)
        return data.accuracy(self.run("logits", *self.inputs(slice(None), "all")))[:2]

    def prune(self):
        """Leaves neurons out, the least periodic first and the most periodic first; the
        accuracies without the least periodic 70 %."""
        ipr = self.run("ipr", "--entry", "neurons")
        histogram = " ".join(map(str, np.histogram(ipr, 10, (0, 1))[0]))
        print(f"\npruning: neurons by participation ratio, 0 to 1 in steps of .1: {histogram}; mean {ipr.mean():.3f}")
        logs, result = {}, None
        for name, order in (("least periodic first", ipr.argsort()), ("most periodic first", (-ipr).argsort())):
            print(f"{name}\n  pruned   train    test  corrupted")
            lines = []
            for tenths in range(10):
                keep = np.ones(NEURONS, bool)
                keep[order[: tenths * NEURONS // 10]] = False
                inputs = self.inputs(slice(None), "all", keep=keep)
                train, test, wrong = self.data.accuracy(self.run("logits", "--entry", "pruned", *inputs))
                print(f"{tenths / 10:8.1f}  {train:.4f}  {test:.4f}     {wrong:.4f}", flush=True)
                lines.append({"pruned": tenths / 10, "train accuracy": train, "test accuracy": test, "corrupted": wrong})
                if tenths == 7 and result is None:
                    result = test, wrong
            file = self.folder / f"{name.replace(' ', '_')}.jsonl"
            write_log(file, lines)
            logs[name] = tenon_plot.read_log(file, "pruned")
        figure = self.folder / "pruning.svg"
        figure.write_text(tenon_plot.draw(logs, x="pruned", title="share of neurons left out"))
        print(f"curves: {figure}")
        return result


def write_log(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def call(command, stderr=subprocess.PIPE):
    """Runs a program; what it says is shown when it fails, or at once if `stderr` is none."""
    done = subprocess.run([str(part) for part in command], stderr=stderr, text=True)
    if done.returncode != 0:
        sys.exit((done.stderr or "") + f"exit code {done.returncode}: {' '.join(map(str, command))}")


def holds(what, value, bar):
    """Says whether a number is within its bar."""
    is_within = bar[0] <= value <= bar[1]
    print(f"{what}: {value:.4f}, expected {bar[0]} to {bar[1]}{'' if is_within else ' - NOT AS EXPECTED'}")
    return is_within


def check(name, given):
    run = Run("coexistence" if name == "pruning" else name, given)
    train, test = run.train()
    good = [holds("accuracy on training labels", train, run.regime.train)]
    good.append(holds("accuracy on test pairs", test, run.regime.test))
    if name == "pruning":
        test, wrong = run.prune()
        good.append(holds("accuracy on test pairs without 70 % of the neurons", test, (0.99, 1)))
        good.append(holds("accuracy on corrupted labels without them", wrong, (0, 0.05)))
    return all(good)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, usage=argparse.SUPPRESS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tenonc", default="tenonc")
    parser.add_argument("--out", default="grok")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int)
    parser.add_argument("regimes", nargs="+", choices=[*REGIMES, "pruning", "all"], metavar="REGIME")
    given = parser.parse_args()
    # Pruning trains the network of coexistence, and checks it.
    names = [*REGIMES, "pruning"] if "all" in given.regimes else given.regimes
    names = [name for name in names if name != "coexistence" or "pruning" not in names]
    failed = [name for name in names if not check(name, given)]
    if failed:
        sys.exit(f"not as expected: {', '.join(failed)}")


if __name__ == "__main__":
    main()
