"""The systems under test behind one interface, so that a property such
as "threads do not change a bit" is written once.

A system knows its source file, sizes as `-D` options, parameter shapes, how to
make random inputs, and its reference.
"""

import numpy as np

import grok_reference
import grok_transformer_reference
import karat_reference
import kat_reference
import llama_reference
import macaron_bert_reference
import macaron_reference
import minilm_reference
import minimal_reference
import mlp_reference
import mot_reference
import pooling_reference
import uat_reference
import vit_reference
from support import INPUTS, ROOT, compile_model, relative_frobenius
from weights_io import random_weights, widened

UNIT = 2.0**-24  # a rounding of float32, relative


class System:
    """Base: `sizes` are the hyper-parameters given with -D; `blocks` names those of them
    that are kinds of blocks."""

    blocks = ()

    def __init__(self, **sizes):
        self.sizes = {**self.default, **sizes}

    def defines(self):
        """What is given to the compiler with -D."""
        return {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in self.sizes.items()
        }

    def random_weights(self):
        return random_weights(self.shapes())

    def compile(self, tenonc, scratch, options=(), name=None):
        """The executable with random weights, also kept as `weights`."""
        output = scratch / (name or type(self).__name__.lower())
        program = compile_model(
            tenonc, self.source, output, self.defines(), options=options
        )
        self.weights = self.random_weights()
        return program.with_weights(self.weights)

    def reference(self, inputs, dtype=np.float64, weights=None):
        """The result in `dtype` from the float32 weights and inputs."""
        weights = self.weights if weights is None else weights
        if dtype == np.float64:
            weights = widened(weights)
        inputs = {
            name: value.astype(dtype) if value.dtype.kind == "f" else value
            for name, value in inputs.items()
        }
        with np.errstate(all="ignore"):
            return self.forward(weights, **inputs)

    def plain_error(self, inputs):
        """Relative error that plain float32 may have: that of the reference's worst
        row, but no less than half of u sqrt(K) for the longest sum. How NumPy adds
        up depends on the machine, and a row of one number may cancel."""
        rows = zip(self.reference(inputs, np.float32), self.reference(inputs))
        worst = max(relative_frobenius(plain, truth) for plain, truth in rows)
        shapes = [shape for shape in self.shapes().values() if len(shape) > 1]
        longest = max(int(np.prod(shape[1:])) for shape in shapes)
        return max(worst, 0.5 * UNIT * longest**0.5)


class Mlp(System):
    source = INPUTS / "mlp.tenon"
    default = {"I": 7, "H": 13, "O": 5}
    result = "y"

    def shapes(self):
        return mlp_reference.shapes(*(self.sizes[name] for name in "IHO"))

    def inputs(self, batch, seed=1):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((batch, self.sizes["I"]))
        return {"x": x.astype(np.float32)}

    def forward(self, weights, x):
        return mlp_reference.forward(weights, x)


class HandWrittenMlp(Mlp):
    """The same network as a hand-written module of the tenon dialect."""

    source = INPUTS / "mlp.mlir"

    def defines(self):
        return {}


class Vit(System):
    source = ROOT / "models" / "vit.tenon"
    default = {"image": 10, "patch": 5, "channels": 3, "D": 12, "depth": 2,
               "heads": 3, "classes": 7}  # fmt: skip
    result = "logits"

    def shapes(self):
        sizes = {name: self.sizes[name] for name in self.default if name != "heads"}
        return vit_reference.shapes(**sizes)

    def inputs(self, batch, seed=1):
        rng = np.random.default_rng(seed)
        side = self.sizes["image"]
        images = rng.standard_normal((batch, self.sizes["channels"], side, side))
        return {"images": images.astype(np.float32)}

    def forward(self, weights, images):
        return vit_reference.forward(weights, images, self.sizes["heads"])


class Kat(Vit):
    source = ROOT / "models" / "kat.tenon"
    default = {"image": 12, "patch": 4, "channels": 3, "D": 24, "depth": 2,
               "heads": 3, "classes": 5}  # fmt: skip

    def shapes(self):
        sizes = {name: self.sizes[name] for name in self.default if name != "heads"}
        return kat_reference.shapes(**sizes)

    def forward(self, weights, images):
        return kat_reference.forward(weights, images, self.sizes["heads"])


class Karat(Vit):
    source = ROOT / "models" / "karat.tenon"
    blocks = ("edges",)
    default = {"image": 9, "patch": 3, "channels": 3, "D": 15, "depth": 2, "heads": 3,
               "classes": 7, "r": 4}  # fmt: skip

    def shapes(self):
        kinds = {name: value for name, value in self.sizes.items() if name not in ("project", "G", "scaled", "edges")}
        if self.sizes.get("edges") == "quotients":
            kinds["edges"] = "quotients"
        else:
            kinds["edges"] = (2 * self.sizes.get("G", 3), self.sizes.get("scaled", False))
        return karat_reference.shapes(**kinds)

    def random_weights(self):
        """Weights of values are sums of many terms, whose derivatives by scores are large: if the
        sums were large, too, layers after one another would amplify every rounding."""
        weights = super().random_weights()
        for name, value in weights.items():
            if name.endswith("W"):
                weights[name] = np.float32(0.2) * value / value.shape[1]
        return weights

    def forward(self, weights, images):
        kinds = {name: self.sizes[name] for name in ("order", "project") if name in self.sizes}
        return karat_reference.forward(
            weights, images, self.sizes["heads"], basis=self.sizes.get("G", 3), **kinds
        )


