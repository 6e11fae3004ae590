"""Writes x.npy, and w.safetensors with one tensor w, into a directory.

With them x w^T is [[5, 7], [11, 15]].
"""

import json
import struct
import sys

import numpy as np

directory = sys.argv[1]
x = np.array([[1, 2], [3, 4]], np.float32)
w = np.array([[1, 2], [1, 3]], np.float32)
np.save(f"{directory}/x.npy", x)

entry = {"dtype": "F32", "shape": list(w.shape), "data_offsets": [0, w.nbytes]}
header = json.dumps({"w": entry}).encode()
with open(f"{directory}/w.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + w.tobytes())
