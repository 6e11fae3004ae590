"""What each row of the kernel benchmark should reach.

A share of the machine's limit is read at the fastest 2 % of the windows, a
comparison with a peer at the median ratio of interleaved windows.
"""

import dataclasses

from report import machine


@dataclasses.dataclass
class Bar:
    """At least `share` percent of the limit, and `ratio` times as fast as every
    peer that was measured; None where there is no such demand."""

    share: float
    ratio: float | None = None

    @property
    def text(self):
        peers = f", {self.ratio} x peers" if self.ratio else ""
        return f"{self.share} %{peers}"


@dataclasses.dataclass
class Scaling:
    """Speed-up that two threads owe where the machine itself scales."""

    speedup: float
    machine: float

    def judge(self, threads, speedup, scaling):
        """Bar and verdict for a row; none where the peak does not scale."""
        if threads != 2:
            return "", ""
        if scaling < self.machine:
            return f"none: the peak scales {scaling:.2f} x", ""
        return f"{self.speedup} x", "yes" if speedup >= self.speedup else "no"


TWO_THREADS = Scaling(speedup=1.8, machine=1.95)


def is_narrow_core():
    """AMD cores with 512-bit registers and one 512-bit multiply-add a cycle,
    whose caches keep up with it more easily."""
    this = machine()
    return this["level"] == "x86-64-v4" and "AMD" in this["cpu"]


def multiply_bar(kind, sizes, narrow):
    if kind == "gemm":
        cube = 90 if sizes == (1024, 1024, 1024) else 93
        return Bar(95 if narrow and cube == 93 else cube, 1.0)
    if kind.startswith("ffn"):
        return Bar(93 if narrow else 90)
    if kind == "learned-attention":
        return Bar(70)
    ratio = 1.3 if sizes[0] == 197 else 1.15
    if kind == "attention-causal":
        return Bar(70 if narrow else 68, ratio)
    return Bar(80 if narrow else 74, ratio)


def read_bar(_kind, sizes, _narrow):
    return Bar(90 if sizes[0] == 1 else 80)


def scale_bar(kind, _sizes, _narrow):
    return Bar(70 if kind == "softmax" else 90)


BARS = {"multiply": multiply_bar, "read": read_bar, "scale": scale_bar}


def is_met(bar, share, ratios):
    """The verdict for a table; `ratios` are times of the peers over ours."""
    fast = bar.ratio is None or all(r >= bar.ratio for r in ratios)
    return "yes" if share >= bar.share and fast else "no"
