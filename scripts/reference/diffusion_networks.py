#!/usr/bin/env python3
"""Makes the expected values in engine/models/testdata/diffusion-networks.json.

Builds narrow networks of every family with diffusers (the real architectures with fewer channels), gives them weights by
the rule of tiny_weights.py under the names of the original checkpoints, and stores some of their results. The names are
mapped here, by rules of this script's own, so that the engine agrees only if its names, shapes and layers are all right.

    python3 scripts/reference/diffusion_networks.py        (needs torch, diffusers, transformers)
"""
import json
import math
import pathlib
import re

import torch

from tiny_weights import tiny_tensor

TARGET = pathlib.Path(__file__).resolve().parents[2] / "engine" / "models" / "testdata" / "diffusion-networks.json"
SAMPLES = 40
results = {}


def pattern(shape, seed, scale=1.0):
    """Inputs, which the test makes again: a sine of the element's place."""
    count = math.prod(shape)
    index = torch.arange(count, dtype=torch.float64)
    return (scale * torch.sin(index * 0.7310585 + 0.37 * torch.sin(index * 0.013) + seed)).float().reshape(shape)


def record(name, value):
    flat = value.detach().double().flatten()
    places = [(k * 7919) % flat.numel() for k in range(SAMPLES)]
    results[name] = {
        "shape": list(value.shape),
        "mean": flat.mean().item(),
        "std": flat.std(unbiased=False).item(),
        "values": [[place, flat[place].item()] for place in places],
    }
    print(name, results[name]["shape"], results[name]["std"])


def load(module, name_of, rule_prefix=""):
    """Gives every tensor the values that belong to its original name, in double precision for exactness."""
    state = {}
    for key, value in module.state_dict().items():
        original, shape = name_of(key, tuple(value.shape))
        state[key] = tiny_tensor(rule_prefix + original, shape).reshape(value.shape)
    module.load_state_dict(state)
    return module.double().eval()


# ---------------------------------------------------------------- UNet


def unet_name(levels, blocks):
    """diffusers' UNet names to those of the original checkpoints. levels: attention per level, blocks: per level."""
    top = [
        (r"^time_embedding\.linear_1\.", "time_embed.0."),
        (r"^time_embedding\.linear_2\.", "time_embed.2."),
        (r"^add_embedding\.linear_1\.", "label_emb.0.0."),
        (r"^add_embedding\.linear_2\.", "label_emb.0.2."),
        (r"^conv_in\.", "input_blocks.0.0."),
        (r"^conv_norm_out\.", "out.0."),
        (r"^conv_out\.", "out.2."),
    ]
    resnet = {
        "norm1": "in_layers.0",
        "conv1": "in_layers.2",
        "time_emb_proj": "emb_layers.1",
        "norm2": "out_layers.0",
        "conv2": "out_layers.3",
        "conv_shortcut": "skip_connection",
    }

    def inside(rest):
        head, _, tail = rest.partition(".")
        return f"{resnet[head]}.{tail}" if head in resnet else rest

    def name_of(key, shape):
        for start, replacement in top:
            if re.match(start, key):
                return re.sub(start, replacement, key), shape
        match = re.match(r"^(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)$", key)
        if match:
            way, level, kind, index, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
            if way == "down":
                base = 1 + level * (blocks + 1)
                if kind == "downsamplers":
                    return f"input_blocks.{base + blocks}.0.op.{rest.removeprefix('conv.')}", shape
                return f"input_blocks.{base + index}.{0 if kind == 'resnets' else 1}.{inside(rest)}", shape
            base = level * (blocks + 1)
            attention = levels[::-1][level]
            if kind == "upsamplers":
                return f"output_blocks.{base + blocks}.{2 if attention else 1}.{rest}", shape
            return f"output_blocks.{base + index}.{0 if kind == 'resnets' else 1}.{inside(rest)}", shape
        match = re.match(r"^mid_block\.(resnets|attentions)\.(\d+)\.(.*)$", key)
        place = 1 if match[1] == "attentions" else (0, 2)[int(match[2])]
        return f"middle_block.{place}.{inside(match[3])}", shape

    return name_of


