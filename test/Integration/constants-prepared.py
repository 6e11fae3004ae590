# RUN: %python %s %tenonc %t
"""What a model computes from nothing is there when it runs, with parameters and
without: a table that is read by index is prepared at load."""

import numpy as np

from support import arguments, compile_model

tenonc, scratch, _ = arguments()
source = scratch / "table.tenon"
source.write_text(
    """
model table[bias: bool = false]:
    dim N
    if bias:
        param offset: [4] = 0
    entry read(ids: i32[N]) -> (squares: i64[N], y: [N, 4]):
        i = iota(24)
        y = repeat(cast(gather(i * i, ids, "[a], b -> b"), f32), "N -> N d", d = 4)
        return gather(i * i, ids, "[a], b -> b"), y + offset if bias else y
"""
)
ids = np.array([3, 23, 0, 7, 7], np.int32)
plain = compile_model(tenonc, source, scratch / "plain")
assert np.array_equal(plain("squares", ids=ids), ids**2)
biased = compile_model(tenonc, source, scratch / "biased", {"bias": "true"})
offset = np.array([0, 1, 2, 3], np.float32)
biased = biased.with_weights({"offset": offset})
assert np.array_equal(biased("y", ids=ids), ids[:, None] ** 2 + offset)
