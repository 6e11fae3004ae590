"""Steps of AdamW in PyTorch; prints a line of JSON with the seconds of each.

usage: torch_training.py KIND SIZES FOLDER eager|compile THREADS STEPS
"""

import json
import pathlib
import sys
import time
import types

import numpy as np
import torch
from torch_models import NETWORKS

kind, sizes, folder, mode, threads, steps = sys.argv[1:]
folder = pathlib.Path(folder)
torch.set_num_threads(int(threads))
task = types.SimpleNamespace(sizes=json.loads(sizes))
network = NETWORKS[kind](task, dict(np.load(folder / "weights.npz")))
parameters = [buffer.requires_grad_() for buffer in network.buffers()]
optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05)
inputs = torch.from_numpy(np.load(folder / "inputs.npy"))
labels = torch.from_numpy(np.load(folder / "labels.npy"))
smoothing = 0.0 if kind == "grok_transformer" else 0.1


def loss_of():
    logits = network(inputs)
    return torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


if mode == "compile":
    loss_of = torch.compile(loss_of)
for _ in range(int(steps)):
    begin = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of()
    loss.backward()
    if kind != "grok_transformer":
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    print(json.dumps({"loss": float(loss.detach()), "seconds": time.perf_counter() - begin}), flush=True)
