"""KArAt (Maity et al., 2025, arXiv 2503.10632): the Vision Transformer of vit_reference
with learned functions in the place of attention's softmax.

    A = Q K^T / sqrt(d),  y_kp = sum_q f_pq(A_kq),  p = 1..r,  O_k = (W y_k) V
    f_pq(x) = base(x) + sum_m c_pqm phi_m(x)

or a quotient of polynomials. The Meyer wavelet is sin(pi |x|) m(nu(|x|)) below 1.
"""

import numpy as np

import vit_reference
from common_math import merge_heads, softmax, split_heads
from kan_reference import fourier, silu


def bell(x):
    return np.exp(-x * x / 2)


def ramp(x):
    return x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)


def meyer(x):
    s = ramp(np.minimum(np.abs(x), 1))
    m = np.where(s <= 0.5, 1, np.cos(np.pi / 2 * ramp(np.clip(2 * s - 1, 0, 1))))
    return np.where(np.abs(x) < 1, np.sin(np.pi * np.abs(x)) * m, 0).astype(x.dtype)


def shannon(x):
    window = np.hamming(x.shape[-1])
    return (np.sinc(x / np.pi) * window).astype(x.dtype)


WAVELETS = {
    "mexican_hat": lambda x: 2 / (np.sqrt(3) * np.pi**0.25) * (x * x - 1) * bell(x),
    "morlet": lambda x: np.cos(5 * x) * bell(x),
    "dog": lambda x: x * bell(x),
    "meyer": meyer,
    "shannon": shannon,
}


def basis_terms(basis, x):
    """phi(x) [.., K] of a basis by its name, or fourier by the number of frequencies."""
    terms = fourier(x, basis) if isinstance(basis, int) else WAVELETS[basis](x)[..., None]
    return terms.astype(x.dtype)


def sums(p, name, a, basis, base=None):
    """y [B, H, N, r] of scores [B, H, N, M]."""
    if name + ".up" in p:
        top = sum(a[..., None, :] ** k * p[name + ".up"][:, None, :, :, k] for k in range(6))
        bottom = sum(a[..., None, :] ** (k + 1) * p[name + ".down"][:, None, :, :, k] for k in range(4))
        return (top / (1 + np.abs(bottom))).sum(-1)
    coef, base_scale = p[name + ".coef"], 1
    if name + ".basis_scale" in p:
        coef = coef * p[name + ".basis_scale"][..., None]
        base_scale = p[name + ".base_scale"][:, None]
    y = np.einsum("bhnmk,hrmk->bhnr", basis_terms(basis, a), coef)
    return y if base is None else y + (base(a)[..., None, :] * base_scale).sum(-1)


def to_simplex(y):
    """The closest point whose numbers are not negative and add up to 1."""
    ordered = -np.sort(-y, axis=-1)
    excess = np.cumsum(ordered, axis=-1) - 1
    rank = np.arange(1, y.shape[-1] + 1)
    rho = (ordered - excess / rank > 0).sum(-1, keepdims=True)
    level = np.take_along_axis(excess, rho - 1, -1) / rho
    return np.maximum(y - level, 0).astype(y.dtype)


def weights(p, name, a, basis, order="sums_map", project="none", base=None):
    """What stands in the place of softmax(a), [B, H, N, M]."""
    if order == "sums_sums":
        s = sums(p, name + ".phi2", sums(p, name + ".phi", a, basis, base), basis, base)
    elif order == "map_sums":
        s = sums(p, name + ".phi", np.einsum("bhnm,hmr->bhnr", a, p[name + ".W"]), basis, base)
    else:
        y = sums(p, name + ".phi", a, basis, base)
        y = to_simplex(y) if project == "sums" else y
        s = np.einsum("bhnr,hmr->bhnm", y, p[name + ".W"])
    return to_simplex(s) if project == "row" else s


def operator_shapes(H, N, r, edges, order="sums_map"):
    """Those of one operator, by what follows its name; `edges`: number of terms, whether
    they are scaled, or "quotients"."""

    def sums_of(part, r, M):
        if edges == "quotients":
            return {f".{part}.up": (H, r, M, 6), f".{part}.down": (H, r, M, 4)}
        terms, scaled = edges
        result = {f".{part}.coef": (H, r, M, terms)}
        if scaled:
            result |= {f".{part}.basis_scale": (H, r, M), f".{part}.base_scale": (H, r, M)}
        return result

    if order == "sums_sums":
        return sums_of("phi", r, N) | sums_of("phi2", N, r)
    first = sums_of("phi", N, r) if order == "map_sums" else sums_of("phi", r, N)
    return first | {".W": (H, N, r)}


def shapes(image, patch, D, depth, heads, classes, r, channels=3, soft=0, edges=(6, False),
           universal=False, order="sums_map"):  # fmt: skip
    """Name and shape of every parameter."""
    result = vit_reference.shapes(image, patch, D, depth, classes, channels)
    if soft < heads:
        operator = operator_shapes(heads - soft, (image // patch) ** 2 + 1, r, edges, order)
        places = ["operators"] if universal else [f"blocks.{l}.attn.sigma" for l in range(depth)]
        for place in places:
            result |= {place + name: shape for name, shape in operator.items()}
    return result


def forward(p, images, heads, basis=3, order="sums_map", project="none", base=None):
    """Logits [B, classes] of images [B, channels, S, S], in their dtype."""

    def attention(p, name, q, k, v, heads):
        universal = any(key.startswith("operators.") for key in p)
        operator = "operators" if universal else name + ".sigma"
        q, k, v = (split_heads(x, heads) for x in (q, k, v))
        a = np.einsum("bhnd,bhmd->bhnm", q, k) * q.dtype.type(q.shape[-1] ** -0.5)
        learned = [value.shape[0] for key, value in p.items() if key.startswith(operator + ".phi")]
        soft = heads - learned[0] if learned else heads
        parts = [softmax(a[:, :soft])]
        if soft < heads:
            parts.append(weights(p, operator, a[:, soft:], basis, order, project, base))
        return merge_heads(np.einsum("bhnm,bhmd->bhnd", np.concatenate(parts, axis=1), v))

    return vit_reference.forward(p, images, heads, attention=attention)
