"""The tables about whole models."""

import statistics

from measuring import Measurement
from report import Table
from runners import NOT_INSTALLED, NOT_RUN

WHERE = {"model": "model", "threads": "threads"}
TIMES = {"median": "median/ms", "fastest": "fastest 2 %/ms", "peak": "% of peak"}


class ModelTables:
    """Made from all results together: the peak of so many threads is the best
    that was seen in any of them."""

    def __init__(self, results):
        """`results` are triples of workload, threads and measurements, Tenon's
        first."""
        peer = {f"peer_{name}": f"its {heading}" for name, heading in TIMES.items()}
        self.summary = Table(
            "Whole models: Tenon and the best peer",
            WHERE | TIMES | {"peer": "best peer"} | peer
            | {"ratio": "peer / Tenon", "quiet": "peak seen/%"},
        )  # fmt: skip
        last = {"ratio": "time / Tenon", "error": "relative error"}
        self.systems = Table(
            "Whole models: every system", WHERE | {"system": "system"} | TIMES | last
        )
        self.starts = Table(
            "From process start to first result",
            WHERE | {"system": "system", "median": "median/ms", "least": "least/ms"},
        )
        self.peaks = {}
        for _, threads, (tenon, *_) in results:
            self.peaks[threads] = max([self.peaks.get(threads, 0), *tenon.system.peaks])
        for workload, threads, measurements in results:
            self.add(workload, threads, measurements)
        self.add_notes(results)

    def tables(self):
        """Those that have rows."""
        return [t for t in (self.summary, self.systems, self.starts) if t.rows]

    def add(self, workload, threads, measurements):
        """The rows of one workload on so many threads."""
        where = {"model": workload.name, "threads": threads}
        tenon = measurements[0]
        good = [m for m in measurements if not m.problem]
        best = min(
            (m for m in good if m is not tenon), key=Measurement.median, default=None
        )

        def times(measurement, prefix=""):
            """The cells about time."""
            if measurement not in good:
                return {f"{prefix}{name}": None for name in TIMES}
            seconds, peak = measurement.fastest(), self.peaks[threads]
            cells = {
                "median": 1e3 * measurement.median(),
                "fastest": 1e3 * seconds,
                "peak": 100 * workload.flops() / seconds / peak if peak else None,
            }
            return {f"{prefix}{name}": value for name, value in cells.items()}

        def ratio(measurement):
            return measurement.ratio(tenon) if measurement and tenon in good else None

        self.summary.add(
            **where,
            **times(tenon),
            peer=best.system.name if best else None,
            **times(best, "peer_"),
            ratio=ratio(best),
            quiet=self.quiet(threads, tenon.system),
        )
        for m in measurements:
            row = where | {"system": m.system.name}
            if m in good:
                row |= times(m) | {"ratio": ratio(m), "error": f"{m.error:.1e}"}
            else:
                row |= {"median": None, "error": self.reason(row, m)}
            self.systems.add(**row)
        if any(m.starts for m in measurements):
            self.add_starts(where, measurements)

    def quiet(self, threads, tenon):
        """The peak of a typical round as a share of the best one: far below 100
        where others used the machine."""
        if not self.peaks[threads]:
            return None
        return 100 * statistics.median(tenon.peaks) / self.peaks[threads]

    def add_starts(self, where, measurements):
        for m in measurements:
            row = where | {"system": m.system.name, "median": None}
            if m.starts:
                row["median"] = 1e3 * statistics.median(m.starts)
                row["least"] = 1e3 * min(m.starts)
            self.starts.add(**row)

    def reason(self, row, measurement):
        """Why there is no measurement, in a word; a note says more."""
        if measurement.problem in (NOT_INSTALLED, NOT_RUN):
            return measurement.problem
        place = ", ".join(map(str, row.values()))
        self.systems.note(f"Failed: {place}: {measurement.problem}")
        return "failed"

    def add_notes(self, results):
        """The peaks, where work is saved, and the versions of the peers."""
        for threads, peak in self.peaks.items():
            unit = "thread" if threads == 1 else "threads"
            self.summary.note(f"Peak of {threads} {unit}: {peak / 1e9:.1f} GFLOP/s.")
        remarks = [workload.remark() for workload, _, _ in results]
        remarks += [saving(workload, tenon.system) for workload, _, (tenon, *_) in results]
        for remark in dict.fromkeys(filter(None, remarks)):
            self.summary.note(remark)
        systems = [m.system for _, _, measurements in results for m in measurements]
        versions = {f"{s.name} {s.version}": None for s in systems if s.version}
        if versions:
            self.systems.note(f"Versions: {', '.join(versions)}.")


def saving(workload, tenon):
    """What is said where Tenon's kernels do with less than the model as written."""
    plain, own = workload.flops(), tenon.flops
    if not 0 < own < 0.99 * plain:
        return None
    return (
        f"{workload.name}: {plain / 1e9:.3g} GFLOP in products and attention as the model"
        f" is written, {own / 1e9:.3g} in all of Tenon's kernels; shares of the peak count"
        " the former."
    )
