"""A pxc model by hand, with onnx.helper: python by_hand.py MODEL.onnx (docs/model.md).

For gray images. The sum of the differences between the west, north-west and north neighbours and the base tells how
rough the image is here. The logits of a residual r are a sharp peak at 0 where it is smooth, and a wide one where it is
rough; between the two they are mixed. Every weight is a multiple of 1/64, so all sums are exact.
"""

import json
import sys

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

TAPS = [[0, -1], [-1, -1], [-1, 0]]
FEATURES = len(TAPS) + 1  # a difference for each tap, and the base
ROUGHEST = 64
METADATA = {
    "version": 1,
    "family": "photo",
    "name": "by-hand",
    "channels": 1,
    "order": [0],
    "taps": TAPS,
    "shear": 2,
    "context": "median-differences",
    "prediction": "carry",
    "training": "none: written by hand",
}

constants, nodes = [], []


def constant(name, values):
    constants.append(numpy_helper.from_array(numpy.array(values, numpy.float32), name))
    return name


def node(operator, inputs, output, **attributes):
    nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
    return output


def layer(name, inputs, weight, bias, high):
    """Sums of products, clipped to 0..high: weight is [outputs, inputs]."""
    weight = constant(f"{name}.weight", numpy.array(weight)[:, :, None])
    sums = node("Conv", [inputs, weight, constant(f"{name}.bias", bias)], f"{name}.sums", kernel_shape=[1])
    return node("Clip", [sums, constant(f"{name}.low", 0), constant(f"{name}.high", high)], f"{name}.clip")


# |d| = max(d, 0) + max(−d, 0)
signs = [[sign * (tap == feature) for feature in range(FEATURES)] for tap in range(len(TAPS)) for sign in (1, -1)]
magnitudes = layer("magnitudes", "context", signs, [0] * len(signs), 255)
roughness = layer("roughness", magnitudes, [[1] * len(signs)], [0], ROUGHEST)

# A residual, modulo 256, as a distance from 0; a logit is 16 times a binary logarithm.
distance = numpy.minimum(numpy.arange(256), 256 - numpy.arange(256))
smooth, rough = (255 - numpy.minimum(255, slope * distance) for slope in (14.0, 1.25))
slope = numpy.round((rough - smooth) / ROUGHEST * 64) / 64
logits = layer("logits", roughness, slope[:, None], smooth, 255)
node("Cast", [node("Round", [logits], "logits.rounded")], "logits_0", to=TensorProto.UINT8)

graph = helper.make_graph(
    nodes,
    "by-hand",
    [helper.make_tensor_value_info("context", TensorProto.FLOAT, [1, FEATURES, "N"])],
    [helper.make_tensor_value_info("logits_0", TensorProto.UINT8, [1, 256, "N"])],
    constants,
    doc_string="A pxc model: logits of the residuals of gray images.",
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
helper.set_model_props(model, {"pxc.model": json.dumps(METADATA)})
checker.check_model(model, full_check=True)
save(model, sys.argv[1])
