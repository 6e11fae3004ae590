"""The random numbers of Salmon et al. 2011, section 3.3 and table 2: Philox 4x32-10."""

import numpy as np

MASK, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(counter, key):
    """Four words of each counter, whose four words are arrays or numbers."""
    c = np.broadcast_arrays(*(np.asarray(word, np.uint64) for word in counter))
    k = [np.uint64(key & 0xFFFFFFFF), np.uint64(key >> 32)]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> HALF) ^ c[1] ^ k[0], p1 & MASK, (p0 >> HALF) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + np.uint64(0x9E3779B9)) & MASK, (k[1] + np.uint64(0xBB67AE85)) & MASK]
    return c


def unit(count, step, draw, seed, word=0):
    """The numbers from 0 to 1 that a draw of a step consists of."""
    words = philox([np.arange(count), 0, step, draw], seed)[word]
    return (words >> np.uint64(8)).astype(np.float64) * 2.0**-24
