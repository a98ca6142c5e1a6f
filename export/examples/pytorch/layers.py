"""The layers of pxc's networks in PyTorch, in reals or with the rounding of pxc-export (docs/pytorch.md, Rounding)."""

from typing import NamedTuple

import torch


class Grid(NamedTuple):
    """Values `integer · 2^−step` with the integer in low..high."""

    step: int
    low: int
    high: int

    def magnitude(self):
        return max(-self.low, self.high) / 2**self.step


class Map(NamedTuple):
    """Values `[images, height, width, channels]`; a group of outputs reads the channels of no later group."""

    values: torch.Tensor
    grid: Grid
    groups: torch.Tensor | int = 0

    def rectified(self):
        return Map(self.values.relu(), self.grid._replace(low=0), self.groups)


def nearest(x, unit):
    """The nearest multiple of 1 / unit, ties to even; the gradient passes."""
    return x + ((x * unit).round() / unit - x).detach()


def rounded(weight, bias, inputs, residual):
    """Weights and bias as fine as sums below 2^24 allow."""
    magnitude = torch.cat([torch.full(m.values.shape[-1:], m.grid.magnitude()) for m in inputs]).double()
    step = max(m.grid.step for m in [*inputs, residual] if m)
    sums = magnitude @ weight.double().abs() + bias.double().abs() + (residual.grid.magnitude() if residual else 0)
    slack = magnitude.sum() * 2**step / 2 + 1
    room = (2**24 - 1 - slack) / (sums.clamp(min=1e-9) * 2**step)
    unit = 2 ** room.log2().floor().clamp(max=14).float()
    return nearest(weight, unit), nearest(bias, unit * 2**step)


class Layers:
    """Sums of products, a bias and perhaps a residual, clipped to a grid, and rounded to it when `rounds`."""

    def __init__(self, tensors, groups):
        self.tensors, self.groups, self.rounds = tensors, groups, False

    def __call__(self, name, inputs, outputs, grid, residual=None):
        x = torch.cat([m.values for m in inputs], -1)
        weight, bias = self.parameters(name, x.shape[-1], outputs, 8.0 if grid == LOGIT else 0.0)
        first = [outputs * group // self.groups for group in range(1, self.groups)]
        groups = torch.tensor([sum(output >= start for start in first) for output in range(outputs)])
        groups_read = torch.cat([torch.zeros(m.values.shape[-1]) + m.groups for m in inputs])
        weight = weight * (groups_read[:, None] <= groups)
        if self.rounds:
            weight, bias = rounded(weight, bias, inputs, residual)
        total = x @ weight + bias + (residual.values if residual else 0)
        values = total.clamp(grid.low / 2**grid.step, grid.high / 2**grid.step)
        return Map(nearest(values, 2**grid.step) if self.rounds else values, grid, groups)

    def parameters(self, name, inputs, outputs, bias):
        """New ones at first use."""
        if f"{name}.weight" not in self.tensors:
            self.tensors[f"{name}.weight"] = (torch.rand(inputs, outputs) * 2 - 1) / inputs**0.5
            self.tensors[f"{name}.bias"] = torch.full((outputs,), bias)
        return [self.tensors[f"{name}.{part}"].requires_grad_() for part in ("weight", "bias")]


DIFFERENCE, WIDE, COEFFICIENT = Grid(4, -255, 255), Grid(6, 0, 1023), Grid(7, -1023, 1023)
FEATURE, RECTIFIED, LOGIT = Grid(7, -2047, 2047), Grid(7, 0, 2047), Grid(4, 0, 255)
