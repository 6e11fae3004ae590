"""ONNX Runtime."""

import numpy as np
import onnxruntime


def version():
    return onnxruntime.__version__


def build(task, folder):
    import onnx_graphs  # slow to import, and needed only here

    onnx_graphs.save(task, folder / "model.onnx", one_node_attention=True)


def load(task, folder):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = task.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()
    for name, value in task.inputs.items():
        binding.bind_cpu_input(name, np.ascontiguousarray(value))
    binding.bind_output(task.output)

    def run():
        session.run_with_iobinding(binding)

    def result():
        return binding.copy_outputs_to_cpu()[0]

    return run, result
