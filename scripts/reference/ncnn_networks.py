#!/usr/bin/env python3
"""Makes the expected values in engine/models/testdata/ncnn-networks.json.

Runs every bundled ncnn network on a fixed pattern with PyTorch in double precision, from its own reading of the .param
and .bin files: nothing here is shared with engine/models/, so the two agree only if both are right.

    python3 scripts/reference/ncnn_networks.py        (needs torch and numpy; Debian: python3-torch)
"""
import json
import math
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "studio-data" / "defaults" / "models"
TARGET = ROOT / "engine" / "models" / "testdata" / "ncnn-networks.json"
SAMPLES = 48


def pattern(channels, height, width, shift):
    """The input, which the test makes again from the same formula."""
    c = np.arange(channels)[:, None, None]
    y = np.arange(height)[None, :, None]
    x = np.arange(width)[None, None, :]
    wave = np.sin(0.37 * (x + shift) + 0.9 * c) * np.cos(0.23 * y - 0.5 * c) + 0.4 * np.sin(0.011 * (x + shift) * y)
    return torch.from_numpy(np.clip(0.5 + 0.33 * wave, 0, 1))[None]


class Weights:
    def __init__(self, path):
        self.data = path.read_bytes()
        self.at = 0

    def plain(self, count):
        values = np.frombuffer(self.data, "<f4", count, self.at).astype(np.float64)
        self.at += 4 * count
        return torch.from_numpy(values)

    def tagged(self, count):
        (tag,) = struct.unpack_from("<I", self.data, self.at)
        self.at += 4
        if tag == 0:
            return self.plain(count)
        assert tag == 0x01306B47, hex(tag)
        values = np.frombuffer(self.data, "<f2", count, self.at).astype(np.float64)
        self.at += (2 * count + 3) // 4 * 4
        return torch.from_numpy(values)


def read_layers(path):
    for line in path.read_text().splitlines()[2:]:
        words = line.split()
        if not words:
            continue
        inputs, outputs = int(words[2]), int(words[3])
        options = {}
        for word in words[4 + inputs + outputs:]:
            key, value = word.split("=")
            if int(key) <= -23300:
                options[-int(key) - 23300] = [float(item) for item in value.split(",")[1:]]
            else:
                options[int(key)] = float(value)
        yield words[0], words[4:4 + inputs], words[4 + inputs:4 + inputs + outputs], options


def activate(x, p):
    kind = int(p.get(9, 0))
    if kind == 1:
        return torch.relu(x)
    if kind == 2:
        return F.leaky_relu(x, p[10][0])
    if kind == 4:
        return torch.sigmoid(x)
    assert kind == 0
    return x


def warp(image, flow):
    """Bilinear look-up at (x + u, y + v), coordinates clamped to the picture, by plain indexing."""
    _, _, h, w = image.shape
    ys, xs = torch.meshgrid(torch.arange(h, dtype=image.dtype), torch.arange(w, dtype=image.dtype), indexing="ij")
    x = (xs + flow[0, 0]).clamp(0, w - 1)
    y = (ys + flow[0, 1]).clamp(0, h - 1)
    x0, y0 = x.floor().long(), y.floor().long()
    x1, y1 = (x0 + 1).clamp(max=w - 1), (y0 + 1).clamp(max=h - 1)
    fx, fy = x - x0, y - y0
    pixel = lambda yy, xx: image[0][:, yy, xx]
    top = pixel(y0, x0) * (1 - fx) + pixel(y0, x1) * fx
    bottom = pixel(y1, x0) * (1 - fx) + pixel(y1, x1) * fx
    return (top * (1 - fy) + bottom * fy)[None]


