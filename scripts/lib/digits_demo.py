"""Runs the compiled digits model on all test images and compares the number of
digits it recognizes with the recorded one.

    digits_demo.py EXECUTABLE MODEL_FOLDER WORK_FOLDER

Ends with exit code 1 when the numbers differ.
"""

import pathlib
import re
import subprocess
import sys
import time

import numpy as np

SHADES = " .:-=+*#%@"


def pictures(images):
    """The images side by side, two characters a pixel."""
    lines = []
    for row in range(images.shape[2]):
        cells = (images[:, 0, row] * (len(SHADES) - 1)).round().astype(int)
        lines.append("   ".join("".join(SHADES[c] * 2 for c in line) for line in cells))
    return "\n".join(lines)


def main(executable, model_folder, work_folder):
    folder, logits_file = pathlib.Path(model_folder), f"{work_folder}/logits.npy"
    images = np.load(folder / "digits_images.npy")
    labels = np.load(folder / "digits_labels.npy")
    record = (folder / "accuracy.txt").read_text().strip()
    start = time.perf_counter()
    subprocess.run(
        [executable, "run", "--weights", folder / "digits_vit.safetensors"]
        + ["--input", f"images={folder / 'digits_images.npy'}"]
        + ["--output", f"logits={logits_file}"],
        check=True,
    )
    seconds = time.perf_counter() - start
    answers = np.load(logits_file).argmax(-1)
    correct = int((answers == labels).sum())

    print("\n" + pictures(images[:4]))
    print("   ".join(f"{f'read as {digit}':^16}" for digit in answers[:4]) + "\n")
    print(
        f"{correct} of {len(labels)} test images recognized"
        f" ({correct / len(labels):.2%}) in {seconds:.2f} s, start of the program"
        f" included\nrecorded: {record}\n"
    )
    expected = [int(number) for number in re.findall(r"\d+", record)][:2]
    if [correct, len(labels)] != expected:
        print("error: this is not the recorded accuracy", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
