# RUN: %python %s %tenonc %t
"""Elementwise functions and powers of the language at the values where they turn:
infinities, NaN, ties, denormals, large angles; logsumexp of infinities."""

import numpy as np

from support import arguments, compile_model, levels

tenonc, scratch, _ = arguments()
FUNCTIONS = {  # name: text, float64 function, largest error in ulp
    "sine": ("sin(x)", np.sin, 2),
    "cosine": ("cos(x)", np.cos, 2),
    "whole": ("round(x)", np.rint, 0),
    "signs": ("sign(x)", np.sign, 0),
    "nothing": ("zero(x)", np.zeros_like, 0),
    "inverse": ("x ^ -2", lambda x: x**-2.0, 4),
    "cube": ("x ^ 3", lambda x: x**3, 2),
    "growth": ("2.5 ^ x", lambda x: 2.5**x, 4),
    "decay": ("0.5 ^ x", lambda x: 0.5**x, 4),
    "ones": ("1.0 ^ x", np.ones_like, 0),
    "gate": ("hard_sigmoid(x)", lambda x: np.clip(x / 6 + 0.5, 0, 1), 4),
    "rise": ("softplus(x)", lambda x: np.logaddexp(0, x), 4),
    "swish": ("hard_swish(x)", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), 6),
}
outputs = ", ".join(f"{name}: [N]" for name in FUNCTIONS)
results = ", ".join(text for text, _, _ in FUNCTIONS.values())
source = scratch / "values.tenon"
source.write_text(
    f"""
model values:
    dim N, M
    entry each(x: [N]) -> ({outputs}):
        return {results}
    entry total(x: [M, N]) -> (y: [M]):
        return logsumexp(x, "M N -> M")
"""
)
program = compile_model(tenonc, source, scratch / "values")

inf, nan = np.inf, np.nan
special = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, inf, -inf, nan, 1e-40, -1e-40, 3e19, 1e20]
special += [88.0, -88.0, 96.8, -110.0, 127.5, -149.0, 3.0, -3.0, 2e38, -3e38, 1e5, -99999.0, 12345.678]
x = np.array(special + list(np.linspace(-20, 20, 997)), np.float32)
wide = x.astype(np.float64)
for level in levels():
    for name, (text, function, ulps) in FUNCTIONS.items():
        y = program(name, options=["--level", level, "--entry", "each"], x=x)
        with np.errstate(all="ignore"):
            truth = function(wide)
            rounded = truth.astype(np.float32)
        if name in ("sine", "cosine"):  # beyond 2^22 they say that they do not know
            truth = np.where(np.abs(wide) <= 2**22, truth, nan)
            rounded = truth.astype(np.float32)
        same = (y == rounded) | (np.isnan(y) & np.isnan(rounded))
        with np.errstate(all="ignore"):
            near = np.abs(y - truth) <= (ulps + 0.5) * np.spacing(np.abs(rounded))
        # A turning point may be rounded past: hard_swish and x / 6 + 1/2 near 0.
        near |= np.abs(y - truth) <= 2e-7 if name in ("gate", "swish") else False
        bad = np.flatnonzero(~(same | near))
        assert bad.size == 0, f"{text}, {level}: {x[bad[0]]} gives {y[bad[0]]}, not {truth[bad[0]]}"
    rows = np.array(
        [[1, inf], [-inf, -inf], [nan, 1], [-inf, 3], [1000, 1000], [inf, inf]], np.float32
    )
    y = program("y", options=["--level", level, "--entry", "total"], x=rows)
    truth = [inf, -inf, nan, 3, 1000 + np.log(2), inf]
    assert np.allclose(y, truth, rtol=1e-6, equal_nan=True), (level, y)
    y = program("y", options=["--level", level, "--entry", "total"], x=np.zeros((2, 0), np.float32))
    assert np.array_equal(y, [-inf, -inf]), y
