"""Trains the digits Vision Transformer and writes every file of this folder
that is not source: weights, test images, test labels, accuracy.

    /usr/bin/python3 models/digits/train.py DIGITS_CSV_GZ [OUTPUT_DIR]

DIGITS_CSV_GZ is sklearn/datasets/data/digits.csv.gz (see README.md). Every
18th image and the four after it are held out for testing: rows i with
i mod 18 < 5, 500 of 1797. One core needs about four minutes. The seed is
fixed; another BLAS rounds differently and gives slightly different weights.

`--check-gradients` compares the gradients of network.py with central
differences in float64 instead.
"""

import gzip
import json
import pathlib
import struct
import sys
import time

import numpy as np

import network

EPOCHS, BATCH, PEAK_RATE, WARMUP, DECAY, SMOOTHING = 110, 48, 2.5e-3, 100, 0.05, 0.1


def read_digits(path):
    """Images [n, 1, 8, 8] with pixels 0..1 and labels [n], in file order."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    images = (table[:, :64] / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    return images, table[:, 64].astype(np.int64)


def write_safetensors(path, tensors):
    """Float32 tensors in the safetensors format: header length, JSON header
    padded to 8 bytes, raw little-endian data in the order of the header."""
    header, offset = {}, 0
    for name, value in tensors.items():
        end = offset + 4 * value.size
        header[name] = {
            "dtype": "F32",
            "shape": list(value.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value, "<f4").tobytes())


def shifted(images, rng):
    """Each image moved by at most one pixel along each axis, zeros moved in."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    steps = rng.choice([0, 1, 1, 1, 1, 2], size=(len(images), 2))
    return np.stack(
        [padded[i, :, r : r + 8, c : c + 8] for i, (r, c) in enumerate(steps)]
    )


def loss_and_gradient(logits, labels):
    """Smoothed cross entropy, and its derivative by the logits."""
    shifted_logits = logits - logits.max(-1, keepdims=True)
    log_p = shifted_logits - np.log(np.exp(shifted_logits).sum(-1, keepdims=True))
    target = np.full_like(logits, SMOOTHING / logits.shape[1])
    target[np.arange(len(labels)), labels] += 1 - SMOOTHING
    loss = -(target * log_p).sum() / len(labels)
    return loss, (np.exp(log_p) - target) / len(labels)


class AdamW:
    """Adam with decoupled decay of matrices; beta 0.9 and 0.98."""

    def __init__(self, parameters):
        self.parameters, self.step = parameters, 0
        self.m = {k: np.zeros_like(v) for k, v in parameters.items()}
        self.v = {k: np.zeros_like(v) for k, v in parameters.items()}

    def update(self, gradients, rate):
        self.step += 1
        norm = np.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        clip = min(1.0, 1.0 / norm)
        for name, w in self.parameters.items():
            g = gradients[name] * np.float32(clip)
            m, v = self.m[name], self.v[name]
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.02) * (g * g - v)
            mean = m / np.float32(1 - 0.9**self.step)
            square = v / np.float32(1 - 0.98**self.step)
            if name.endswith("weight") and "norm" not in name:
                w *= np.float32(1 - rate * DECAY)
            w -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))


def train(images, labels, seed=1):
    """Trained parameters: the average over the last updates, which is
    smoother than the last one."""
    rng = np.random.default_rng(seed)
    parameters = network.initial_parameters(rng)
    average = {k: v.copy() for k, v in parameters.items()}
    optimizer = AdamW(parameters)
    steps = EPOCHS * (len(images) // BATCH)
    start = time.time()
    for epoch in range(EPOCHS):
        order, losses = rng.permutation(len(images)), []
        for i in range(0, len(order) - BATCH + 1, BATCH):
            pick = order[i : i + BATCH]
            logits, saved = network.forward(parameters, shifted(images[pick], rng))
            loss, dlogits = loss_and_gradient(logits, labels[pick])
            gradients = network.backward(parameters, dlogits, saved)
            progress = optimizer.step / steps
            rate = PEAK_RATE * 0.5 * (1 + np.cos(np.pi * progress))
            optimizer.update(gradients, rate * min(1, (optimizer.step + 1) / WARMUP))
            for name, value in parameters.items():
                average[name] += np.float32(0.01) * (value - average[name])
            losses.append(loss)
        print(
            f"epoch {epoch + 1}/{EPOCHS}: loss {np.mean(losses):.4f},"
            f" {time.time() - start:.0f} s",
            flush=True,
        )
    return average


def check_gradients():
    """Largest relative difference of directional derivatives in float64."""
    rng = np.random.default_rng(2)
    p = network.initial_parameters(rng)
    p = {k: v + 0.1 * rng.standard_normal(v.shape) for k, v in p.items()}
    images, labels = rng.random((3, 1, 8, 8)), np.array([1, 7, 0])
    logits, saved = network.forward(p, images)
    gradients = network.backward(p, loss_and_gradient(logits, labels)[1], saved)
    worst = 0.0
    for name, value in p.items():
        direction, step, losses = rng.standard_normal(value.shape), 1e-5, []
        for sign in (1, -1):
            moved = {**p, name: value + sign * step * direction}
            logits, _ = network.forward(moved, images)
            losses.append(loss_and_gradient(logits, labels)[0])
        numeric = (losses[0] - losses[1]) / (2 * step)
        analytic = (gradients[name] * direction).sum()
        worst = max(worst, abs(analytic - numeric) / max(abs(numeric), 1e-3))
    print(f"largest relative difference: {worst:.2e}")
    return worst


def main(arguments):
    if arguments == ["--check-gradients"]:
        sys.exit(int(check_gradients() > 1e-6))
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    here = pathlib.Path(__file__).parent
    output = pathlib.Path(arguments[1]) if len(arguments) == 2 else here
    images, labels = read_digits(arguments[0])
    held_out = np.arange(len(images)) % 18 < 5
    parameters = train(images[~held_out], labels[~held_out])

    write_safetensors(output / "digits_vit.safetensors", parameters)
    np.save(output / "digits_images.npy", images[held_out])
    np.save(output / "digits_labels.npy", labels[held_out])
    exact = {k: v.astype(np.float64) for k, v in parameters.items()}
    logits, _ = network.forward(exact, images[held_out].astype(np.float64))
    ordered = np.sort(logits, -1)
    margin = (ordered[:, -1] - ordered[:, -2]).min()
    correct, total = int((logits.argmax(-1) == labels[held_out]).sum()), len(logits)
    line = f"{correct} of {total} test images recognized ({correct / total:.2%})"
    (output / "accuracy.txt").write_text(line + "\n")
    print(f"{line}; smallest margin between the two highest logits: {margin:.5f}")


if __name__ == "__main__":
    main(sys.argv[1:])
