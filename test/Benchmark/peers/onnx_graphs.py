"""The models as ONNX graphs with static shapes."""

import onnx
from onnx_bert import bert
from onnx_decoders import llama, mot
from onnx_din import din
from onnx_grok import grok
from onnx_kan import kan_fourier, kan_spline
from onnx_karat import karat
from onnx_macaron import macaron
from onnx_minimal import minimal
from onnx_pooling import pooling
from onnx_uat import uat
from onnx_vit import kat, vit

GRAPHS = {
    "vit": vit,
    "kat": kat,
    "bert": bert,
    "llama": llama,
    "mot": mot,
    "din": din,
    "kan_spline": kan_spline,
    "kan_fourier": kan_fourier,
    "uat": uat,
    "grok": grok,
    "minimal": minimal,
    "macaron": macaron,
    "pooling": pooling,
    "karat": karat,
}


def save(task, path, one_node_attention=False):
    """Writes the task's model."""
    onnx.save(GRAPHS[task.kind](task, task.weights(), one_node_attention), str(path))
