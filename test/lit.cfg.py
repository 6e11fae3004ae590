# lit configuration. lit.site.cfg.py, made by CMake, sets the paths used here.
import glob
import os
import platform
import shutil

import lit.formats

config.name = "tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".ll", ".mlir", ".tenon", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "Unit", "Benchmark", "Data"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tenon_binary_dir, "test")

config.substitutions += [
    ("%python", config.python),
    ("%tenonc", os.path.join(config.tenon_tools_dir, "tenonc")),
    ("%tenon-opt", os.path.join(config.tenon_tools_dir, "tenon-opt")),
    ("%source", config.tenon_source_dir),
    ("%build", config.tenon_binary_dir),
    ("%runtime", os.path.join(config.tenon_binary_dir, "lib", "libtenon_rt.a")),
    ("%readelf", os.path.join(config.llvm_tools_dir, "llvm-readelf")),
    ("%nm", os.path.join(config.llvm_tools_dir, "llvm-nm")),
    ("%cxx", os.path.join(config.llvm_tools_dir, "clang++")),
    ("%cc", os.path.join(config.llvm_tools_dir, "clang")),
    ("%llvm-as", os.path.join(config.llvm_tools_dir, "llvm-as")),
    ("%run-kernel", os.path.join(config.tenon_binary_dir, "test", "Emulation", "run-kernel")),
    ("%emulation", os.path.join(config.tenon_binary_dir, "lib", "emulation")),
    ("%emulated", "env LD_LIBRARY_PATH=" + os.path.join(config.tenon_binary_dir, "lib", "emulation")),
    ("%objdump", os.path.join(config.llvm_tools_dir, "llvm-objdump")),
]
path = [config.tenon_tools_dir, config.llvm_tools_dir, config.environment.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"

# Features: what a test may require of the machine.
places = [config.environment["PATH"], os.path.join(os.environ.get("CUDA_PATH", "/usr/local/cuda"), "bin")]
ptxas = shutil.which("ptxas", path=os.pathsep.join(places + sorted(glob.glob("/usr/local/cuda-*/bin"))))
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
if platform.machine() == "x86_64":
    with open("/proc/cpuinfo") as cpuinfo:
        flags = set(cpuinfo.read().split())
    if {"avx2", "fma", "f16c", "bmi2"} <= flags:
        config.available_features.add("x86-64-v3")
    if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
        config.available_features.add("x86-64-v4")
