"""Measures a model: every system is checked, then all are timed in turn."""

import contextlib
import fcntl
import math
import statistics
import time

import numpy as np
from runners import Failure, first_result_seconds

from weights_io import write_safetensors

LARGEST_ERROR = 1e-5
PAUSE = 0.25  # seconds in which the threads of the last system go to sleep


class Case:
    """A workload with its files in the folder `scratch`, and the result in
    float64 of the samples that are checked."""

    def __init__(self, workload, scratch):
        self.workload, self.scratch = workload, scratch
        weights, inputs = workload.weights(), workload.inputs()
        self.weights = scratch / "weights.safetensors"
        write_safetensors(self.weights, weights)
        self.inputs = {name: scratch / f"{name}.input.npy" for name in inputs}
        for name, file in self.inputs.items():
            np.save(file, inputs[name])
        self.samples = workload.checked()
        ends = {name: value[self.samples] for name, value in inputs.items()}
        self.reference = workload.reference(weights, **ends)


class Measurement:
    """One system on one case: its error, rounds and seconds from process start
    to first result, or the problem that it has."""

    def __init__(self, system):
        self.system, self.rounds, self.starts = system, [], []
        self.error = self.problem = None

    def check(self, case):
        """Runs it once and holds the result against the reference."""
        with self.failing():
            result = self.system.start()
            if len(result) != case.workload.batch:
                raise Failure(f"a result of {len(result)} samples")
            self.error = relative_error(result[case.samples], case.reference)
            if not self.error <= LARGEST_ERROR:
                raise Failure(f"wrong result, relative error {self.error:.1e}")

    def measure(self, seconds):
        with self.failing():
            self.rounds.append(self.system.round(seconds))

    def measure_start(self):
        with self.failing():
            self.starts.append(first_result_seconds(self.system))

    @contextlib.contextmanager
    def failing(self):
        """A failure inside ends what is measured of this system."""
        try:
            yield
        except Failure as failure:
            self.problem = str(failure)

    def median(self):
        return statistics.median(r.median for r in self.rounds)

    def fastest(self):
        """A time that about 2 % of the runs keep below: the k-th least of the
        rounds' minima, where k is 2 % of the runs."""
        runs = sum(r.runs for r in self.rounds)
        minima = sorted(r.minimum for r in self.rounds)
        return minima[min(max(math.ceil(0.02 * runs), 1), len(minima)) - 1]

    def ratio(self, other):
        """How many times as long as the other: the median over the rounds."""
        pairs = zip(self.rounds, other.rounds)
        return statistics.median(a.median / b.median for a, b in pairs)


def relative_error(result, reference):
    """|result - reference| / |reference| in float64; infinite when the shape
    is another or a value is not finite."""
    if result.shape != reference.shape or not np.isfinite(result).all():
        return float("inf")
    difference = np.linalg.norm(result.astype(np.float64) - reference)
    return float(difference / np.linalg.norm(reference))


@contextlib.contextmanager
def locked(file):
    """Holds an exclusive lock on the file, if there is one."""
    if not file:
        yield
        return
    with open(file, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def interleave(measurements, rounds, lock, step):
    """`step` for each system in turn, so many rounds of it."""
    with locked(lock):
        for _ in range(rounds):
            for measurement in measurements:
                if not measurement.problem:
                    step(measurement)
                    time.sleep(PAUSE)


def measure(systems, case, arguments, with_start, progress):
    """Checks and times the systems; those with a problem are left out."""
    measurements = [Measurement(system) for system in systems]
    try:
        for measurement in measurements:
            progress(measurement.system.name)
            measurement.check(case)
        seconds, rounds, lock = arguments.seconds, arguments.rounds, arguments.lock
        interleave(measurements, rounds, lock, lambda m: m.measure(seconds))
    finally:
        for system in systems:
            system.stop()
    if with_start:
        interleave(measurements, rounds, lock, Measurement.measure_start)
    return measurements
