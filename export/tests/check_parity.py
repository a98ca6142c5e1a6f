"""Checks models against their parity vectors: MODEL VECTORS [MODEL VECTORS ...].

Each model must pass onnx.checker with full_check, and ONNX Runtime must give the very logits in the safetensors file.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def check(model_path, vectors_path):
    model = onnx.load(model_path)
    onnx.checker.check_model(model, full_check=True)
    vectors = load_file(vectors_path)
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, {i.name: vectors[i.name] for i in session.get_inputs()})
    for name, found in zip(names, outputs):
        expected = vectors[name]
        difference = np.abs(found.astype(int) - expected.astype(int))
        print(f"{model_path}: {name}: {found.shape} {found.dtype}, largest difference {difference.max()}")
        assert found.dtype == expected.dtype and found.shape == expected.shape
        assert (found == expected).all(), f"{name}: {(difference > 0).sum()} of {difference.size} logits differ"


pairs = sys.argv[1:]
assert pairs and len(pairs) % 2 == 0, __doc__
for model, vectors in zip(pairs[::2], pairs[1::2]):
    check(model, vectors)
