# RUN: %python %s %tenonc %t
"""A model is loaded with little more memory than it then uses: raw weights are
packed one after the other, and the pages of embedded ones are given back."""

import json

from support import arguments, compile_model, run_command
from systems import Minilm

tenonc, scratch, _ = arguments()
# Code, stacks, the headers of the files, and what else a process has.
PROCESS = 8 << 20

system = Minilm(D=384, layers=4, heads=12, hidden=1536, vocab=2001, positions=64)
options = ["--mcpu=x86-64-v3"]
from_file = system.compile(tenonc, scratch, options)
embedded = compile_model(
    tenonc, system.source, scratch / "embedded", system.defines(),
    options=[*options, f"--embed-weights={from_file.weights}"],
)  # fmt: skip
raw = sum(value.nbytes for value in system.weights.values())
largest = max(value.nbytes for value in system.weights.values())

for name, program in {"file": from_file, "embedded": embedded}.items():
    for threads in "1", "2":
        result = scratch / "bench.json"
        command = [program.path, "bench", "--repeat", "1", "--warmup", "0"]
        command += ["--threads", threads, "--json", result]
        if program.weights:
            command += ["--weights", program.weights]
        run_command(command)
        figures = json.loads(result.read_text())
        peak = figures["loading"]["peak_resident_bytes"]
        used = figures["memory"]["weight_bytes"]
        bound = used + 2 * largest + PROCESS
        print(f"{name}, {threads} threads: {peak} bytes, raw {raw}, used {used}, bound {bound}")
        assert bound < used + raw, "the model is too small to tell"
        assert used < peak <= bound, f"{name}: {peak} bytes, expected at most {bound}"
