"""The photo network and the PixelCNN (docs/pytorch.md).

In: samples `[images, height, width, channels]`, channels in coding order. Out: the inputs as integers, the logits of
each channel in bits, and the symbols.
"""

import torch
from layers import COEFFICIENT, DIFFERENCE, FEATURE, LOGIT, RECTIFIED, WIDE, Grid, Map


def neighbours(values, taps, outside=0.0):
    far, (height, width) = max(abs(d) for tap in taps for d in tap), values.shape[1:3]
    padded = torch.nn.functional.pad(values, (0, 0, far, far, far, 0), value=outside)
    return [padded[:, far + dy :, far + dx :][:, :height, :width] for dy, dx in taps]


def photo(layer, network, samples):
    assert network["trunk"] == "wide", "these layers have no 8-bit form"
    west, north, corner = neighbours(samples, [(0, -1), (-1, 0), (-1, -1)], torch.nan)
    base = (west + north - corner).clamp(torch.minimum(west, north), torch.maximum(west, north))
    base = torch.where(west.isnan(), north, torch.where(north.isnan(), west, base)).nan_to_num(128)
    own, reach = samples - base, network["reach"]
    taps = [(dy, dx) for dy in range(-reach, 1) for dx in range(-reach, min(-2 * dy - 1, reach) + 1)]
    context = torch.cat([(n - base).nan_to_num(0) for n in neighbours(samples, taps, torch.nan)] + [base - 128], -1)
    carried = torch.cat([own[..., :1] * 0, own[..., :1], ((own[..., :1] + own[..., 1:2]) / 2).floor()], -1)
    symbols = (samples - (base + carried[..., : len(network["order"])]).clamp(0, 255)) % 256
    trunk = layer("first", [Map(context / 16, DIFFERENCE)], network["width"], WIDE)
    for block in range(network["blocks"]):
        inner = layer(f"block{block}.a", [trunk], network["width"], WIDE)
        trunk = layer(f"block{block}.b", [inner], network["width"], WIDE, residual=trunk)
    logits, earlier = [], [own[..., k : k + 1] for k in range(len(network["order"]) - 1)]
    for k in range(len(network["order"])):
        inputs = [trunk, *(Map(e / 16, DIFFERENCE) for e in earlier[:k])]
        hidden = layer(f"head{k}.hidden", inputs, network["head_width"], WIDE)
        coefficients = layer(f"head{k}.coefficients", [hidden], network["basis"], COEFFICIENT)
        logits.append(layer(f"head{k}.basis", [coefficients], 256, LOGIT).values)
    return {"context": context} | {f"own_{k}": e for k, e in enumerate(earlier)}, logits, symbols


def pixelcnn(layer, network, samples):
    levels, grid = (2, Grid(0, -1, 1)) if network["samples"] == "bilevel" else (256, Grid(7, -255, 255))
    values, hidden, skips = (2 * samples - (levels - 1)) / 2**grid.step, network["hidden"], []
    taps = [(dy, dx) for dy in range(-3, 1) for dx in range(-3, 4) if dy < 0 or dx < 0]
    own = Map(values[..., :-1], grid, torch.arange(1, samples.shape[-1]))
    stream = layer("first", [Map(torch.cat(neighbours(values, taps), -1), grid), own], 2 * hidden, FEATURE)
    for block in range(network["layers"]):
        inner = layer(f"block.{block}.down", [stream.rectified()], hidden, RECTIFIED)
        around = torch.cat(neighbours(inner.values, [(-1, -1), (-1, 0), (-1, 1), (0, -1)]), -1)
        inner = layer(f"block.{block}.conv", [Map(around, RECTIFIED), inner], hidden, RECTIFIED)
        stream = layer(f"block.{block}.up", [inner], 2 * hidden, FEATURE, residual=stream)
        skips += [inner] * network["skip"]
    first = layer("head.0", [stream.rectified(), *skips], network["head"], RECTIFIED)
    second = layer("head.1", [first], network["head"], RECTIFIED)
    logits = layer("logits", [second], samples.shape[-1] * levels, LOGIT).values.split(levels, -1)
    return {"samples": samples.byte()}, logits, samples