def run(stem, feeds):
    weights = Weights(stem.with_name(stem.name + ".bin"))
    blobs = {}
    for kind, ins, outs, p in read_layers(stem.with_name(stem.name + ".param")):
        if kind == "Input":
            blobs[outs[0]] = feeds.pop(0)
            continue
        x = blobs[ins[0]]
        whole = lambda key, default=0: int(p.get(key, default))
        if kind == "Split":
            y = x
        elif kind in ("Convolution", "Deconvolution"):
            out, k = whole(0), whole(1)
            matrix = weights.tagged(whole(6)).reshape(out, -1, k, k)
            bias = weights.plain(out) if whole(5) else None
            if kind == "Convolution":
                y = F.conv2d(x, matrix, bias, whole(3, 1), whole(4), whole(2, 1))
            else:
                y = F.conv_transpose2d(x, matrix.transpose(0, 1), bias, whole(3, 1), whole(4))
            y = activate(y, p)
        elif kind == "InnerProduct":
            matrix = weights.tagged(whole(2)).reshape(whole(0), -1)
            bias = weights.plain(whole(0)) if whole(1) else None
            y = activate(F.linear(x.flatten(1), matrix, bias), p)[:, :, None, None]
        elif kind == "PReLU":
            y = F.prelu(x, weights.plain(whole(0)))
        elif kind == "ReLU":
            y = F.leaky_relu(x, p.get(0, 0))
        elif kind == "Sigmoid":
            y = torch.sigmoid(x)
        elif kind == "Pooling":
            assert whole(4) == 1 and whole(0) == 1
            y = x.mean((2, 3), keepdim=True)
        elif kind == "Scale":
            y = x * blobs[ins[1]]
        elif kind == "Concat":
            y = torch.cat([blobs[name] for name in ins], 1)
        elif kind == "Eltwise":
            factors = p.get(1, [1.0] * len(ins))
            assert whole(0) == 1
            y = sum(blobs[name] * factor for name, factor in zip(ins, factors))
        elif kind == "BinaryOp":
            other = torch.tensor(p[2], dtype=x.dtype) if whole(1) else blobs[ins[1]]
            y = [torch.add, torch.sub, torch.mul, torch.div, torch.maximum, torch.minimum, torch.pow,
                 lambda a, b: b - a, lambda a, b: b / a][whole(0)](x, other)
        elif kind == "Crop" and len(ins) == 2:
            h, w = blobs[ins[1]].shape[2:]
            y = x[:, :, whole(1):whole(1) + h, whole(0):whole(0) + w]
        elif kind == "Crop":
            assert p[11] == [0.0]
            y = x[:, int(p[9][0]):int(p[10][0])]
        elif kind == "PixelShuffle":
            assert whole(1) == 0
            y = F.pixel_shuffle(x, whole(0))
        elif kind == "Interp":
            mode = {1: "nearest", 2: "bilinear", 3: "bicubic"}[whole(0)]
            corners = {} if mode == "nearest" else {"align_corners": False}
            y = F.interpolate(x, scale_factor=(p[1], p[2]), mode=mode, **corners)
        elif kind == "rife.Warp":
            y = warp(x, blobs[ins[1]])
        else:
            raise SystemExit(f"unknown layer {kind}")
        for name in outs:
            blobs[name] = y
    assert weights.at == len(weights.data), f"{stem.name}: {len(weights.data) - weights.at} bytes left over"
    return y


def describe(output):
    flat = output.flatten()
    step = len(flat) / SAMPLES
    places = [int(math.floor((index + 0.5) * step)) for index in range(SAMPLES)]
    return {
        "shape": list(output.shape),
        "mean": round(flat.mean().item(), 8),
        "std": round(flat.std(unbiased=False).item(), 8),
        "values": [[place, round(flat[place].item(), 7)] for place in places],
    }


def main():
    upscalers = [
        ("waifu2x-cunet-scale2x", 72),
        ("waifu2x-cunet-noise1", 88),
        ("waifu2x-cunet-noise2", 88),
        ("waifu2x-cunet-noise3", 88),
        ("realesr-animevideov3-x2", 32),
        ("realesr-animevideov3-x4", 32),
    ]
    networks = {}
    for name, size in upscalers:
        output = run(MODELS / "upscale_models" / name, [pattern(3, size, size + 8, 0)])
        networks[f"upscale_models/{name}"] = {"height": size, "width": size + 8, **describe(output)}
    first, second = pattern(3, 64, 96, 0), pattern(3, 64, 96, 3)
    time = torch.full((1, 1, 64, 96), 0.375, dtype=torch.float64)
    output = run(MODELS / "frame_interpolation" / "rife-v4.6", [first, second, time])
    networks["frame_interpolation/rife-v4.6"] = {"height": 64, "width": 96, "time": 0.375, "shift": 3, **describe(output)}
    note = f"made by scripts/reference/ncnn_networks.py with torch {torch.__version__}, double precision"
    TARGET.write_text(json.dumps({"note": note, "networks": networks}, indent=1) + "\n")
    print(f"{len(networks)} networks, {TARGET.stat().st_size} bytes")


main()
