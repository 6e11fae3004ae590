# shellcheck shell=bash
# Compilers and runtimes to measure against, in a virtual environment of their
# own. Needs common.sh and packages.sh.

peers=$build/peers

# has_modules MODULE... - whether the virtual environment has all of them.
has_modules() {
  "$peers/bin/python" - "$@" <<'END' 2>/dev/null
import importlib.util
import sys

sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))
END
}

make_environment() {
  [ -x "$peers/bin/python" ] || logged peers-venv "$python" -m venv "$peers"
}

# pip_install NAME ARGUMENT... - with the log in build/logs/peers-NAME.log.
pip_install() {
  local name=$1
  shift
  logged "peers-$name" "$peers/bin/python" -m pip install --disable-pip-version-check \
    --timeout 60 --retries 1 "$@"
}

# PyPI has only the CUDA build of PyTorch. Without its dependencies and with
# empty libraries in place of CUDA's it runs on the CPU.
install_torch() {
  pip_install torch --no-deps torch &&
    pip_install torch-dependencies filelock fsspec jinja2 networkx numpy setuptools sympy \
      typing-extensions || return 1
  local folder
  folder=$(echo "$peers"/lib/python3*/site-packages/torch)
  logged peers-cuda-stubs "$python" -B "$root/scripts/lib/cuda_stubs.py" "$folder" "$peers/cuda-stubs"
}

has_peer() {
  case $1 in
  onnxruntime) has_modules onnx onnxruntime ;;
  openvino) has_modules onnx openvino ;;
  torch) has_modules torch sympy setuptools && [ -f "$peers/cuda-stubs/libtenon_no_cuda.so" ] ;;
  jax) has_modules jax jaxlib ;;
  iree) has_modules onnx iree.compiler iree.runtime ;;
  esac
}

# install_peer NAME - unless it is there; says so and is false when it fails.
install_peer() {
  case $1 in
  kernels)
    (packages=(libdnnl-dev libxsmm-dev) && install_packages) || return 1
    return
    ;;
  onnxruntime | openvino | torch | jax | iree) ;;
  *) fail "no peer '$1'; there are kernels, onnxruntime, openvino, torch, jax and iree" ;;
  esac
  make_environment || return 1
  if has_peer "$1"; then
    say "$1 is installed in build/peers"
    return
  fi
  say "Installing $1 into build/peers"
  case $1 in
  onnxruntime) pip_install "$1" onnx onnxruntime ;;
  openvino) pip_install "$1" onnx openvino ;;
  torch) install_torch ;;
  jax) pip_install "$1" jax ;;
  iree) pip_install "$1" onnx iree-base-compiler iree-base-runtime ;;
  esac
}
