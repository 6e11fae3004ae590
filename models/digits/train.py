"""Makes every file of this folder that is not source: images, labels, weights and their
accuracy.

    /usr/bin/python3 models/digits/train.py TENONC [DIGITS_CSV_GZ]

DIGITS_CSV_GZ is sklearn/datasets/data/digits.csv.gz (see README.md); without it images
and labels stay. Of 18 images the first 5 are held out for testing: rows i with
i mod 18 < 5, 500 of 1797. `tenonc --train` makes the program that trains.
"""

import gzip
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


def write_data(path):
    """Images [n, 1, 8, 8] with pixels 0 to 1 and labels [n], in the order of the file."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    images = (table[:, :64] / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = table[:, 64].astype(np.int64)
    held_out = np.arange(len(images)) % 18 < 5
    for name, rows in ("", held_out), ("train_", ~held_out):
        np.save(HERE / f"digits_{name}images.npy", images[rows])
        np.save(HERE / f"digits_{name}labels.npy", labels[rows])


def without_training(checkpoint, output):
    """Copies a checkpoint without what only training needs, tensors named tenon.*"""
    data = checkpoint.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, kept, offset, blocks = json.loads(data[8 : 8 + length]), {}, 0, []
    for name, tensor in header.items():
        if name.startswith(("tenon.", "__")):
            continue
        begin, end = tensor["data_offsets"]
        blocks.append(data[8 + length :][begin:end])
        kept[name] = {**tensor, "data_offsets": [offset, offset + end - begin]}
        offset += end - begin
    text = json.dumps(kept, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    output.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def main(tenonc, csv=None):
    if csv:
        write_data(csv)
    weights = HERE / "digits_vit.safetensors"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def call(*command):
            subprocess.run([str(part) for part in command], check=True)

        program, checkpoint, logits = folder / "digits", folder / "checkpoint", folder / "logits.npy"
        call(tenonc, HERE / "digits_vit.tenon", "--train", "-o", program)
        rows = [f"images={HERE}/digits_train_images.npy", f"labels={HERE}/digits_train_labels.npy"]
        call(program, "train", "--input", rows[0], "--input", rows[1], "--checkpoint", checkpoint)
        without_training(checkpoint, weights)
        images = f"images={HERE}/digits_images.npy"
        call(program, "run", "--weights", weights, "--input", images, "--output", f"logits={logits}")
        result = np.load(logits)
    labels = np.load(HERE / "digits_labels.npy")
    ordered = np.sort(result, -1)
    margin = (ordered[:, -1] - ordered[:, -2]).min()
    correct, total = int((result.argmax(-1) == labels).sum()), len(labels)
    line = f"{correct} of {total} test images recognized ({correct / total:.2%})"
    (HERE / "accuracy.txt").write_text(line + "\n")
    print(f"{line}; smallest margin between the two highest logits: {margin:.5f}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
