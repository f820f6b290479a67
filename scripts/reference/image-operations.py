"""
Makes engine/images/testdata/image-operations.json: what PyTorch, Pillow and NumPy give for small patterns, as expected
values of the image and mask nodes. Nothing of the engine is used here.

Run:  python3 scripts/reference/image-operations.py > engine/images/testdata/image-operations.json
Made with Python 3.11, torch 1.13, Pillow 9.4, NumPy 1.24 (Debian 12: python3-torch python3-pil python3-numpy).

The pattern, which the tests make in the same way: value at index i (row-major, channels last) is
((i * 2654435761) mod 2^32 >> 24) / 255, an 8-bit value as a float.
"""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image


def pattern(*shape):
    index = np.arange(np.prod(shape), dtype=np.uint64)
    bytes_ = ((index * 2654435761) % (2**32)) >> 24
    return torch.from_numpy((bytes_.astype(np.float32) / np.float32(255)).reshape(shape))


def flat(tensor):
    return [round(float(v), 7) for v in tensor.reshape(-1)]


def chw(image):
    return image.permute(0, 3, 1, 2)


def hwc(image):
    return image.permute(0, 2, 3, 1)


cases = []


def case(name, values, **facts):
    cases.append({"name": name, **facts, "values": flat(values)})


# ---- resizing: torch.nn.functional.interpolate, antialias off
sizes = [((7, 5, 3), (11, 13)), ((7, 5, 3), (3, 2)), ((6, 8, 4), (6, 3)), ((9, 4, 1), (5, 4)), ((5, 5, 3), (10, 10))]
for (h, w, c), (nh, nw) in sizes:
    source = chw(pattern(1, h, w, c))
    for mode in ["nearest-exact", "bilinear", "area", "bicubic"]:
        kwargs = {"align_corners": False} if mode in ("bilinear", "bicubic") else {}
        scaled = F.interpolate(source, size=(nh, nw), mode=mode, **kwargs)
        case(f"resize {mode}", hwc(scaled), method=mode, shape=[h, w, c], size=[nh, nw])

# ---- Lanczos: Pillow, 8 bits
for (h, w, c), (nh, nw) in [((7, 5, 3), (11, 13)), ((20, 30, 3), (7, 9)), ((16, 12, 4), (9, 20)), ((8, 8, 3), (8, 3))]:
    bytes_ = (pattern(h, w, c).numpy() * np.float32(255)).astype(np.uint8)
    picture = Image.fromarray(bytes_, "RGBA" if c == 4 else "RGB").resize((nw, nh), Image.Resampling.LANCZOS)
    case("resize lanczos", torch.from_numpy(np.array(picture).astype(np.float32)), method="lanczos", shape=[h, w, c], size=[nh, nw])


# ---- blur and sharpen: the square kernel written out, reflected borders, one plain convolution
def square_kernel(radius, sigma):
    steps = torch.linspace(-1, 1, 2 * radius + 1, dtype=torch.float64)
    yy, xx = steps[:, None], steps[None, :]
    kernel = torch.exp(-(xx**2 + yy**2) / (2 * sigma**2))
    return (kernel / kernel.sum()).float()


def convolve(image, kernel):
    c = image.shape[1]
    r = kernel.shape[0] // 2
    weight = kernel[None, None].repeat(c, 1, 1, 1)
    return F.conv2d(F.pad(image, (r, r, r, r), "reflect"), weight, groups=c)


for (h, w, c), radius, sigma in [((9, 7, 3), 1, 1.0), ((12, 10, 3), 4, 0.5), ((8, 8, 4), 7, 2.3)]:
    source = chw(pattern(1, h, w, c))
    case("blur", hwc(convolve(source, square_kernel(radius, sigma))), shape=[h, w, c], radius=radius, sigma=sigma)
for (h, w, c), radius, sigma, alpha in [((9, 7, 3), 1, 1.0, 1.0), ((12, 10, 3), 3, 0.6, 0.07)]:
    source = chw(pattern(1, h, w, c))
    kernel = square_kernel(radius, sigma) * (-alpha * 10)
    kernel[radius, radius] += 1 - kernel.sum()
    sharpened = convolve(source, kernel).clamp(0, 1)
    case("sharpen", hwc(sharpened), shape=[h, w, c], radius=radius, sigma=sigma, alpha=alpha)

# ---- growing masks: max pooling; a cross is the larger of a row and a column of three
mask = pattern(1, 1, 9, 8)
mask = torch.where(mask > 0.79, mask, torch.zeros_like(mask))


def grow(m, steps, square):
    for _ in range(steps):
        if square:
            m = F.max_pool2d(m, 3, 1, 1)
        else:
            m = torch.maximum(F.max_pool2d(m, (1, 3), 1, (0, 1)), F.max_pool2d(m, (3, 1), 1, (1, 0)))
    return m


for steps, square in [(1, False), (2, False), (1, True), (2, True)]:
    case("grow", grow(mask, steps, square), steps=steps, square=square, shape=[9, 8])
    case("shrink", -grow(-(1 - mask), steps, square), steps=steps, square=square, shape=[9, 8])

# ---- turns
turn = pattern(1, 3, 4, 3)
for name, turns in [("90 degrees", 1), ("180 degrees", 2), ("270 degrees", 3)]:
    case("rotate", torch.rot90(turn, k=turns, dims=[2, 1]), rotation=name, shape=[3, 4, 3])

# ---- 8 bits and back
eighths = np.arange(256, dtype=np.uint8).astype(np.float32) / np.float32(255)
case("truncate", torch.from_numpy((eighths * np.float32(255)).astype(np.uint8).astype(np.float32)))

# ---- rounding of sizes
halves = [0.5, 1.5, 2.5, 3.5, 2.4999, 2.5001, 13.5, 14.5]
cases.append({"name": "round", "inputs": halves, "values": [round(v) for v in halves]})

json.dump(
    {"made_by": "scripts/reference/image-operations.py", "torch": torch.__version__, "cases": cases},
    sys.stdout,
    separators=(",", ":"),
)
