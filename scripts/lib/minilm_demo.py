"""Embeds a dozen sentences with the compiled MiniLM and prints how similar
they are: the scalar products of their embeddings, which are unit vectors.

    minilm_demo.py EXECUTABLE MINILM_FOLDER WORK_FOLDER

MINILM_FOLDER holds model.safetensors and tokenizer.json as published.
"""

import subprocess
import sys
import time

import numpy as np
from tokenizers import Tokenizer

SENTENCES = [
    "The cat fell asleep on the warm windowsill.",
    "A kitten is napping in the sunshine by the window.",
    "Our dog chases every squirrel in the park.",
    "Interest rates will rise again this autumn, the bank said.",
    "The central bank is expected to make borrowing more expensive.",
    "Shares fell after the company lowered its forecast.",
    "Knead the dough for ten minutes and let it rest overnight.",
    "This bread needs only flour, water, salt and patience.",
    "Could you pass me the pepper, please?",
    "The spacecraft entered orbit around Jupiter.",
    "Astronomers found a new moon circling the giant planet.",
    "It will be windy tomorrow, with rain in the afternoon.",
]


def tokenize(tokenizer_file):
    """Token numbers [sentences, longest] and the mask of real tokens."""
    tokenizer = Tokenizer.from_file(tokenizer_file)
    tokenizer.no_padding()
    rows = [tokenizer.encode(sentence).ids for sentence in SENTENCES]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros(ids.shape, bool)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, True
    return ids, mask


def show(similarity):
    """The matrix, and under it each sentence with its nearest neighbour."""
    numbers = range(1, len(similarity) + 1)
    print("\n    " + "".join(f"{number:6}" for number in numbers))
    for number, row in zip(numbers, similarity):
        print(f"{number:4}" + "".join(f"{value:6.2f}" for value in row))
    print("\n      nearest")
    others = similarity - 2 * np.eye(len(similarity))
    for number, sentence, row in zip(numbers, SENTENCES, others):
        print(f"{number:4}  {row.argmax() + 1:4}     {sentence}")
    print()


def main(executable, minilm_folder, work_folder):
    ids, mask = tokenize(f"{minilm_folder}/tokenizer.json")
    np.save(f"{work_folder}/ids.npy", ids)
    np.save(f"{work_folder}/mask.npy", mask)
    start = time.perf_counter()
    subprocess.run(
        [executable, "run", "--weights", f"{minilm_folder}/model.safetensors"]
        + ["--input", f"ids={work_folder}/ids.npy"]
        + ["--input", f"mask={work_folder}/mask.npy"]
        + ["--output", f"embedding={work_folder}/embedding.npy"],
        check=True,
    )
    seconds = time.perf_counter() - start
    embedding = np.load(f"{work_folder}/embedding.npy")
    print(
        f"{len(SENTENCES)} sentences of up to {ids.shape[1]} tokens embedded in"
        f" {seconds:.2f} s, reading the weights included"
    )
    show(embedding @ embedding.T)


if __name__ == "__main__":
    main(*sys.argv[1:])
