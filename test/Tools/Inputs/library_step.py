"""Asks a library of a model with training for a call of its step: what it answers."""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
library.tenon_last_error.restype = ctypes.c_char_p
context = ctypes.c_void_p()
if library.tenon_open(sys.argv[2].encode(), 1, ctypes.byref(context)):
    sys.exit(library.tenon_last_error().decode())
code = library.tenon_bind(context, b"train.fit", None, 0, None, 0)
print(code, library.tenon_last_error().decode())
