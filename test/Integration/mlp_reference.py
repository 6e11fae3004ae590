"""Multi-layer perceptron: y = fc2(gelu(fc1(x))) on rows x [B, in]."""

from common_math import gelu, linear


def shapes(inputs, hidden, outputs):
    """Name and shape of every parameter."""
    return {
        "fc1.weight": (hidden, inputs),
        "fc1.bias": (hidden,),
        "fc2.weight": (outputs, hidden),
        "fc2.bias": (outputs,),
    }


def forward(p, x):
    """Result [B, out] in the dtype of `p` and `x`."""
    return linear(p, "fc2", gelu(linear(p, "fc1", x)))