class Llama(System):
    source = ROOT / "models" / "llama.tenon"
    default = {"D": 48, "layers": 2, "heads": 6, "kv_heads": 2, "hidden": 56, "vocab": 97}
    result = "logits"

    def shapes(self):
        return llama_reference.shapes(**self.sizes)

    def inputs(self, batch, tokens=9, seed=1):
        rng = np.random.default_rng(seed)
        return {"ids": rng.integers(0, self.sizes["vocab"], (batch, tokens))}

    def forward(self, weights, ids):
        return llama_reference.forward(
            weights, ids, self.sizes["heads"], self.sizes["kv_heads"]
        )


class Pooling(System):
    source = ROOT / "models" / "pooling.tenon"
    default = {"C": 24, "layers": 2, "heads": 6, "kv_heads": 2, "hidden": 35, "vocab": 29, "window": 5,
               "r": 2, "alpha": 4.0, "latents": 5, "pool_heads": 3, "d": 7, "variant": 5}  # fmt: skip
    result = "embedding"

    def shapes(self):
        return pooling_reference.shapes(**self.sizes)

    def inputs(self, batch, tokens=9, seed=1):
        """Sentences of random lengths, filled up on the left; the first one is full."""
        rng = np.random.default_rng(seed)
        lengths = rng.integers(1, tokens + 1, (batch, 1))
        lengths[:1] = tokens
        ids = rng.integers(1, self.sizes["vocab"], (batch, tokens))
        return {"ids": np.where(np.arange(tokens) >= tokens - lengths, ids, 0)}

    def forward(self, weights, ids):
        names = ("heads", "kv_heads", "pool_heads", "variant", "window")
        kinds = {name: self.sizes[name] for name in names}
        return pooling_reference.embed(weights, ids, scale=self.sizes["alpha"] / self.sizes["r"], **kinds)


class Mot(System):
    source = ROOT / "models" / "mot.tenon"
    default = {"D": 24, "layers": 2, "heads": 3, "modalities": 3, "vocab": 50}
    result = "logits"

    def shapes(self):
        return mot_reference.shapes(**self.sizes)

    def inputs(self, batch, tokens=9, seed=1):
        """Runs of one modality; those of the last one are images."""
        rng = np.random.default_rng(seed)
        modalities = self.sizes["modalities"]
        runs = np.arange(tokens) * 4 // max(tokens, 1) + rng.integers(0, modalities, (batch, 1))
        modality = (runs % modalities).astype(np.int32)
        image = np.where(modality == modalities - 1, runs + 1, 0).astype(np.int32)
        ids = rng.integers(0, self.sizes["vocab"], (batch, tokens))
        return {"ids": ids, "modality": modality, "image": image}

    def forward(self, weights, ids, modality, image=None):
        return mot_reference.forward(
            weights, ids, modality, self.sizes["heads"], self.sizes["modalities"], image
        )


