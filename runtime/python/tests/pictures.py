"""Images that several tests use."""

import numpy


def photo(height, width, seed=1):
    """RGB as of a photo: smooth, with noise. It is coded by a model, and each effort makes another file."""
    rows, columns = numpy.ogrid[:height, :width]
    shade = 100 + 50 * numpy.sin(rows / 17) + 40 * numpy.cos(columns / 23 + rows / 41)
    noise = numpy.random.default_rng(seed).normal(0, 4, (height, width, 3))
    return (shade[:, :, None] + 9 * numpy.arange(3) + noise).clip(0, 255).astype(numpy.uint8)
