"""What ONNX graphs are made of: nodes in the form that runtimes recognize, like
LayerNormalization and Gelu as single ones, and attention either as the nodes that
exporters write or as one."""

import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
MICROSOFT = "com.microsoft"
FAR = np.float32(-3e38)  # takes a key out of the softmax when added to its score


class Graph:
    """A graph that grows node by node; values are named by number. With
    `one_node_attention` it uses ONNX Runtime's own operator."""

    def __init__(self, weights, one_node_attention=False, heads=None, epsilon=None):
        self.weights, self.heads, self.epsilon = weights, heads, epsilon
        self.one_node_attention = one_node_attention
        self.nodes, self.constants, self.count = [], {}, 0

    def node(self, kind, *inputs, outputs=1, domain="", **attributes):
        names = [f"v{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(
            helper.make_node(kind, inputs, names, domain=domain, **attributes)
        )
        return names[0] if outputs == 1 else names

    def constant(self, value, name=None):
        """A value known when the graph is built; `name` keeps it from being
        stored twice."""
        name = name or f"c{len(self.constants)}"
        if name not in self.constants:
            value = np.asarray(value, order="C")
            self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def shape(self, *sizes):
        return self.constant(
            np.array(sizes, np.int64), "shape" + "_".join(map(str, sizes))
        )

    def parameter(self, name):
        return self.constant(self.weights[name], name)

    def linear(self, name, x):
        """x W^T + b, the weights transposed here; without b where there is none."""
        weight = self.constant(self.weights[name + ".weight"].T, name + ".weight")
        product = self.node("MatMul", x, weight)
        if name + ".bias" not in self.weights:
            return product
        return self.node("Add", product, self.parameter(name + ".bias"))

    def layer_norm(self, name, x):
        scale, bias = (self.parameter(f"{name}.{part}") for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, epsilon=self.epsilon)

    def gelu(self, x):
        return self.node("Gelu", x)

    def key_mask(self, real, batch, tokens):
        """The mask in the form that attention takes: numbers 1 and 0, or what
        is added to the scores. `real` is 1 on real tokens and 0 on padding."""
        if self.one_node_attention:
            return self.node("Cast", real, to=TensorProto.INT32)
        padding = self.node("Sub", self.constant(np.float32(1)), real)
        far = self.node("Mul", padding, self.constant(FAR))
        return self.node("Reshape", far, self.shape(batch, 1, 1, tokens))

    def attention(self, q, k, v, tokens, width, mask=None):
        """softmax(q k^T / sqrt(d)) v per head over the keys that the mask
        leaves; q, k and v are [batch, tokens, width]."""
        if self.one_node_attention:
            inputs = [q, k, v, "", mask] if mask else [q, k, v]
            return self.node(
                "MultiHeadAttention", *inputs, domain=MICROSOFT, num_heads=self.heads
            )
        size = width // self.heads
        cut = self.shape(0, tokens, self.heads, size)
        q, k, v = (self.node("Reshape", x, cut) for x in (q, k, v))
        q, v = (self.node("Transpose", x, perm=[0, 2, 1, 3]) for x in (q, v))
        k = self.node("Transpose", k, perm=[0, 2, 3, 1])
        scale = self.constant(np.float32(1 / math.sqrt(size)), "scale")
        scores = self.node("Mul", self.node("MatMul", q, k), scale)
        if mask:
            scores = self.node("Add", scores, mask)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), v)
        mixed = self.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.node("Reshape", mixed, self.shape(0, tokens, width))

    def model(self, inputs, output, result, shape):
        """The finished model; `inputs` are the arrays it will be given."""
        infos = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in inputs.items()
        ]
        self.nodes.append(helper.make_node("Identity", [result], [output]))
        results = [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)]
        graph = helper.make_graph(
            self.nodes, "model", infos, results, list(self.constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return onnx.shape_inference.infer_shapes(model)
