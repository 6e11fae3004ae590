"""OpenVINO."""

import openvino


def version():
    return openvino.__version__.partition("-")[0]


def build(task, folder):
    import onnx_graphs  # slow to import, and needed only here

    onnx_graphs.save(task, folder / "model.onnx")
    model = openvino.convert_model(folder / "model.onnx")
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    (folder / "model.onnx").unlink()


def load(task, folder):
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": task.threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    model = openvino.Core().compile_model(folder / "model.xml", "CPU", settings)
    request = model.create_infer_request()
    for name, value in task.inputs.items():
        request.set_tensor(name, openvino.Tensor(value, shared_memory=True))

    def result():
        return request.get_tensor(task.output).data.copy()

    return request.infer, result
