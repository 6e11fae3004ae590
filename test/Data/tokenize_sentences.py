"""Turns sentences into token numbers: the inputs of the MiniLM tests.

    build/venv/bin/python test/Data/tokenize_sentences.py TOKENIZER_JSON

reads sentences.txt, one sentence a line, and writes sentences_ids.npy, int64
[sentences, longest], padded with 0, and sentences_mask.npy, bool, true on the
tokens of the sentence. Only this script needs the `tokenizers` package; the
tests read the .npy files.
"""

import pathlib
import sys

import numpy as np
from tokenizers import Tokenizer


def main(tokenizer_json):
    here = pathlib.Path(__file__).parent
    tokenizer = Tokenizer.from_file(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    lines = (here / "sentences.txt").read_text(encoding="utf-8").splitlines()
    encoded = [tokenizer.encode(line).ids for line in lines]
    longest = max(map(len, encoded))
    ids = np.zeros((len(encoded), longest), np.int64)
    mask = np.zeros(ids.shape, bool)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = True
    np.save(here / "sentences_ids.npy", ids)
    np.save(here / "sentences_mask.npy", mask)
    print(f"{len(ids)} sentences of {mask.sum(1).min()} to {longest} tokens")


if __name__ == "__main__":
    main(*sys.argv[1:])