class Minilm(System):
    source = ROOT / "models" / "minilm.tenon"
    default = {"D": 12, "layers": 2, "heads": 3, "hidden": 20, "vocab": 31,
               "positions": 17}  # fmt: skip
    result = "embedding"

    def shapes(self):
        sizes = {name: self.sizes[name] for name in self.default if name != "heads"}
        return minilm_reference.shapes(**sizes)

    def inputs(self, batch, tokens=9, seed=1):
        """Sentences of random lengths: the first row is full, the last one,
        from three rows on, is padding alone."""
        rng = np.random.default_rng(seed)
        ids = rng.integers(0, self.sizes["vocab"], (batch, tokens))
        lengths = rng.integers(1, tokens + 1, batch)
        lengths[:1] = tokens
        if batch > 2:
            lengths[-1] = 0
        mask = np.arange(tokens) < lengths[:, None]
        kinds = (np.arange(tokens) >= lengths[:, None] // 2).astype(np.int64)
        return {
            "ids": np.where(mask, ids, 0),
            "mask": mask,
            "kinds_of": np.broadcast_to(kinds, ids.shape).copy(),
        }

    def forward(self, weights, ids, mask, kinds_of=None):
        return minilm_reference.forward(weights, ids, mask, kinds_of, self.sizes["heads"])


class Minimal(System):
    source = ROOT / "models" / "minimal.tenon"
    default = {"image": 10, "patch": 5, "channels": 2, "D": 12, "layers": 2, "heads": 3,
               "hidden": 7, "classes": 4}  # fmt: skip
    result = "logits"

    def shapes(self):
        return minimal_reference.shapes(**self.sizes)

    def inputs(self, batch, seed=1):
        rng = np.random.default_rng(seed)
        side = self.sizes["image"]
        images = rng.standard_normal((batch, self.sizes["channels"], side, side))
        return {"images": images.astype(np.float32)}

    def forward(self, weights, images):
        similarity = self.sizes.get("similarity", "separate")
        return minimal_reference.forward(weights, images, self.sizes["heads"], similarity)


class Macaron(System):
    source = ROOT / "models" / "macaron.tenon"
    default = {"vocab": 11, "D": 12, "heads": 3, "hidden": 8, "layers": 2}
    result = "logits"

    def shapes(self):
        return macaron_reference.shapes(**self.sizes)

    def inputs(self, batch, source=7, target=5, seed=1):
        """Sources are padded on the left with token 1, targets hold none of it."""
        rng = np.random.default_rng(seed)
        vocab = self.sizes["vocab"]
        missing = rng.integers(0, max(source - 1, 1), (batch, 1))
        ids = np.where(np.arange(source) < missing, 1, rng.integers(2, vocab, (batch, source)))
        return {"source": ids, "target": rng.integers(2, vocab, (batch, target))}

    def forward(self, weights, source, target):
        scale = 0.5 if self.sizes.get("macaron", True) else 1.0
        pre = self.sizes.get("pre", True)
        return macaron_reference.forward(
            weights, source, target, self.sizes["heads"], pre=pre, scale=scale
        )


class MacaronBert(System):
    """Its entry has two results; `forward` gives the scores of words."""

    source = ROOT / "models" / "macaron_bert.tenon"
    default = {"vocab": 31, "D": 12, "heads": 3, "hidden": 10, "layers": 2}
    result = "words"

    def shapes(self):
        return macaron_bert_reference.shapes(**self.sizes)

    def inputs(self, batch, tokens=7, rows=5, seed=1):
        """Sequences are padded on the right with token 1."""
        rng = np.random.default_rng(seed)
        real = np.arange(tokens) < rng.integers(1, tokens + 1, (batch, 1))
        ids = np.where(real, rng.integers(2, self.sizes["vocab"], (batch, tokens)), 1)
        return {"ids": ids, "segments": rng.integers(0, 2, (batch, tokens)),
                "rows": rng.integers(0, max(batch * tokens, 1), rows if batch else 0)}  # fmt: skip

    def both(self, weights, ids, segments, rows):
        return macaron_bert_reference.forward(weights, ids, segments, rows, self.sizes["heads"])

    def forward(self, weights, **inputs):
        return self.both(weights, **inputs)[0]


class Uat(System):
    source = ROOT / "models" / "uat.tenon"
    default = {"N": 4, "d_in": 1, "d_out": 1, "D": 33, "heads": 5, "dk": 3, "W": 7}
    result = "y"

    def shapes(self):
        return uat_reference.shapes(**self.sizes)

    def inputs(self, batch, seed=1):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1, 1, (batch, self.sizes["N"], self.sizes["d_in"]))
        return {"x": x.astype(np.float32)}

    def forward(self, weights, x):
        kinds = ("residual1", "residual2", "norm", "positions")
        given = {name: self.sizes[name] for name in kinds if name in self.sizes}
        return uat_reference.forward(weights, x, self.sizes["heads"], **given)


class GrokTransformer(System):
    source = ROOT / "models" / "grok_transformer.tenon"
    default = {"p": 7, "D": 12, "heads": 3, "layers": 2, "s": 1.0}
    result = "logits"

    def shapes(self):
        return grok_transformer_reference.shapes(**self.sizes)

    def inputs(self, batch, seed=1):
        rng = np.random.default_rng(seed)
        return {"pair": rng.integers(0, self.sizes["p"], (batch, 2))}

    def forward(self, weights, pair):
        return grok_transformer_reference.forward(
            weights, pair, self.sizes["heads"], self.sizes["s"]
        )


class Grok(System):
    source = ROOT / "models" / "grok.tenon"
    default = {"p": 7, "N": 13}
    result = "logits"

    def shapes(self):
        return grok_reference.shapes(**self.sizes)

    def inputs(self, batch, seed=1):
        m, n = np.random.default_rng(seed).integers(0, self.sizes["p"], (2, batch))
        return {"m": m, "n": n}

    def compile(self, *arguments, **options):
        program = super().compile(*arguments, **options)
        if "bn.running_var" not in self.weights:
            return program
        variance = self.weights["bn.running_var"]
        self.weights["bn.running_var"] = np.abs(variance) + np.float32(0.5)
        return program.with_weights(self.weights)

    def forward(self, weights, m, n, keep=None):
        return grok_reference.forward(weights, m, n, self.sizes.get("norm", "none"), keep)


SYSTEMS = {"mlp": Mlp, "vit": Vit, "minilm": Minilm, "kat": Kat, "llama": Llama, "mot": Mot}
