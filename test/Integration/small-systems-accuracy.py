# RUN: %python %s %tenonc %t
"""Minimal Transformers in all their forms, the one-layer Transformer and the one that
groks agree with float64 NumPy at odd sizes, at batch 0 to 65, on every code level."""

from support import arguments, check_network, levels
from systems import GrokTransformer, Minimal, Uat

SYSTEMS = [
    Minimal(),
    Minimal(mlp=False),
    Minimal(similarity="shared", image=9, patch=3, D=20, heads=5),
    Minimal(similarity="cholesky", layers=3),
    Minimal(similarity="cholesky", project=False, D=13, heads=1, mlp=False),
    Minimal(similarity="merged", heads=1, channels=1, classes=1),
    Minimal(similarity="merged", heads=1, project=False),
    Uat(),
    Uat(norm="pre", bias=True, positions="one_hot", W=17),
    Uat(norm="post", residual1=False, positions="none"),
    Uat(norm="post", residual2=True, d_out=33, d_in=5, N=9),
    GrokTransformer(),
    GrokTransformer(D=32, heads=1, layers=3, s=0.0, use_norm=True, p=97),
]

tenonc, scratch, _ = arguments()
for number, system in enumerate(SYSTEMS):
    name = f"{type(system).__name__} {system.sizes}"
    program = system.compile(tenonc, scratch, name=f"system{number}")
    plain_error = system.plain_error(system.inputs(65))
    for batch in (0, 1, 3, 65):
        inputs = system.inputs(batch)
        truth = system.reference(inputs)
        for level in levels():
            result = program(system.result, options=["--level", level], **inputs)
            check_network(f"{name}, batch {batch}, {level}", result, truth, plain_error)