FAMILIES = {
    # name: diffusers configuration, which levels have attention
    "sd1": dict(width=32, mult=(1, 2, 4, 4), attention=(1, 1, 1, 0), depth=1, context=768, heads=lambda c: 8),
    "sd1-inpaint": dict(width=32, mult=(1, 2, 4, 4), attention=(1, 1, 1, 0), depth=1, context=768, heads=lambda c: 8, inputs=9),
    "sd2": dict(width=64, mult=(1, 2, 4, 4), attention=(1, 1, 1, 0), depth=1, context=1024, heads=lambda c: c // 64, linear=True),
    "sdxl": dict(width=32, mult=(1, 2, 4), attention=(0, 1, 1), depth=(1, 2, 10), context=2048, heads=lambda c: c // 64, linear=True, label=2816),
    "sdxl-refiner": dict(width=32, mult=(1, 2, 4, 4), attention=(0, 1, 1, 0), depth=(4, 4, 4, 4), context=1280, heads=lambda c: c // 64, linear=True, label=2560),
}


def unet_arguments(family):
    f = FAMILIES[family]
    channels = tuple(f["width"] * m for m in f["mult"])
    down = tuple("CrossAttnDownBlock2D" if a else "DownBlock2D" for a in f["attention"])
    arguments = dict(
        in_channels=f.get("inputs", 4),
        block_out_channels=channels,
        down_block_types=down,
        layers_per_block=2,
        cross_attention_dim=f["context"],
        transformer_layers_per_block=f["depth"],
        # diffusers' name for the number of heads.
        attention_head_dim=tuple(max(1, f["heads"](c)) for c in channels),
        use_linear_projection=f.get("linear", False),
    )
    if "label" in f:
        # The pooled text and the six sizes, 256 numbers each: what is left for the text.
        sizes = 6 if f["label"] == 2816 else 5
        arguments.update(
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=f["label"],
        )
        arguments["_sizes"] = sizes
    return arguments


def make_unet(family):
    from diffusers import UNet2DConditionModel

    f = FAMILIES[family]
    arguments = unet_arguments(family)
    arguments.pop("_sizes", None)
    up = tuple(t.replace("Down", "Up") for t in arguments["down_block_types"][::-1])
    model = UNet2DConditionModel(sample_size=32, up_block_types=up, **arguments)
    return load(model, unet_name(f["attention"], 2), "model.diffusion_model.")


def unet_inputs(family, height, width, batch=2, tokens=77):
    f = FAMILIES[family]
    x = pattern((batch, f.get("inputs", 4), height, width), 1).double()
    timesteps = torch.tensor([999.0, 321.5, 7.0][:batch], dtype=torch.float64)
    context = pattern((batch, tokens, f["context"]), 2).double()
    y = pattern((batch, f["label"]), 3).double() if "label" in f else None
    return x, timesteps, context, y


class Label(torch.nn.Module):
    """Stands in for the part of diffusers that puts the label together: here it is given whole."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.y = None

    def forward(self, _):
        return self.inner(self.y)


def run_unet(model, inputs, **more):
    x, timesteps, context, y = inputs
    if y is not None:
        if not isinstance(model.add_embedding, Label):
            model.add_embedding = Label(model.add_embedding)
        model.add_embedding.y = y
        more["added_cond_kwargs"] = {
            "text_embeds": torch.zeros(x.shape[0], 8, dtype=torch.float64),
            "time_ids": torch.zeros(x.shape[0], 6, dtype=torch.float64),
        }
    with torch.no_grad():
        return model(x, timesteps, context, return_dict=False, **more)[0]


def unets():
    for family in FAMILIES:
        model = make_unet(family)
        record(f"unet {family} 16x24", run_unet(model, unet_inputs(family, 16, 24)))
        if family in ("sd1", "sdxl"):
            record(f"unet {family} 13x10", run_unet(model, unet_inputs(family, 13, 10, batch=1, tokens=154)))


if __name__ == "__main__":
    unets()
    TARGET.write_text(
        json.dumps({"made_by": "scripts/reference/diffusion_networks.py, torch " + torch.__version__, "networks": results}, indent=1)
        + "\n"
    )
