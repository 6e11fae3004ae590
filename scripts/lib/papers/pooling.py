"""Pooling and attention in models of embeddings (arXiv 2409.02727).

Both begin with a decoder of 4 layers that has learned to go on with made-up sentences.
mixed   the five ways to pool, where topic and a pair of neighbours both count
topic   the same, where the topic alone does

A sentence of a topic is a chain of 16 words that all topics use equally often; which word may
follow which differs. Somewhere in it stand two neighbours of 12 other words. The pair can be
read from the tokens, the topic only from many places together.
"""

import numpy as np
from weights_io import read_safetensors

from .common import table

TOPICS, WORDS, MARKS, LENGTH = 6, 16, 12, 20
PAD, END, FIRST_WORD, FIRST_MARK = 0, 1, 2, 2 + WORDS
DECODER = dict(layers=4, heads=4, kv_heads=2, hidden=128, vocab=FIRST_MARK + MARKS)
HEAD = dict(C=64, r=4, alpha=8.0, latents=16, pool_heads=4, d=32, window=LENGTH)
SUCCESSORS = np.stack([[np.random.default_rng(7 + t).permutation(WORDS) for t in range(TOPICS)],
                       [np.random.default_rng(70 + t).permutation(WORDS) for t in range(TOPICS)]])  # fmt: skip
NAMES = {
    1: "last token",
    2: "last token, pooled",
    3: "last token of all layers",
    4: "all tokens, both ways",
    5: "means of all layers, both ways",
}


def sentences(topic, pair, rng):
    """Token numbers [count, LENGTH], filled up on the left; `pair` [count, 2]."""
    count = len(topic)
    words = np.empty((count, LENGTH), int)
    words[:, 0] = rng.integers(0, WORDS, count)
    for i in range(1, LENGTH):
        words[:, i] = SUCCESSORS[rng.integers(0, 2, count), topic, words[:, i - 1]]
    ids = np.full((count, LENGTH), PAD)
    for row, (length, start) in enumerate(zip(rng.integers(12, LENGTH + 1, count), rng.random(count))):
        text = list(FIRST_WORD + words[row, : length - 3])
        at = int(start * (len(text) + 1))
        text[at:at] = FIRST_MARK + pair[row]
        ids[row, LENGTH - length :] = [*text, END]
    return ids


def triples(count, seed, with_pairs):
    """Query, positive and hard negative. With pairs the negative has the same topic and
    another pair, or the same pair and another topic."""
    rng = np.random.default_rng(seed)
    topic, pair = rng.integers(0, TOPICS, count), rng.integers(0, MARKS, (count, 2))
    other_topic = (topic + rng.integers(1, TOPICS, count)) % TOPICS
    other_pair = (pair + rng.integers(1, MARKS, (count, 2))) % MARKS
    if with_pairs:
        by_topic = np.arange(count) % 2 == 0
        negative = np.where(by_topic, other_topic, topic), np.where(by_topic[:, None], pair, other_pair)
        positive = pair
    else:
        negative, positive = (other_topic, rng.integers(0, MARKS, (count, 2))), rng.integers(0, MARKS, (count, 2))
    given = dict(query=(topic, pair), positive=(topic, positive), negative=negative)
    return {name: sentences(*of, rng) for name, of in given.items()}


def pretrained(bench):
    """The decoder's checkpoint, trained if it isn't there."""
    model = bench.model("decoder", "llama", D=64, tied=True, eps=1e-5, rate=3e-3, steps=bench.steps(1500), **DECODER)
    rng = np.random.default_rng(1)
    ids = sentences(rng.integers(0, TOPICS, 8000), rng.integers(0, MARKS, (8000, 2)), rng)
    target = np.full_like(ids, -1)
    target[:, :-1] = np.where(ids[:, 1:] == PAD, -1, ids[:, 1:])
    result = model.train(dict(ids=ids, target=target))
    # Two words may follow, or a mark; without the topic it would be 12 or more.
    print(f"decoder: {result.loss:.3f} nats a token, {1e3 * result.seconds:.1f} ms a step", flush=True)
    return read_safetensors(model.checkpoint)


def initial(bench, model, decoder):
    """A file of weights: the decoder's, and first values for what is new."""
    rng, tensors = np.random.default_rng(bench.given.seed), {}
    for name, shape in model.shapes().items():
        if name in decoder:
            value = decoder[name]
        elif name.endswith("lora_B.weight") or name.endswith("bias"):
            value = np.zeros(shape)
        elif ".norm_" in name:
            value = np.ones(shape)
        elif name.endswith("weight") and len(shape) == 2 and name != "layer_weight":
            value = rng.uniform(-1, 1, shape) * (3 / shape[1]) ** 0.5
        else:
            value = rng.standard_normal(shape)
        tensors[name] = value
    return model.write_weights(tensors, model.folder / "initial.safetensors")


def compare(bench, with_pairs):
    decoder = pretrained(bench)
    train, test = triples(6000, 2, with_pairs), triples(2000, 3, with_pairs)
    result, lines, logs = {}, [], {}
    for variant, name in NAMES.items():
        steps = bench.steps(600)
        sizes = {**DECODER, **HEAD, "variant": variant, "rate": 1e-3, "steps": steps, "warmup": max(steps // 10, 1)}
        model = bench.model(f"variant{variant}", "pooling", **sizes)
        trained = model.train(train, batch=32, weights=initial(bench, model, decoder))
        q, p, n = (model.run("embedding", ids=test[part]) for part in ("query", "positive", "negative"))
        right = (q * p).sum(1) > (q * n).sum(1)
        result[variant] = right.mean()
        halves = [f"{half.mean():.3f}" for half in (right[::2], right[1::2])] if with_pairs else []
        numbers = [f"{trained.loss:.3f}", f"{right.mean():.3f}", *halves, f"{1e3 * trained.seconds:.0f}"]
        lines.append([f"{variant}: {name}", *numbers])
        logs[str(variant)] = trained.log
    halves = ["other topic", "other pair"] if with_pairs else []
    table(["e is made of", "loss", "triples right", *halves, "ms a step"], lines)
    bench.draw(logs, show=["loss", "accuracy"])
    return result


def mixed(bench):
    result = compare(bench, True)
    bench.holds("best of all-layer variants, mixed task", max(result[3], result[5]), 0.9)
    bench.holds("all layers less the last alone, looking back", result[3] - result[2], -0.02)


def topic(bench):
    result = compare(bench, False)
    bench.holds("all layers less the last alone, looking back, topic alone", result[3] - result[2], -0.05, 0.05)


EXPERIMENTS = {"mixed": mixed, "topic": topic}
