#!/usr/bin/env python3
"""Times a training step of the photo-rgb network in PyTorch on the CPU: forward, backward and AdamW, without
augmentation.

    python trainer/benches/photo_step.py [--threads N] [--steps N]

Prints pixels per second. Compare `pxc-train photo` on as many threads (`RAYON_NUM_THREADS`): its log gives megapixels
and minutes. The pixels are random; the time does not depend on them.
"""

import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

CHANNELS, TAPS, WIDTH, BLOCKS, HEAD, BASIS = 3, 36, 96, 4, 64, 32


def clip(x, low=0.0, high=16.0):
    return x.clamp(low, high)


class PhotoNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(CHANNELS * (TAPS + 1), WIDTH)
        self.blocks = nn.ModuleList(
            nn.ModuleList([nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)]) for _ in range(BLOCKS)
        )
        self.heads = nn.ModuleList(
            nn.ModuleList([nn.Linear(WIDTH + k, HEAD), nn.Linear(HEAD, BASIS), nn.Linear(BASIS, 256)])
            for k in range(CHANNELS)
        )

    def forward(self, context, own, symbols):
        x = clip(self.first(context))
        for a, b in self.blocks:
            x = clip(b(clip(a(x))) + x)
        loss = 0.0
        for k, (hidden, coefficients, basis) in enumerate(self.heads):
            source = torch.cat([x, own[:, :k]], 1) if k else x
            values = clip(coefficients(clip(hidden(source))), -8.0, 8.0)
            loss = loss + functional.cross_entropy(clip(basis(values)), symbols[:, k])
        return loss / CHANNELS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--part", type=int, default=2048, help="pixels that pass through the network together")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    pixels = 16 * 32 * 32
    network = PhotoNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)
    context = torch.randint(-60, 60, (pixels, CHANNELS * (TAPS + 1))) / 16
    own = torch.randint(-60, 60, (pixels, CHANNELS - 1)) / 16
    symbols = torch.randint(0, 256, (pixels, CHANNELS))
    seconds, cpu = [], []
    for _ in range(options.steps + 3):
        start, start_cpu = time.perf_counter(), time.process_time()
        optimiser.zero_grad(set_to_none=False)
        for first in range(0, pixels, options.part):
            part = slice(first, first + options.part)
            loss = network(context[part], own[part], symbols[part])
            (loss * (options.part / pixels)).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    wall, used = statistics.median(seconds[3:]), statistics.median(cpu[3:])
    print(
        f"{options.threads} threads, parts of {options.part}: {pixels / wall:.0f} pixels/s "
        f"(best {pixels / min(seconds[3:]):.0f}), {pixels / used:.0f} pixels per second of processor time"
    )


if __name__ == "__main__":
    main()
