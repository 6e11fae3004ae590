"""The whole models that are measured: sizes, random weights and inputs, and the
result in float64."""

from .base import ROOT
from .bert import Bert
from .decoders import Llama, Mot
from .din import Din
from .kan import Kan
from .vit import Kat, Vit

__all__ = ["ROOT", "WORKLOADS"]

# Tokens of eight sentences that are padded to 128: 417 of 1024 are real.
SENTENCES = (128, 81, 64, 47, 38, 27, 20, 12)

VIT = {"image": 224, "patch": 16, "D": 192, "depth": 12, "heads": 3, "classes": 1000}
VIT_BASE = VIT | {"D": 768, "heads": 12}
MINILM = {"D": 384, "layers": 6, "heads": 12, "hidden": 1536, "vocab": 30522,
          "positions": 512}  # fmt: skip
BERT = MINILM | {"D": 768, "layers": 12, "hidden": 3072}
LLAMA = {"D": 1024, "layers": 4, "heads": 16, "kv_heads": 4, "hidden": 2816,
         "vocab": 2048}  # fmt: skip
MOT = {"D": 512, "layers": 4, "heads": 8, "modalities": 3, "vocab": 2048}
# 500 tokens of text, 300 of three images and 224 of speech.
RUNS = ((100,) * 5, (100,) * 3, (56,) * 4)
DIN = {"items": 63001, "cates": 801, "W": 64, "h1": 80, "h2": 40}
KAN = {"I": 64, "O": 64, "G": 8}

WORKLOADS = [
    Vit("ViT-Tiny", VIT, 1),
    Vit("ViT-Tiny, batch 8", VIT, 8),
    Vit("ViT-Base", VIT_BASE, 1),
    Vit("ViT-Base, batch 8", VIT_BASE, 8),
    Bert("BERT-Base, 128 tokens", BERT, 128, (128,), pooled=False),
    Bert("BERT-Base, 128 tokens, batch 8", BERT, 128, (128,) * 8, pooled=False),
    Bert("MiniLM, 128 tokens", MINILM, 128, (128,), pooled=True),
    Bert("MiniLM, 16 tokens", MINILM, 16, (16,), pooled=True),
    Bert("MiniLM, 8 sentences padded", MINILM, 128, SENTENCES, pooled=True),
    Kat("KAT-Tiny", VIT, 1),
    Kat("KAT-Base", VIT_BASE, 1),
    Llama("Llama, 256 tokens", LLAMA, 256),
    Mot("MoT, 3 modalities", MOT, RUNS),
    Mot("MoT, 1 modality", MOT | {"modalities": 1}, RUNS),
    Din("DIN, 10000 candidates", DIN, 10000, 100),
    Kan("KAN splines, batch 4096", KAN, "spline", 4096),
    Kan("KAN Fourier, batch 4096", KAN, "fourier", 4096),
]
