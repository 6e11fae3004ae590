# RUN: %python %s %tenonc %t
"""A step changes only those rows of a large table that the batch has met: five steps agree with
NumPy in float64 on whole tables, for two lookups of one table and what an optimizer keeps; other
rows have the bits they had; equal bits on 1, 2 and 3 threads and when a training stops and goes
on; samples of one id, of none twice, one sample."""

import json

import numpy as np

from support import arguments, compile_model, run_command
from weights_io import read_safetensors, write_safetensors

V, D, T = 17000, 64, 5
MODEL = f"""
model interest:
    dim B
    item: embedding[{V}, {D}]
    param gain: [{D}] ~ normal()

    entry forward(candidate: i64[B], history: i32[B, {T}], length: i64[B]) -> (y: [B]):
        mask = cast(iota({T})[none, :] < length[:, none], f32)
        past = einsum(mask, item(history), "B T, B T D -> B D")
        return einsum(past * item(candidate), gain, "B D, D -> B")

    train fit(candidate: i64[B], history: i32[B, {T}], length: i64[B], t: [B]):
        minimize mse(forward(candidate, history, length), t) REGULARIZER
        RULES
"""
KINDS = {
    "sgd": ('update "*" with sgd[0.1]', ""),
    "clipped": ('update "*" with sgd[1.0]\n        clip_norm 0.5', ""),
    "adagrad": ('update "*" with adagrad[0.05]', '+ 0.01 * rows_l2(item.weight, rearrange(history, "B T -> (B T)"))'),
    "lazy": ('update "*" with lazy_adam[0.01]\n        clip_norm 0.5', ""),
    "adam": ('update "*" with adam[0.01]', ""),
}
STEPS = 5

tenonc, scratch, _ = arguments()
rng = np.random.default_rng(4)
weights = {"item.weight": rng.standard_normal((V, D)) * 0.2, "gain": rng.standard_normal(D) * 0.3}
weights = {name: w.astype(np.float32) for name, w in weights.items()}
write_safetensors(scratch / "w.safetensors", weights)


def make_data(B, ids):
    """B samples whose ids are drawn from `ids`."""
    return {
        "candidate": rng.choice(ids, B).astype(np.int64),
        "history": rng.choice(ids, (B, T)).astype(np.int32),
        "length": rng.integers(0, T + 1, B),
        "t": rng.standard_normal(B).astype(np.float32),
    }


DATA = {
    "many": make_data(37, np.concatenate([np.arange(7), [V - 1, V - 2, 9000, 9000]])),
    "same": make_data(3, [V - 1]),
    "one": make_data(1, np.arange(V)),
    "different": make_data(64, np.arange(V)),
}


def train(program, data, checkpoint, *options, threads=1):
    log = scratch / f"{checkpoint}.jsonl"
    log.unlink(missing_ok=True)
    command = [program.path, "train", "--batch", len(data["t"]), "--threads", threads, "--log", log]
    for name, array in data.items():
        np.save(scratch / f"{name}.npy", array)
        command += ["--input", f"{name}={scratch / name}.npy"]
    run_command([*command, "--checkpoint", scratch / checkpoint, *options])
    losses = [json.loads(line)["loss"] for line in log.read_text().splitlines()]
    return losses, read_safetensors(scratch / checkpoint)


def loss_and_gradients(w, data, kind):
    table, gain = w["item.weight"], w["gain"]
    mask = (np.arange(T) < data["length"][:, None]).astype(np.float64)
    past, chosen = np.einsum("bt,btd->bd", mask, table[data["history"]]), table[data["candidate"]]
    error = (past * chosen) @ gain - data["t"]
    dy = 2 * error / len(error)
    g = np.zeros_like(table)
    np.add.at(g, data["candidate"], dy[:, None] * past * gain)
    np.add.at(g, data["history"], mask[:, :, None] * (dy[:, None] * chosen * gain)[:, None])
    loss = np.mean(error**2)
    if kind == "adagrad":
        met = np.unique(data["history"])
        loss += 0.01 * (table[met] ** 2).sum()
        g[met] += 0.02 * table[met]
    return loss, {"item.weight": g, "gain": dy @ (past * chosen)}


def update(kind, w, g, state, step):
    if kind == "sgd":
        return w - 0.1 * g
    if kind == "clipped":
        return w - 1.0 * g
    if kind == "adagrad":
        state["s"] = state.get("s", 0) + g**2
        return w - 0.05 * g / (np.sqrt(state["s"]) + 1e-10)
    met = (g != 0) | (kind == "adam")
    m, v = state.get("m", np.zeros_like(w)), state.get("v", np.zeros_like(w))
    state["m"] = m = np.where(met, 0.9 * m + 0.1 * g, m)
    state["v"] = v = np.where(met, 0.999 * v + 0.001 * g**2, v)
    return np.where(met, w - 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8), w)


def reference(kind, data):
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    states, losses = {name: {} for name in w}, []
    for step in range(1, STEPS + 1):
        loss, gradients = loss_and_gradients(w, data, kind)
        losses.append(loss)
        if kind in ("clipped", "lazy"):
            norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
            gradients = {n: g * 0.5 / max(norm, 0.5) for n, g in gradients.items()}
        w = {n: update(kind, w[n], gradients[n], states[n], step) for n in w}
    return losses, w


for kind, (rules, regularizer) in KINDS.items():
    source = scratch / f"{kind}.tenon"
    source.write_text(MODEL.replace("REGULARIZER", regularizer).replace("RULES", rules))
    program = compile_model(tenonc, source, scratch / kind, options=["--train", "--mcpu=x86-64-v3"])
    for name, data in DATA.items():
        start = "--weights", scratch / "w.safetensors"
        losses, tensors = train(program, data, f"{kind}.safetensors", *start, "--steps", STEPS)
        truth, expected = reference(kind, data)
        assert np.allclose(losses, truth, rtol=1e-4), (kind, name, losses, truth)
        met = np.zeros(V, bool)
        met[data["candidate"]] = met[data["history"]] = True
        for parameter in weights:
            error = np.abs(tensors[parameter] - expected[parameter]).max()
            assert error < 2e-5, (kind, name, parameter, error)
        change = np.abs(tensors["item.weight"] - weights["item.weight"]).max(1)
        assert not change[~met].any() and change[met].any(), (kind, name)
        for threads in 2, 3:
            again = train(program, data, "again.safetensors", *start, "--steps", STEPS, threads=threads)
            assert again[0] == losses and all(np.array_equal(again[1][n], tensors[n]) for n in tensors), (kind, name)
    train(program, data, "part.safetensors", *start, "--steps", 2)
    rest, resumed = train(program, data, "rest.safetensors", "--resume", scratch / "part.safetensors", "--steps", STEPS)
    assert rest == losses[2:] and all(np.array_equal(resumed[n], tensors[n]) for n in tensors), kind
