"""What the device itself can do: its name, the bandwidth of a copy, and matrix products of cuBLAS
where that is installed. Calls the driver (libcuda.so.1) directly."""

import ctypes
import glob
import pathlib
import statistics
import sys

BLAS_PLACES = ("/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/x86_64-linux/lib", "/usr/lib/x86_64-linux-gnu")
F32, BF16 = 0, 14  # cudaDataType
COMPUTE_F32, COMPUTE_TF32 = 68, 77  # cublasComputeType_t
DEFAULT = -1  # cublasGemmAlgo_t


class Device:
    """The first GPU; memory it gives is given back at the end of the process."""

    def __init__(self):
        self.cuda = ctypes.CDLL("libcuda.so.1")
        self.call("cuInit", 0)
        self.number, self.context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(self.number), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), self.number)
        self.call("cuCtxSetCurrent", self.context)

    def call(self, name, *arguments):
        code = getattr(self.cuda, name)(*arguments)
        if code != 0:
            raise OSError(f"{name} failed with {code}")

    def name(self):
        text = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", text, 256, self.number)
        version = ctypes.c_int()
        self.call("cuDriverGetVersion", ctypes.byref(version))
        return f"{text.value.decode()}, driver for CUDA {version.value // 1000}.{version.value % 1000 // 10}"

    def allocate(self, count):
        address = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(count))
        return address

    def free(self, address):
        self.call("cuMemFree_v2", address)

    def fill(self, address, data):
        """Copies `data` over and over into what lies at `address`: pairs of address and bytes."""
        start, count = address
        for at in range(0, count, len(data)):
            part = min(len(data), count - at)
            self.call("cuMemcpyHtoD_v2", ctypes.c_uint64(start.value + at), data, ctypes.c_size_t(part))

    def seconds(self, work, repeats=20, warmup=3):
        """The median time of `work`, which gives the device something to do."""
        for _ in range(warmup):
            work()
        events = [ctypes.c_void_p() for _ in range(repeats + 1)]
        for event in events:
            self.call("cuEventCreate", ctypes.byref(event), 0)
        self.call("cuEventRecord", events[0], None)
        for event in events[1:]:
            work()
            self.call("cuEventRecord", event, None)
        self.call("cuCtxSynchronize")
        times = []
        for first, second in zip(events, events[1:]):
            elapsed = ctypes.c_float()
            self.call("cuEventElapsedTime", ctypes.byref(elapsed), first, second)
            times.append(elapsed.value / 1000)
        for event in events:
            self.call("cuEventDestroy_v2", event)
        return statistics.median(times)

    def bandwidth(self, count=1 << 30):
        """Bytes a second of a copy from memory to memory, those read and those written."""
        source, target = self.allocate(count), self.allocate(count)
        size = ctypes.c_size_t(count)
        time = self.seconds(lambda: self.call("cuMemcpyDtoDAsync_v2", target, source, size, None))
        self.free(source), self.free(target)
        return 2 * count / time


def find_blas():
    """cuBLAS, or None."""
    folders = [folder for pattern in BLAS_PLACES for folder in glob.glob(pattern)]
    folders += [str(pathlib.Path(entry) / "nvidia" / part / "lib") for entry in sys.path
                for part in ("cublas", "cu12", "cu13")]  # fmt: skip
    for folder in folders:
        for file in sorted(glob.glob(f"{folder}/libcublas.so.*"), reverse=True):
            try:
                for light in glob.glob(f"{folder}/libcublasLt.so.*"):
                    ctypes.CDLL(light, ctypes.RTLD_GLOBAL)
                return ctypes.CDLL(file)
            except OSError:
                continue
    return None


def blas_seconds(device, blas, m, n, k, dtype, random_bytes):
    """The time of y = x w^T as cuBLAS takes it, x [m, k] and w [n, k]; sums and y in `dtype`'s
    accuracy: bf16 with y in bf16, f32 with factors in f32, tf32 with factors rounded to that."""
    handle = ctypes.c_void_p()
    if blas.cublasCreate_v2(ctypes.byref(handle)):
        raise OSError("cublasCreate failed")
    size, kind = (2, BF16) if dtype == "bf16" else (4, F32)
    compute = COMPUTE_TF32 if dtype == "tf32" else COMPUTE_F32
    counts = [count * size for count in (m * k, n * k, m * n)]
    x, w, y = (device.allocate(count) for count in counts)
    device.fill((x, counts[0]), random_bytes), device.fill((w, counts[1]), random_bytes)
    one, zero = ctypes.c_float(1), ctypes.c_float(0)

    def work():
        # Columns first: y^T [n, m] = w [n, k] x^T.
        code = blas.cublasGemmEx(handle, 1, 0, n, m, k, ctypes.byref(one), w, kind, k, x, kind, k,
                                 ctypes.byref(zero), y, kind, n, compute, DEFAULT)  # fmt: skip
        if code:
            raise OSError(f"cublasGemmEx failed with {code}")

    time = device.seconds(work)
    for address in (x, w, y):
        device.free(address)
    blas.cublasDestroy_v2(handle)
    return time
