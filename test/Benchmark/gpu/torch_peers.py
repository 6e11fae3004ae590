"""ViT and KAT on a GPU in PyTorch, beside what measure.py times: runs and steps of AdamW, operator
by operator, in f32 (products in f32, not TF32) and with autocast to bf16; attention as it is built in.

    python3 test/Benchmark/gpu/torch_peers.py [--only REGEX] [--json FILE]
"""

import argparse
import json
import pathlib
import re
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test" / part) for part in ("Benchmark", "Benchmark/peers", "Integration")]

import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch_vit import Kat, Vit  # noqa: E402

import kat_reference  # noqa: E402
import vit_reference  # noqa: E402
from weights_io import random_weights  # noqa: E402

SIZES = {"tiny": {"D": 192, "heads": 3}, "base": {"D": 768, "heads": 12}}
COMMON = {"image": 224, "patch": 16, "channels": 3, "depth": 12, "classes": 1000}
FAMILIES = {"vit": (Vit, vit_reference), "kat": (Kat, kat_reference)}
REPEATS, WARMUP = 10, 3


def milliseconds(work):
    """The median time of `work` by events of the device."""
    for _ in range(WARMUP):
        work()
    times = []
    for _ in range(REPEATS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times)[len(times) // 2]


def network_of(family, config):
    network, equations = FAMILIES[family]
    sizes = {**COMMON, **SIZES[config]}
    shapes = equations.shapes(**{name: value for name, value in sizes.items() if name != "heads"})
    return network(types.SimpleNamespace(sizes=sizes), random_weights(shapes)).cuda()


def autocast(dtype):
    return torch.autocast("cuda", dtype=torch.bfloat16, enabled=dtype == "bf16")


def run_of(family, config, batch, dtype):
    network = network_of(family, config)
    images = torch.randn(batch, 3, 224, 224, device="cuda")

    def run():
        with torch.no_grad(), autocast(dtype):
            network(images)

    return run


def step_of(family, config, batch, dtype):
    """Forward, backward, clipping and AdamW, as the model's `train` section says."""
    network = network_of(family, config)
    parameters = [buffer.requires_grad_() for buffer in network.buffers()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05, fused=True)
    images = torch.randn(batch, 3, 224, 224, device="cuda")
    labels = torch.arange(batch, device="cuda") * 7 % 1000

    def step():
        optimizer.zero_grad(set_to_none=True)
        with autocast(dtype):
            loss = F.cross_entropy(network(images), labels, label_smoothing=0.1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    rows = [(f"{family} base, batch 64", run_of, family, "base", 64) for family in FAMILIES]
    rows += [(f"{family} tiny, batch 1", run_of, family, "tiny", 1) for family in FAMILIES]
    rows += [(f"{family} {config}, step of batch 64", step_of, family, config, 64)
             for family in FAMILIES for config in SIZES]  # fmt: skip
    figures = {}
    for name, make, family, config, batch in rows:
        for dtype in ("f32", "bf16"):
            row = f"{name}, {dtype}"
            if not re.search(arguments.only, row):
                continue
            figures[row] = milliseconds(make(family, config, batch, dtype))
            print(f"{row:55} {figures[row]:9.4f} ms, PyTorch {torch.__version__}", flush=True)
            torch.cuda.empty_cache()
            if arguments.json:
                arguments.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
