# Finds LLVM and MLIR 22, the only version Tenon builds with, and the tools of
# the same version that build and tests call.

find_package(MLIR CONFIG QUIET
             HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT MLIR_FOUND)
  message(FATAL_ERROR
    "Tenon needs LLVM and MLIR 22 (found none). On Debian 12 install "
    "libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22 lld-22; "
    "elsewhere add LLVM's own apt repository (see README.md), or set MLIR_DIR.")
endif()
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "Tenon needs LLVM 22, found ${LLVM_PACKAGE_VERSION} in ${LLVM_DIR}")
endif()
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_DIR}")

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

separate_arguments(TENON_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

# Tools named by version: an older one may come first on PATH.
find_program(TENON_FILECHECK NAMES FileCheck FileCheck-22
             HINTS "${LLVM_TOOLS_BINARY_DIR}" NO_DEFAULT_PATH REQUIRED)
find_program(TENON_LLD NAMES ld.lld HINTS "${LLVM_TOOLS_BINARY_DIR}" NO_DEFAULT_PATH)
find_program(TENON_LINK_DRIVER NAMES clang++ HINTS "${LLVM_TOOLS_BINARY_DIR}" NO_DEFAULT_PATH REQUIRED)
find_program(TENON_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT TENON_PYTHON)
  find_program(TENON_PYTHON NAMES python3 REQUIRED)
endif()
