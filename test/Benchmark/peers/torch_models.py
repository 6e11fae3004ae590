"""The models in PyTorch."""

import torch
from torch_bert import Bert
from torch_decoders import Llama, Mot
from torch_din import Din
from torch_grok import Grok, GrokTransformer
from torch_kan import KanFourier, KanSpline
from torch_karat import Karat
from torch_macaron import Macaron
from torch_minimal import Minimal
from torch_pooling import Pooling
from torch_uat import Uat
from torch_vit import Kat, Vit

NETWORKS = {
    "vit": Vit,
    "kat": Kat,
    "bert": Bert,
    "llama": Llama,
    "mot": Mot,
    "din": Din,
    "grok_transformer": GrokTransformer,
    "kan_spline": KanSpline,
    "kan_fourier": KanFourier,
    "uat": Uat,
    "grok": Grok,
    "minimal": Minimal,
    "macaron": Macaron,
    "pooling": Pooling,
    "karat": Karat,
}


def model(task):
    """The task's network with its weights."""
    return NETWORKS[task.kind](task, task.weights()).eval()


def tensors(task):
    """Its inputs, in the order in which `forward` takes them."""
    return [torch.from_numpy(value) for value in task.inputs.values()]
