"""PyTorch, compiled ahead of time by Inductor: weights frozen into the package,
and the number of threads left to the run."""

import torch


def version():
    return torch.__version__


def build(task, folder):
    import torch._inductor
    import torch._inductor.config as config
    import torch_models

    config.freezing = True
    config.cpp.dynamic_threads = True
    with torch.no_grad():
        inputs = tuple(torch_models.tensors(task))
        program = torch.export.export(torch_models.model(task), inputs)
        package = str(folder / "model.pt2")
        torch._inductor.aoti_compile_and_package(program, package_path=package)


def load(task, folder):
    torch.set_num_threads(task.threads)
    torch.set_grad_enabled(False)
    model = torch._inductor.aoti_load_package(str(folder / "model.pt2"))
    inputs = [torch.from_numpy(value) for value in task.inputs.values()]
    last = None

    def run():
        nonlocal last
        last = model(*inputs)

    return run, lambda: last.numpy()
