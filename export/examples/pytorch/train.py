"""Trains a photo network or a PixelCNN (docs/pytorch.md). Writes a checkpoint, and the logits of some crops."""

import argparse
import json
import math
import pathlib

import torch
from layers import Layers
from networks import photo, pixelcnn
from PIL import Image
from safetensors.torch import load_file, save_file


def read(path):
    image = Image.open(path).convert("RGB" if len(order) == 3 else "L")
    samples = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(image.height, image.width, -1)
    return (samples > 127).float() if network.get("samples") == "bilevel" else samples[..., order].float()


def crop():
    image = images[torch.randint(len(images), ())]
    y, x = (torch.randint(size - part + 1, ()) for size, part in zip(image.shape, (height, width)))
    return image[y : y + height, x : x + width]


def run(count):
    """The inputs and logits of crops, and their bits per sample, which `margin` pixels at each edge do not count in."""
    inputs, logits, symbols = forward(layer, network, torch.stack([crop() for _ in range(count)]))
    inside = lambda t: t[:, margin:, margin : width - margin].flatten(0, 2)
    pairs = zip(logits, symbols.long().unbind(-1))
    nats = [torch.nn.functional.cross_entropy(inside(l) * math.log(2), inside(s)) for l, s in pairs]
    return inputs, logits, torch.stack(nats).mean() / math.log(2)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("config", type=pathlib.Path, help="a config.json, with the network and its training")
parser.add_argument("images", type=pathlib.Path, help="a folder of PNG files, none smaller than a crop")
parser.add_argument("checkpoint", type=pathlib.Path, help="the folder to write")
parser.add_argument("--weights", help="a weights.safetensors to start from")
parser.add_argument("--steps", type=int, help="instead of those of the configuration")
options = parser.parse_args()

config = json.loads(options.config.read_text())
training = config["training"] | {"rule": "adam-w", "ema": 0.0}
training["steps"] = steps = training["steps"] if options.steps is None else options.steps
torch.manual_seed(training["seed"])
network = config["network"]
if "family" not in network:
    forward, order, groups = photo, network["order"], 1
    margin, height, width = network["reach"], *[training["crop"] + 2 * network["reach"]] * 2
else:
    forward, order = pixelcnn, [0, 1, 2][: 3 if network["samples"] == "rgb" else 1]
    groups, margin, height, width = len(order), 0, network["height"], network["width"]
images = [read(path) for path in sorted(options.images.glob("*.png"))]
layer = Layers(load_file(options.weights) if options.weights else {}, groups)
run(1)
optimiser = torch.optim.AdamW(layer.tensors.values(), weight_decay=training.get("weight_decay", 0.0))
for step in range(steps):
    optimiser.param_groups[0]["lr"] = training["learning_rate"] * (1 + math.cos(math.pi * step / steps)) / 2
    layer.rounds = step >= steps - training.get("integer_steps", 0)
    loss = run(training["batch"])[2]
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(layer.tensors.values(), training["clip_norm"])
    optimiser.step()
    print(f"step {step}: {loss:.3f} bits per sample")

layer.rounds = True
with torch.no_grad():
    inputs, logits, loss = run(4)
print(f"rounded: {loss:.3f} bits per sample")
vectors = inputs | {f"logits_{k}": (l * 16).byte() for k, l in enumerate(logits)}
if forward is photo:
    vectors = {name: t.flatten(0, 2).T[None] for name, t in vectors.items()}
data = {"files": len(images), "pixels": sum(i.shape[0] * i.shape[1] for i in images), "digest": ""}
config |= {"training": training, "data": data, "commit": "unknown", "step": steps, "validation": None, "minutes": 0.0}
options.checkpoint.mkdir(parents=True, exist_ok=True)
(options.checkpoint / "config.json").write_text(json.dumps(config, indent=2))
save_file({name: t.detach() for name, t in layer.tensors.items()}, options.checkpoint / "weights.safetensors")
save_file({name: t.contiguous() for name, t in vectors.items()}, options.checkpoint / "parity.safetensors")
