"""Images that are drawn, not downloaded: shapes to tell apart, and digits of seven segments."""

import numpy as np

SHAPES = 8


def shapes(count, seed, side=16, noise=0.2):
    """Images [count, 1, side, side] and labels: disc, ring, square, frame, cross, diagonal
    cross, bars across, bars upright; anywhere, of a radius from a sixth of the side to a
    quarter and more."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) % SHAPES
    radius = rng.uniform(side / 6, side / 3.5, (count, 1, 1))
    centre = rng.uniform(radius[..., 0], side - 1 - radius[..., 0], (count, 2))
    y, x = np.mgrid[:side, :side]
    dx, dy = (x - centre[:, 0, None, None]) / radius, (y - centre[:, 1, None, None]) / radius
    round_, square = np.hypot(dx, dy), np.maximum(np.abs(dx), np.abs(dy))
    thin = 0.35
    inside = square <= 1
    kinds = [
        round_ <= 1,
        (round_ <= 1) & (round_ >= 0.6),
        inside,
        inside & (square >= 0.6),
        inside & ((np.abs(dx) <= thin) | (np.abs(dy) <= thin)),
        inside & ((np.abs(dx - dy) <= 1.4 * thin) | (np.abs(dx + dy) <= 1.4 * thin)),
        inside & (np.abs(np.abs(dy) - 0.7) <= 0.3),
        inside & (np.abs(np.abs(dx) - 0.7) <= 0.3),
    ]
    images = np.choose(label[:, None, None], kinds) * rng.uniform(0.7, 1.3, (count, 1, 1))
    images = images + noise * rng.standard_normal(images.shape)
    return images[:, None].astype(np.float32), label


# The segments of each digit: top, upper left, upper right, middle, lower left, lower right, bottom.
SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"]


def digits(count, seed, noise=0.3):
    """Images [count, 1, 28, 28] and labels: strokes of 2 in a box of 10 by 18, at most 4
    from the middle, of intensity .6 to 1, under noise."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 10, count)
    glyphs = np.zeros((10, 18, 10))
    for digit, segments in enumerate(SEGMENTS):
        top, left, right, middle, low_left, low_right, bottom = (bit == "1" for bit in segments)
        g = glyphs[digit]
        for is_on, rows, columns in (
            (top, slice(0, 2), slice(0, 10)),
            (left, slice(0, 9), slice(0, 2)),
            (right, slice(0, 9), slice(8, 10)),
            (middle, slice(8, 10), slice(0, 10)),
            (low_left, slice(9, 18), slice(0, 2)),
            (low_right, slice(9, 18), slice(8, 10)),
            (bottom, slice(16, 18), slice(0, 10)),
        ):
            if is_on:
                g[rows, columns] = 1
    images = np.zeros((count, 28, 28))
    for image, digit, (y, x) in zip(images, label, rng.integers(-4, 5, (count, 2))):
        image[5 + y : 23 + y, 9 + x : 19 + x] = glyphs[digit]
    images *= rng.uniform(0.6, 1, (count, 1, 1))
    return (images + noise * rng.standard_normal(images.shape))[:, None].astype(np.float32), label
