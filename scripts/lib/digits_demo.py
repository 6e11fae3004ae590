"""Trains the digits model with its executable, runs it on all test images and says how
many digits it recognizes.

    digits_demo.py EXECUTABLE MODEL_FOLDER WORK_FOLDER

A checkpoint newer than the executable is taken as it is. Ends with exit code 1 when fewer
digits are recognized than another seed or processor accounts for.
"""

import pathlib
import subprocess
import sys
import time

import numpy as np

SHADES = " .:-=+*#%@"
LEAST = 0.96


def pictures(images):
    """The images side by side, two characters a pixel."""
    lines = []
    for row in range(images.shape[2]):
        cells = (images[:, 0, row] * (len(SHADES) - 1)).round().astype(int)
        lines.append("   ".join("".join(SHADES[c] * 2 for c in line) for line in cells))
    return "\n".join(lines)


def train(executable, model_folder, checkpoint):
    if checkpoint.exists() and checkpoint.stat().st_mtime > executable.stat().st_mtime:
        print(f"trained already: {checkpoint}")
        return
    start = time.perf_counter()
    subprocess.run(
        [executable, "train", "--checkpoint", checkpoint, "--log", checkpoint.with_suffix(".jsonl")]
        + ["--input", f"images={model_folder / 'digits_train_images.npy'}"]
        + ["--input", f"labels={model_folder / 'digits_train_labels.npy'}"],
        check=True,
    )
    print(f"trained in {time.perf_counter() - start:.1f} s: {checkpoint}")


def main(executable, model_folder, work_folder):
    executable, folder, work = (pathlib.Path(path).resolve() for path in (executable, model_folder, work_folder))
    checkpoint, logits_file = work / "digits_vit.safetensors", work / "logits.npy"
    train(executable, folder, checkpoint)
    images = np.load(folder / "digits_images.npy")
    labels = np.load(folder / "digits_labels.npy")
    start = time.perf_counter()
    subprocess.run(
        [executable, "run", "--weights", checkpoint]
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
        f" ({correct / len(labels):.2%}) in {seconds:.2f} s, start of the program included\n"
    )
    if correct < LEAST * len(labels):
        print(f"error: fewer than {LEAST:.0%} are recognized", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
