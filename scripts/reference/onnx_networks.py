#!/usr/bin/env python3
"""Makes the expected values in engine/models/testdata/onnx-networks.json.

Runs the bundled ONNX network on a photo with the reference evaluator of the `onnx` package (plain numpy, no
onnxruntime).

    python3 scripts/reference/onnx_networks.py        (needs onnx, numpy and pillow)
"""
import json
import math
import pathlib

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "studio-data" / "defaults" / "models"
TARGET = ROOT / "engine" / "models" / "testdata" / "onnx-networks.json"
SAMPLES = 48


def every_second_pixel():
    """The astronaut photo (512 x 512), thinned out: no resampling that two programs could do differently."""
    photo = Image.open(ROOT / "studio-data" / "defaults" / "input" / "astronaut.png").convert("RGB")
    return (np.asarray(photo)[::2, ::2] / 255).astype(np.float32)[None]


def main():
    path = MODELS / "background_removal" / "selfie-segmentation.onnx"
    (output,) = ReferenceEvaluator(onnx.load(path)).run(None, {"input_1": every_second_pixel()})
    flat = output.astype(np.float64).flatten()
    step = len(flat) / SAMPLES
    places = [int(math.floor((index + 0.5) * step)) for index in range(SAMPLES)]
    network = {
        "height": 256,
        "width": 256,
        "shape": list(output.shape),
        "mean": round(flat.mean(), 8),
        "std": round(flat.std(), 8),
        "values": [[place, round(flat[place], 7)] for place in places],
    }
    note = f"made by scripts/reference/onnx_networks.py with onnx {onnx.__version__}'s reference evaluator"
    TARGET.write_text(json.dumps({"note": note, "networks": {"background_removal/selfie-segmentation": network}}, indent=1) + "\n")
    print(network["mean"], network["std"])


main()
