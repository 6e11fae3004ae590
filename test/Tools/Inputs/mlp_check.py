"""Runs the compiled mlp.mlir on several batch sizes and compares with NumPy in f64.

usage: mlp_check.py EXE DIRECTORY   (leaves w.safetensors, x.npy and y.npy there)
       mlp_check.py --wrong-weights FILE   (one tensor misshapen, one missing)
"""

import json
import os
import struct
import subprocess
import sys

import numpy as np


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.tobytes())


def reference(x, w):
    x, w = x.astype("f8"), {name: value.astype("f8") for name, value in w.items()}
    h = np.maximum(x @ w["fc1.weight"].T + w["fc1.bias"], 0)
    y = h @ w["fc2.weight"].T + w["fc2.bias"]
    e = np.exp(y - y.max(axis=1, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=1, keepdims=True)


shapes = {"fc1.weight": (20, 7), "fc1.bias": (20,), "fc2.weight": (5, 20), "fc2.bias": (5,)}
exe, work = sys.argv[1:]
if exe == "--wrong-weights":
    wrong = {name: np.zeros(shape, "f4") for name, shape in shapes.items()}
    wrong["fc1.bias"] = np.zeros((20, 1), "f4")
    del wrong["fc2.bias"]
    write_safetensors(work, wrong)
    sys.exit()
os.makedirs(work, exist_ok=True)
random = np.random.default_rng(0)
weights = {name: random.normal(size=shape).astype("f4") for name, shape in shapes.items()}
write_safetensors(f"{work}/w.safetensors", weights)
for batch in (0, 1, 3, 6, 17, 197):
    x = random.normal(size=(batch, 7)).astype("f4")
    np.save(f"{work}/x.npy", x)
    subprocess.run(
        [exe, "run", "--weights", f"{work}/w.safetensors", "--input", f"x={work}/x.npy",
         "--output", f"y={work}/y.npy"],
        check=True,
    )
    y, r = np.load(f"{work}/y.npy"), reference(x, weights)
    assert y.shape == r.shape and y.dtype == np.float32, (y.shape, y.dtype)
    error = np.linalg.norm(y - r) / max(np.linalg.norm(r), 1e-30)
    assert error <= 1e-6, f"batch {batch}: relative error {error}"
