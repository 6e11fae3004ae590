"""Compiled Tenon models from Python: one file, NumPy and nothing else.

    import tenon

    model = tenon.compile("gated.tenon", hidden=64)     # calls tenonc
    model = tenon.load("gated.so", weights="gated.safetensors")
    p = model.classify(x)                                # an entry, by name
    p, states = model.encode(ids, mask=mask)             # several outputs: a tuple

An entry takes its inputs by position or by name; those with a default may be left
out. Arrays are used where they lie when they are contiguous, of the entry's dtype
and aligned to 64 bytes, else copied; a dtype is never converted silently. What is
wrong raises ValueError with the text that the executable would print.
"""

import ctypes
import json
import os
import pathlib
import subprocess
import tempfile
import threading

import numpy as np

DTYPES = {0: np.float32, 1: np.int64, 2: np.int32, 3: np.bool_, 4: np.float64}
NUMBERS = {np.dtype(dtype): number for number, dtype in DTYPES.items()}
ALIGNMENT = 64


class Tensor(ctypes.Structure):
    """tenon_tensor of tenon.h."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("dims", ctypes.POINTER(ctypes.c_int64)),
        ("data", ctypes.c_void_p),
    ]


def empty(shape, dtype):
    """Memory that the library uses in place."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    block = np.empty(size + ALIGNMENT, np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start : start + size].view(dtype).reshape(shape)


def open_library(path):
    """The library at a path, under a name of its own: the loader would give what it
    loaded from this path before, whatever lies there now."""
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        link = os.path.join(folder, "model.so")
        os.symlink(os.path.abspath(path), link)
        return ctypes.CDLL(link, mode=os.RTLD_LOCAL | os.RTLD_NOW)


class Entry:
    """One entry of a model: call it with arrays."""

    def __init__(self, model, description):
        self.model, self.name = model, description["name"]
        self.inputs = [tensor["name"] for tensor in description["inputs"]]
        self.outputs = [tensor["name"] for tensor in description["outputs"]]
        self.__doc__ = description.get("documentation") or None

    def __repr__(self):
        return f"{self.name}({', '.join(self.inputs)}) -> ({', '.join(self.outputs)})"

    def __call__(self, *arrays, **named):
        if len(arrays) > len(self.inputs):
            raise TypeError(f"{self!r} takes {len(self.inputs)} inputs, got {len(arrays)}")
        given = dict(zip(self.inputs, arrays))
        for name, array in named.items():
            if name in given:
                raise TypeError(f"{self!r} got input '{name}' twice")
            given[name] = array
        given = {name: np.asarray(array, order="C") for name, array in given.items()}
        return self.model._run(self, given)


class Model:
    """A shared library with weights. Its entries are its methods, and in `entries` by
    name; calls from several threads take turns."""

    def __init__(self, path, weights=None, threads=0):
        self._lock, self._context = threading.Lock(), ctypes.c_void_p()
        self._library = open_library(path)
        self._library.tenon_last_error.restype = ctypes.c_char_p
        self._library.tenon_describe.restype = ctypes.c_char_p
        self.description = json.loads(self._library.tenon_describe())
        self._check(
            self._library.tenon_open(
                None if weights is None else os.fsencode(weights),
                ctypes.c_int32(threads),
                ctypes.byref(self._context),
            )
        )
        self.entries = {}
        for description in self.description["entries"]:
            entry = Entry(self, description)
            self.entries[entry.name] = entry
            if not hasattr(self, entry.name):
                setattr(self, entry.name, entry)

    def __repr__(self):
        return f"<model {self.description['model']}: {list(self.entries.values())}>"

    def __call__(self, *arrays, **named):
        """The first entry."""
        return next(iter(self.entries.values()))(*arrays, **named)

    def close(self):
        """Releases weights, threads and memory."""
        with self._lock:
            self._library.tenon_close(self._context)
            self._context = ctypes.c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_context", None):
            self.close()

    def _check(self, status):
        if status != 0:
            raise ValueError(self._library.tenon_last_error().decode(errors="replace").rstrip())

    def _run(self, entry, arrays):
        inputs = (Tensor * len(arrays))()
        for tensor, (name, array) in zip(inputs, arrays.items()):
            if array.dtype not in NUMBERS:
                raise ValueError(f"input '{name}' has dtype {array.dtype}, which no model takes")
            dims = (ctypes.c_int64 * max(array.ndim, 1))(*array.shape)
            tensor.name, tensor.dtype = name.encode(), NUMBERS[array.dtype]
            tensor.rank, tensor.dims, tensor.data = array.ndim, dims, array.ctypes.data
        outputs = (Tensor * len(entry.outputs))()
        with self._lock:
            if not self._context:
                raise ValueError("the model is closed")
            self._check(
                self._library.tenon_bind(
                    self._context,
                    entry.name.encode(),
                    inputs,
                    ctypes.c_size_t(len(inputs)),
                    outputs,
                    ctypes.c_size_t(len(outputs)),
                )
            )
            results = []
            for tensor in outputs:
                shape = tuple(tensor.dims[axis] for axis in range(tensor.rank))
                results.append(empty(shape, DTYPES[tensor.dtype]))
                tensor.data = results[-1].ctypes.data
            self._check(
                self._library.tenon_run(self._context, outputs, ctypes.c_size_t(len(outputs)))
            )
        return results[0] if len(results) == 1 else tuple(results)


def load(path, weights=None, threads=0):
    """The model in a shared library that `tenonc --emit=so` made, with its weights (a
    safetensors file; None where it has none or they are embedded). threads=0 takes
    what the system grants."""
    return Model(path, weights, threads)


def compile(
    source, output=None, weights=None, threads=0, config=None, config_file=None, options=(), **hypers
):
    """Compiles a model file with `-D name=value` for every further argument and loads
    it; `config` names a config of the model, `config_file` the config.json of published
    weights, or its folder. The library is kept if `output` names it. $TENONC names the compiler where it
    is not on PATH."""
    compiler = os.environ.get("TENONC", "tenonc")
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        library = pathlib.Path(output or os.path.join(folder, "model.so"))
        command = [compiler, os.fspath(source), "--emit=so", "-o", os.fspath(library), *options]
        command += ["-C", config] if config else []
        command += ["--config", os.fspath(config_file)] if config_file else []
        for name, value in hypers.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            command += ["-D", f"{name}={text}"]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(done.stderr.rstrip())
        return Model(library, weights, threads)
