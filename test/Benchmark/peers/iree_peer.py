"""IREE, from the ONNX graph, with the weights in a parameter file."""

import importlib.metadata
import pathlib
import subprocess
import sys

import iree.runtime
import numpy as np

FLAGS = [
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-llvmcpu-target-cpu=host",
    "--iree-opt-level=O3",
    "--iree-opt-data-tiling",
    "--iree-llvmcpu-stack-allocation-limit=1048576",
]


def version():
    return importlib.metadata.version("iree-base-runtime")


def build(task, folder):
    import onnx_graphs  # slow to import, and needed only here

    tools = pathlib.Path(sys.executable).parent
    source, module = folder / "model.mlir", folder / "model.vmfb"
    onnx_graphs.save(task, folder / "model.onnx")
    importer = [tools / "iree-import-onnx", folder / "model.onnx", "-o", source]
    subprocess.run([*importer, "--externalize-params"], check=True)
    subprocess.run([tools / "iree-compile", source, "-o", module, *FLAGS], check=True)
    (folder / "model.onnx").unlink()


def load(task, folder):
    if task.threads == 1:
        device = iree.runtime.get_device("local-sync")
    else:
        iree.runtime.flags.parse_flags(f"--task_topology_group_count={task.threads}")
        device = iree.runtime.get_device("local-task")
    config = iree.runtime.Config(device=device)
    instance = config.vm_instance
    index = iree.runtime.ParameterIndex()
    index.load(str(folder / "model_params.irpa"))
    provider = index.create_provider(scope="model")
    *_, model = iree.runtime.load_vm_modules(
        iree.runtime.create_io_parameters_module(instance, provider),
        iree.runtime.create_hal_module(instance, device),
        iree.runtime.VmModule.mmap(instance, str(folder / "model.vmfb")),
        config=config,
    )
    function = model["model"]
    inputs = [iree.runtime.asdevicearray(device, v) for v in task.inputs.values()]
    last = None

    def run():
        nonlocal last
        last = function(*inputs)

    return run, lambda: np.asarray(last.to_host())
