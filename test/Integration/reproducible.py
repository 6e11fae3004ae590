# RUN: %python %s %tenonc %t
"""Equal inputs compile to equal bytes, whatever the folder, the way the file is
named, the folder for temporary files, the locale and the name of the output."""

import shutil

from support import INPUTS, ROOT, arguments, environment, run_command

tenonc, scratch, _ = arguments()
MODELS = {
    "mlp.mlir": INPUTS / "mlp.mlir",
    "minilm.tenon": ROOT / "models" / "minilm.tenon",
    "digits_vit.tenon": ROOT / "models" / "digits" / "digits_vit.tenon",
}
PLACES = [("one", "C", "model"), ("an other place", "C.UTF-8", "renamed")]

for name, source in MODELS.items():
    bytes_of = []
    for folder, locale, output in PLACES:
        place = scratch / folder
        temporary = place / "temporary"
        temporary.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place / name)
        run_command(
            [tenonc, place / name if bytes_of else name, "-o", output],
            cwd=place,
            env=environment(TMPDIR=temporary, LC_ALL=locale),
        )
        bytes_of.append((place / output).read_bytes())
        left = sorted(path.name for path in temporary.iterdir())
        assert not left, f"left in the folder for temporary files: {left}"
    assert bytes_of[0] == bytes_of[1], f"{name}: executables differ"
