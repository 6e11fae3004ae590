# RUN: env TENONC=%tenonc %python %s %tenonc %t
"""frontends/python/tenon.py: what an import away gives the same bits as the
executable, for every kind of input, and errors in words."""

import sys
import threading

import numpy as np

from support import ROOT, arguments, check_equal_bits, compile_model, run_command
from systems import SYSTEMS
from weights_io import random_weights, write_safetensors

sys.path.insert(0, str(ROOT / "frontends" / "python"))
import tenon  # noqa: E402

tenonc, scratch, _ = arguments()


def raises(kind, text, call, *arrays, **named):
    try:
        call(*arrays, **named)
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"no {kind.__name__} with '{text}'")


models = {}
for name, make in SYSTEMS.items():
    system = make()
    program = system.compile(tenonc, scratch)
    library, weights = scratch / f"{name}.so", scratch / f"{name}.safetensors"
    defines = [f"-D{key}={value}" for key, value in system.defines().items()]
    run_command([tenonc, system.source, *defines, "--emit=so", "-o", library])
    write_safetensors(weights, system.weights)
    models[name] = tenon.load(library, weights, threads=2)
    for rows in (3, 0, 1):
        inputs = system.inputs(rows)
        expected = program(system.result, **inputs)
        result = models[name](**inputs)
        result = result[0] if isinstance(result, tuple) else result
        check_equal_bits(f"{name}, {rows} rows", result, expected)
        # Reversed twice: not contiguous, and the same values.
        turned = {key: value[::-1].copy()[::-1] for key, value in inputs.items()}
        check_equal_bits(f"{name}, turned", np.asarray(models[name](**turned)), expected)

# All libraries at once, from several threads, each with its own program.
mlp, vit = models["mlp"], models["vit"]
x = SYSTEMS["mlp"]().inputs(5)["x"]
images = SYSTEMS["vit"]().inputs(2)["images"]
expected = mlp(x), vit.forward(images)
results = []


def work():
    for _ in range(20):
        results.append((mlp(x), vit.forward(images)))


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(results) == 80
for result in results:
    for got, truth in zip(result, expected):
        check_equal_bits("threads", got, truth)

raises(ValueError, "'x' has shape [5, 6]; expected [B, 7]", mlp, x[:, :6])
raises(ValueError, "dtype", mlp, x.astype(np.float64))
raises(ValueError, "complex64", mlp, x.astype(np.complex64))
raises(ValueError, "'z'", mlp, x, z=x)
raises(TypeError, "takes 1 inputs, got 2", mlp, x, x)
raises(TypeError, "input 'x' twice", mlp, x, x=x)
raises(ValueError, "missing", mlp)
raises(ValueError, "no-such-file", tenon.load, scratch / "mlp.so", scratch / "no-such-file")
raises(ValueError, "expected a file of weights", tenon.load, scratch / "mlp.so")
assert [entry["name"] for entry in vit.description["entries"]] == ["forward"]

source = scratch / "two.tenon"
source.write_text(
    """
model two[K: int, doubles = true]:
    dim B
    param scale: [K] = 1
    ## Both at once.
    entry both(x: [B, K], add: [B, K] = 1.5) -> (y: [B, K], z: [B, K]):
        return x * scale + add, (2 * x if doubles else x)
""",
    encoding="utf-8",
)
write_safetensors(scratch / "two.safetensors", random_weights({"scale": (3,)}))
with tenon.compile(source, weights=scratch / "two.safetensors", K=3, doubles=False) as two:
    scale = random_weights({"scale": (3,)})["scale"]
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    y, z = two.both(x)
    assert np.array_equal(y, x * scale + np.float32(1.5)) and np.array_equal(z, x)
    y, _ = two.both(add=x, x=x)
    assert np.allclose(y, x * scale + x) and two.both.__doc__ == "Both at once."
    assert repr(two.both) == "both(x, add) -> (y, z)"
raises(ValueError, "the model is closed", two.both, x)

# Hyper-parameters from a configuration file; named ones win.
(scratch / "config.json").write_text('{"width": 5, "doubles": false}', encoding="utf-8")
source.write_text(source.read_text().replace("K: int", 'K: int as "width"'), encoding="utf-8")
for given, K in (({}, 5), ({"K": 3}, 3)):
    write_safetensors(scratch / "two.safetensors", {"scale": np.ones(K, np.float32)})
    with tenon.compile(source, weights=scratch / "two.safetensors", config_file=scratch, **given) as two:
        assert two.both(np.ones((2, K), np.float32))[1].shape == (2, K)
raises(ValueError, "two.tenon", tenon.compile, source)

# A library that another one replaces under its name is another model.
for factor in (2, 3):
    source.write_text(
        f"""
model scaled:
    dim B
    entry run(x: [B]) -> (y: [B]): return {factor} * x
""",
        encoding="utf-8",
    )
    scaled = tenon.compile(source, output=scratch / "scaled.so")
    assert np.array_equal(scaled.run(np.ones(2, np.float32)), [factor, factor])
raises(ValueError, "threads is 2000; expected 0 to 1024", tenon.load, scratch / "scaled.so", None, 2000)
