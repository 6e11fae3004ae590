"""Reads and writes safetensors files, and makes weights for tests.

The format: eight bytes with the header's length, a JSON header that gives
dtype, shape and byte range of every tensor, then the data, little-endian.
"""

import json
import math
import struct

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "BOOL": "|b1"}


def read_safetensors(path):
    """All tensors of the file, by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(
            data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def write_safetensors(path, tensors, dtype=None):
    """Writes the tensors in the order of the dictionary; `dtype`, if given, is what the
    file says of all of them."""
    names = {np.dtype(code): name for name, code in DTYPES.items()}
    header, blocks, offset = {}, [], 0
    for name, value in tensors.items():
        block = np.ascontiguousarray(value).tobytes()
        header[name] = {
            "dtype": dtype or names[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [offset, offset + len(block)],
        }
        offset += len(block)
        blocks.append(block)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def random_weights(shapes, seed=0):
    """Well-scaled float32 weights in which every parameter matters: matrices
    keep the size of what passes through them, scales lie around 1, and
    biases, tokens and positions are far from 0."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in shapes.items():
        z = rng.standard_normal(shape)
        part = name.lower().rpartition(".")[0]
        if "norm" in part.rpartition(".")[2]:
            z = 0.2 * z + (1 if name.endswith("weight") else 0)
        elif name.endswith("weight") and "embeddings" not in name:
            z /= math.sqrt(math.prod(shape[1:]))
        else:
            z *= 0.5
        weights[name] = z.astype(np.float32)
    return weights


def widened(weights):
    """The same values in float64, for the reference; integers are left out."""
    return {
        name: value.astype(np.float64)
        for name, value in weights.items()
        if value.dtype == np.float32
    }
