"""Checks models against their parity vectors: MODEL VECTORS [MODEL VECTORS ...].

Each model must pass onnx.checker with full_check, and ONNX Runtime must compute exactly the logits in the safetensors
file. A model of version 2 is run over whole images, pixel by pixel, with its maps (docs/model.md, Maps); so is each
network of a model of version 3.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def compare(model_path, name, found, expected):
    difference = np.abs(found.astype(int) - expected.astype(int))
    print(f"{model_path}: {name}: {found.shape} {found.dtype}, largest difference {difference.max()}")
    assert found.dtype == expected.dtype and found.shape == expected.shape
    assert (found == expected).all(), f"{name}: {(difference > 0).sum()} of {difference.size} logits differ"


def check_pixels(model_path, session, vectors):
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, {i.name: vectors[i.name] for i in session.get_inputs()})
    for name, found in zip(names, outputs):
        compare(model_path, name, found, vectors[name])


class Walk:
    """All images at once: an image is a lane."""

    def __init__(self, session, metadata, samples, prefix=""):
        self.session, self.metadata, self.prefix = session, metadata, prefix
        self.samples = samples.astype(np.float32) * 2 - (metadata["levels"] - 1)
        self.lanes, self.height, self.width, _ = samples.shape
        self.maps = [
            np.zeros((self.height, self.width, m["channels"], self.lanes), np.float32)
            for m in metadata["maps"]
        ]
        self.unused = {i.name: np.zeros((1, i.shape[1], self.lanes), np.float32) for i in session.get_inputs()}

    def inside(self, y, x):
        return 0 <= y < self.height and 0 <= x < self.width

    def neighbour(self, index, y, x):
        if self.inside(y, x):
            return self.maps[index][y, x]
        initial = np.array(self.metadata["maps"][index]["initial"], np.float32)
        return np.repeat(initial[:, None], self.lanes, axis=1)

    def taps(self, field, name, y, x):
        for index, kept in enumerate(self.metadata["maps"]):
            for tap, (dy, dx) in enumerate(kept.get(field, [])):
                yield f"map_{index}_{name}_{tap}", self.neighbour(index, y + dy, x + dx)[None]

    def run(self, inputs, wanted):
        named = {self.prefix + name: value for name, value in inputs.items()}
        values = self.session.run([self.prefix + name for name in wanted], self.unused | named)
        return dict(zip(wanted, values))

    def maps_of(self, kind):
        return [f"map_{i}" for i, kept in enumerate(self.metadata["maps"]) if kept["pass"] == kind]

    def keep(self, outputs, y, x):
        for name, value in outputs.items():
            if name.startswith("map_"):
                self.maps[int(name[4:])][y, x] = value[0]

    def coarse(self, y, x):
        order, ratio = self.metadata["order"], self.metadata["coarse"]["ratio"]
        features = np.zeros((9, len(order), ratio * ratio, self.lanes), np.float32)
        for tap, (dy, dx) in enumerate((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            first = ((y // ratio + dy) * ratio, (x // ratio + dx) * ratio)
            if self.inside(*first):
                features[tap, :, y % ratio * ratio + x % ratio] = self.samples[:, *first, order].T
        return features.reshape(1, -1, self.lanes)

    def pixel(self, y, x):
        order, nothing = self.metadata["order"], np.zeros(self.lanes, np.float32)
        context = [
            self.samples[:, y + dy, x + dx, plane] if self.inside(y + dy, x + dx) else nothing
            for dy, dx in self.metadata["taps"]
            for plane in order
        ]
        inputs = {"context": np.stack(context)[None]}
        for k, plane in enumerate(order[:-1]):
            inputs[f"own_{k}"] = self.samples[:, y, x, plane][None, None]
        if "coarse" in self.metadata:
            inputs["coarse"] = self.coarse(y, x)
        inputs |= self.taps("taps", "tap", y, x)
        logits = [f"logits_{k}" for k in range(len(order))]
        outputs = self.run(inputs, logits + self.maps_of("pixel"))
        self.keep(outputs, y, x)
        return [outputs[name][0].T for name in logits]

    def row(self, y):
        wanted = self.maps_of("row")
        for x in reversed(range(self.width if wanted else 0)):
            self.keep(self.run(dict(self.taps("row_taps", "row_tap", y, x)), wanted), y, x)

    def logits(self):
        rows = []
        for y in range(self.height):
            rows.append([self.pixel(y, x) for x in range(self.width)])
            self.row(y)
        # [height, width, channel, lane, level] to [channel][lane, height, width, level]
        return np.array(rows).transpose(2, 3, 0, 1, 4)


def check(model_path, vectors_path):
    model = onnx.load(model_path)
    onnx.checker.check_model(model, full_check=True)
    vectors = load_file(vectors_path)
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    metadata = json.loads(next(p.value for p in model.metadata_props if p.key == "pxc.model"))
    if metadata["version"] == 1:
        check_pixels(model_path, session, vectors)
        return
    networks = [("", metadata)]
    if "coarse" in metadata:
        networks.append(("coarse.", metadata["coarse"]["model"]))
    for prefix, network in networks:
        walk = Walk(session, network, vectors[f"{prefix}samples"], prefix)
        for channel, found in enumerate(walk.logits()):
            name = f"{prefix}logits_{channel}"
            compare(model_path, name, found, vectors[name])


pairs = sys.argv[1:]
assert pairs and len(pairs) % 2 == 0, __doc__
for model, vectors in zip(pairs[::2], pairs[1::2]):
    check(model, vectors)
