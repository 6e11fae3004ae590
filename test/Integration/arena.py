# RUN: %python %s %tenonc %t
"""Intermediate results share one arena that is at most 1.2 times what is alive
at one time, at small and large, odd and even sizes."""

import json

from support import ROOT, arguments, compile_model, run_command

tenonc, scratch, _ = arguments()
MOST = 1.2

MODELS = {
    "minilm.tenon": (["test"], ["B=1,N=1", "B=1,N=16", "B=3,N=5", "B=8,N=17"]),
    "vit.tenon": (["test"], ["B=1", "B=2", "B=7", "B=64"]),
    "digits/digits_vit.tenon": (["test", "full"], ["B=1", "B=2", "B=7", "B=500"]),
}

for source, (configs, all_sizes) in MODELS.items():
    for config in configs:
        output = scratch / f"{config}-{source.replace('/', '-')}.exe"
        program = compile_model(tenonc, ROOT / "models" / source, output, config=config)
        for sizes in all_sizes:
            text = run_command([program.path, "info", "--json", "--size", sizes])
            for entry in json.loads(text)["entries"]:
                memory = entry["memory"]
                ratio = memory["arena_bytes"] / memory["live_bytes"]
                print(f"{source}, {config}, {sizes}: {memory}, ratio {ratio:.3f}")
                assert 1 <= ratio <= MOST, f"{source}, {sizes}: ratio {ratio:.3f}"
