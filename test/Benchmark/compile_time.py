"""How compile time grows with depth.

    /usr/bin/python3 test/Benchmark/compile_time.py build/bin/tenonc

compiles MiniLM with 6 and with 48 layers, three times each, and prints the
least time of both. Equal layers share their kernels, so 48 layers should take
less than twice as long as 6; the exit code says whether they did.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

LAYERS, REPEATS, LIMIT = (6, 48), 3, 2.0


def seconds(tenonc, source, layers, folder):
    """Least wall time of a few compilations."""
    command = [tenonc, str(source), "-o", f"{folder}/model", "-D", f"layers={layers}"]
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run(command, check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main(tenonc):
    source = pathlib.Path(__file__).resolve().parents[2] / "models" / "minilm.tenon"
    with tempfile.TemporaryDirectory() as folder:
        few, many = (seconds(tenonc, source, n, folder) for n in LAYERS)
    print(f"{LAYERS[0]} layers: {few:.2f} s; {LAYERS[1]} layers: {many:.2f} s;", end=" ")
    print(f"ratio {many / few:.2f}, limit {LIMIT}")
    return 0 if many < LIMIT * few else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
