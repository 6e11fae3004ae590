"""The published names of the Macaron net's parameters, for its peers."""

SIDES = {
    "encoder": {"before": ("macaron_", "layer_norms.2"), "mix": ("self_attn.", "layer_norms.0"),
                "after": ("", "layer_norms.1")},
    "decoder": {"before": ("macaron_", "macaron_layer_norm"), "mix": ("self_attn.", "self_attn_layer_norm"),
                "look": ("encoder_attn.", "encoder_attn_layer_norm"), "after": ("", "final_layer_norm")},
}  # fmt: skip


def names(side, l, branch):
    """How the parameters of a branch of a layer begin, and its norm."""
    return tuple(f"{side}.layers.{l}.{end}" for end in SIDES[side][branch])
