#!/usr/bin/env python3
"""Makes the expected values in engine/models/testdata/diffusion-networks.json.

Builds narrow networks of every family with diffusers (the real architectures with fewer channels), gives them weights by
the rule of tiny_weights.py under the names of the original checkpoints, and stores some of their results. The names are
mapped here, by rules of this script's own, so that the engine agrees only if its names, shapes and layers are all right.

    python3 scripts/reference/diffusion_networks.py [section ...]        (needs torch, diffusers, transformers)
"""
import hashlib
import json
import math
import pathlib
import re
import sys

import torch

from tiny_weights import tiny_tensor

TARGET = pathlib.Path(__file__).resolve().parents[2] / "engine" / "models" / "testdata" / "diffusion-networks.json"
SAMPLES = 40
results = {}
names = {}


def pattern(shape, seed, scale=1.0):
    """Inputs, which the test makes again: a sine of the element's place."""
    count = math.prod(shape)
    index = torch.arange(count, dtype=torch.float64)
    return (scale * torch.sin(index * 0.7310585 + 0.37 * torch.sin(index * 0.013) + seed)).float().reshape(shape)


def record(name, value):
    flat = value.detach().double().flatten()
    # The test looks at the same places.
    places = [(k * 7919) % flat.numel() for k in range(SAMPLES)]
    results[name] = {
        "shape": list(value.shape),
        "mean": flat.mean().item(),
        "std": flat.std(unbiased=False).item(),
        "values": [flat[place].item() for place in places],
    }
    print(name, results[name]["shape"], results[name]["std"])


def load(module, name_of, rule_prefix="", label=None):
    """Gives every tensor the values that belong to its original name, in double precision for exactness."""
    state, pairs = {}, []
    for key, value in module.state_dict().items():
        original, shape = name_of(key, tuple(value.shape))
        pairs.append(f"{original} {key}")
        state[key] = tiny_tensor(rule_prefix + original, shape).reshape(value.shape)
    module.load_state_dict(state)
    if label:
        # Original names and diffusers': the engine must know the same pairs.
        names[label] = {"count": len(pairs), "sha256": hashlib.sha256("\n".join(sorted(pairs)).encode()).hexdigest()}
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
    return load(model, unet_name(f["attention"], 2), "model.diffusion_model.", f"unet {family}")


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


def free_u():
    """The way up with FreeU (Si et al. 2023, arXiv 2309.11497), by a whole Fourier transform. As ComfyUI places it: by the
    number of channels that come from below, four or two times the model's own."""

    def low_frequencies_scaled(x, scale):
        spectrum = torch.fft.fft2(x)
        rows, columns = ([0, -1] if size > 1 else [0] for size in x.shape[-2:])
        for row in rows:
            for column in columns:
                spectrum[..., row, column] *= scale
        return torch.fft.ifft2(spectrum).real

    def strengthened(h, version, b):
        half = h.shape[1] // 2
        factor = b
        if version == 2:
            mean = h.mean(1, keepdim=True)
            least, most = mean.amin((2, 3), keepdim=True), mean.amax((2, 3), keepdim=True)
            factor = 1 + (b - 1) * (mean - least) / (most - least)
        return torch.cat([h[:, :half] * factor, h[:, half:]], 1)

    def add_hooks(model, family, patches):
        width = FAMILIES[family]["width"]
        channels = [width * m for m in FAMILIES[family]["mult"]]
        below = channels[-1]
        for block in model.up_blocks:
            for resnet in block.resnets:
                def hook(_, arguments, below=below):
                    h, skip = arguments[0].split([below, arguments[0].shape[1] - below], 1)
                    for version, b1, b2, s1, s2 in patches:
                        for multiple, b, s in ((4, b1, s1), (2, b2, s2)):
                            if below == multiple * width:
                                h, skip = strengthened(h, version, b), low_frequencies_scaled(skip, s)
                    return (torch.cat([h, skip], 1), *arguments[1:])

                resnet.register_forward_pre_hook(hook)
                below = resnet.out_channels

    one, two = (1, 1.1, 1.2, 0.9, 0.2), (2, 1.3, 1.4, 0.9, 0.2)
    for label, family, size, patches in (
        ("2", "sd1", (16, 24), [two]),
        ("2", "sdxl", (13, 10), [two]),
        ("1 and 2", "sd1", (13, 10), [one, two]),
        ("1", "sd1", (3, 8), [one]),
    ):
        model = make_unet(family)
        add_hooks(model, family, patches)
        record(f"unet {family} freeu {label} {size[0]}x{size[1]}", run_unet(model, unet_inputs(family, *size)))


# ---------------------------------------------------------------- VAE


def vae_name(levels):
    inner = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}

    def name_of(key, shape):
        half = key.partition(".")[0]
        match = re.match(r"^(encoder|decoder)\.mid_block\.(resnets|attentions)\.(\d)\.(.*)$", key)
        if match and match[2] == "resnets":
            return f"{half}.mid.block_{int(match[3]) + 1}.{match[4]}", shape
        if match:
            part, _, kind = match[4].rpartition(".")
            # The original keeps these four as 1x1 convolutions.
            return f"{half}.mid.attn_1.{inner[part]}.{kind}", shape + (1, 1) if len(shape) == 2 else shape
        match = re.match(r"^(encoder|decoder)\.(down|up)_blocks\.(\d)\.(resnets|downsamplers|upsamplers)\.(\d)\.(.*)$", key)
        if match:
            level = int(match[3]) if match[2] == "down" else levels - 1 - int(match[3])
            if match[4] == "resnets":
                rest = match[6].replace("conv_shortcut", "nin_shortcut")
                return f"{half}.{match[2]}.{level}.block.{match[5]}.{rest}", shape
            return f"{half}.{match[2]}.{level}.{match[4].removesuffix('rs')}.{match[6]}", shape
        return key.replace("conv_norm_out", "norm_out"), shape

    return name_of


def make_vae():
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(
        block_out_channels=(32, 64, 128, 128),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
    )
    return load(vae, vae_name(4), "first_stage_model.", "vae")


def vaes():
    from diffusers import AutoencoderTiny

    vae = make_vae()
    with torch.no_grad():
        record("vae decoder 5x7", vae.decode(pattern((2, 4, 5, 7), 4).double(), return_dict=False)[0])
        moments = vae.encode(pattern((1, 3, 72, 40), 5).double(), return_dict=False)[0].parameters
        record("vae encoder 72x40", moments)

    tiny = AutoencoderTiny(encoder_block_out_channels=(16,) * 4, decoder_block_out_channels=(16,) * 4)

    def tiny_name(key, shape):
        half, _, place, rest = key.split(".", 3)
        return f"{half}.{int(place) + (half == 'decoder')}.{rest}", shape

    load(tiny, tiny_name, "taesd_")
    with torch.no_grad():
        # diffusers answers -1 to 1, the original 0 to 1.
        record("taesd decoder 5x7", tiny.decoder(pattern((1, 4, 5, 7), 4, 2.0).double()).add(1).div(2))
        record("taesd encoder 40x24", tiny.encoder.layers((pattern((1, 3, 40, 24), 5, 0.5) + 0.5).double()))


# ---------------------------------------------------------------- ControlNet and T2I-Adapter


def make_controlnet(family):
    from diffusers import ControlNetModel

    arguments = unet_arguments(family)
    arguments.pop("_sizes", None)
    model = ControlNetModel(**arguments, conditioning_embedding_out_channels=(16, 32, 96, 256))
    of_unet = unet_name(FAMILIES[family]["attention"], 2)

    def name_of(key, shape):
        for start, base in (("controlnet_cond_embedding.conv_in.", 0), ("controlnet_cond_embedding.conv_out.", 14)):
            if key.startswith(start):
                return f"input_hint_block.{base}.{key.removeprefix(start)}", shape
        match = re.match(r"^controlnet_cond_embedding\.blocks\.(\d)\.(.*)$", key)
        if match:
            return f"input_hint_block.{2 * int(match[1]) + 2}.{match[2]}", shape
        match = re.match(r"^controlnet_down_blocks\.(\d+)\.(.*)$", key)
        if match:
            return f"zero_convs.{match[1]}.0.{match[2]}", shape
        if key.startswith("controlnet_mid_block."):
            return "middle_block_out.0." + key.removeprefix("controlnet_mid_block."), shape
        return of_unet(key, shape)

    return load(model, name_of, "control_model.", f"controlnet {family}")


def controlnets():
    for family, size in (("sd1", (13, 10)), ("sdxl", (8, 12))):
        model = make_controlnet(family)
        x, timesteps, context, y = unet_inputs(family, *size, batch=2)
        hint = (pattern((1, 3, 8 * size[0], 8 * size[1]), 6, 0.5) + 0.5).double()
        more = {}
        if y is not None:
            model.add_embedding = Label(model.add_embedding)
            model.add_embedding.y = y
            more["added_cond_kwargs"] = {"text_embeds": torch.zeros(2, 8).double(), "time_ids": torch.zeros(2, 6).double()}
        with torch.no_grad():
            down, middle = model(x, timesteps, context, hint, return_dict=False, **more)
        for index in (0, 3, len(down) - 1):
            record(f"controlnet {family} {index}", down[index])
        record(f"controlnet {family} middle", middle)
        unet = make_unet(family)
        controlled = run_unet(
            unet,
            unet_inputs(family, *size, batch=2),
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
        )
        record(f"unet {family} controlled", controlled)


def make_adapter(family, hint_channels=3):
    from diffusers import T2IAdapter

    kind, factor = ("full_adapter_xl", 16) if family == "sdxl" else ("full_adapter", 8)
    width = FAMILIES[family]["width"]
    channels = [width, 2 * width, 4 * width, 4 * width]
    model = T2IAdapter(in_channels=hint_channels, channels=channels, num_res_blocks=2, downscale_factor=factor, adapter_type=kind)

    def name_of(key, shape):
        key = key.removeprefix("adapter.")
        match = re.match(r"^body\.(\d)\.resnets\.(\d)\.(.*)$", key)
        if match:
            return f"body.{2 * int(match[1]) + int(match[2])}.{match[3]}", shape
        match = re.match(r"^body\.(\d)\.in_conv\.(.*)$", key)
        return (f"body.{2 * int(match[1])}.in_conv.{match[2]}" if match else key), shape

    return load(model, name_of, "adapter.", f"adapter {family}")


def adapters():
    for family in ("sd1", "sdxl"):
        model = make_adapter(family)
        height, width = (16, 24)
        hint = (pattern((1, 3, 8 * height, 8 * width), 6, 0.5) + 0.5).double()
        with torch.no_grad():
            features = model(hint)
        for index, feature in enumerate(features):
            record(f"adapter {family} {index}", feature)
        unet = make_unet(family)
        guided = run_unet(
            unet,
            unet_inputs(family, height, width),
            # diffusers adds the last of SDXL's only where the batch is the same.
            down_intrablock_additional_residuals=[f.repeat(2, 1, 1, 1) for f in features],
        )
        record(f"unet {family} adapted", guided)


# ---------------------------------------------------------------- LoRA


def rule(name, *shape):
    return tiny_tensor(name, shape).double()


def loras():
    """One file of kohya's kind, one of PEFT's, one of LyCORIS', alone and together: here by changing the weights."""
    height, width = 8, 12

    def low_rank(name, outputs, inputs, rank, alpha):
        return alpha / rank * rule(f"{name}.lora_up.weight", outputs, rank) @ rule(f"{name}.lora_down.weight", rank, inputs)

    def kohya(weights):
        q = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
        weights["down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"] = low_rank(q, 32, 32, 4, 3.0)
        proj = "lora_unet_mid_block_attentions_0_proj_in"
        up, down = rule(f"{proj}.lora_up.weight", 128, 4, 1, 1), rule(f"{proj}.lora_down.weight", 4, 128, 1, 1)
        weights["mid_block.attentions.0.proj_in"] = (up.flatten(1) @ down.flatten(1)).reshape(128, 128, 1, 1)
        conv = "lora_unet_up_blocks_1_resnets_0_conv1"
        up, down = rule(f"{conv}.lora_up.weight", 128, 4, 1, 1), rule(f"{conv}.lora_down.weight", 4, 256, 3, 3)
        weights["up_blocks.1.resnets.0.conv1"] = 3.0 / 4 * (up.flatten(1) @ down.flatten(1)).reshape(128, 256, 3, 3)
        half = "lora_unet_down_blocks_0_downsamplers_0_conv"
        up, mid = rule(f"{half}.lora_up.weight", 32, 4, 1, 1)[..., 0, 0], rule(f"{half}.lora_mid.weight", 4, 4, 3, 3)
        down = rule(f"{half}.lora_down.weight", 4, 32, 1, 1)[..., 0, 0]
        weights["down_blocks.0.downsamplers.0.conv"] = 3.0 / 4 * torch.einsum("oa,abhw,bi->oihw", up, mid, down)

    def peft(weights):
        for module, outputs, inputs in (
            ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", 32, 32),
            ("up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k", 32, 768),
        ):
            a, b = rule(f"unet.{module}.lora_A.weight", 2, inputs), rule(f"unet.{module}.lora_B.weight", outputs, 2)
            weights[module] = b @ a

    def lycoris(weights, own, strength):
        name = "lora_unet_input_blocks_1_1_transformer_blocks_0_ff_net_0_proj"
        hada = [rule(f"{name}.hada_{part}", *shape) for part, shape in (("w1_a", (256, 4)), ("w1_b", (4, 32)), ("w2_a", (256, 4)), ("w2_b", (4, 32)))]
        weights["down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj"] = 3.0 / 4 * (hada[0] @ hada[1]) * (hada[2] @ hada[3])
        name = "lora_unet_input_blocks_2_0_in_layers_2"
        parts = {part: rule(f"{name}.hada_{part}", *shape) for part, shape in (("w1_a", (4, 32)), ("w1_b", (4, 32)), ("w2_a", (4, 32)), ("w2_b", (4, 32)), ("t1", (4, 4, 3, 3)), ("t2", (4, 4, 3, 3)))}
        one, two = (torch.einsum("abhw,ao,bi->oihw", parts[f"t{k}"], parts[f"w{k}_a"], parts[f"w{k}_b"]) for k in (1, 2))
        weights["down_blocks.0.resnets.1.conv1"] = 3.0 / 4 * one * two
        name = "lora_unet_middle_block_1_transformer_blocks_0_attn1_to_out_0"
        w2 = rule(f"{name}.lokr_w2_a", 16, 4) @ rule(f"{name}.lokr_w2_b", 4, 32)
        weights["mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0"] = 3.0 / 4 * torch.kron(rule(f"{name}.lokr_w1", 8, 4), w2)
        name = "lora_unet_output_blocks_11_1_transformer_blocks_0_attn1_to_v"
        key = "up_blocks.3.attentions.2.transformer_blocks.0.attn1.to_v"
        whole = own[f"{key}.weight"] + low_rank(name, 32, 32, 4, 3.0)
        lengths = whole.norm(dim=1, keepdim=True)
        weights[key] = whole * rule(f"{name}.dora_scale", 32, 1) / lengths - own[f"{key}.weight"]
        name = "lora_unet_output_blocks_11_1_transformer_blocks_0_attn1_to_k"
        weights["up_blocks.3.attentions.2.transformer_blocks.0.attn1.to_k"] = rule(f"{name}.diff", 32, 32)

    def apply(model, kinds):
        state = {name: value.clone() for name, value in model.state_dict().items()}
        for kind, strength in kinds:
            weights = {}
            kind(weights, state, strength) if kind is lycoris else kind(weights)
            for module, change in weights.items():
                state[f"{module}.weight"] += strength * change
        model.load_state_dict(state)

    for label, kinds in (
        ("kohya 2.5", [(kohya, 2.5)]),
        ("kohya -1", [(kohya, -1.0)]),
        ("peft 1", [(peft, 1.0)]),
        ("lycoris 0.7", [(lycoris, 0.7)]),
        ("all", [(kohya, 2.5), (peft, 1.0), (lycoris, 0.7)]),
    ):
        model = make_unet("sd1")
        apply(model, kinds)
        record(f"lora {label}", run_unet(model, unet_inputs("sd1", height, width)))


# ---------------------------------------------------------------- upscalers


def upscalers():
    nf, gc, blocks = 8, 4, 2
    lrelu = lambda x: torch.nn.functional.leaky_relu(x, 0.2)
    nearest = lambda x: torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")

    def conv(x, name, outputs):
        weight = rule(f"{name}.weight", outputs, x.shape[1], 3, 3)
        return torch.nn.functional.conv2d(x, weight, rule(f"{name}.bias", outputs), padding=1)

    def dense(x, name):
        parts = [x]
        for k in range(1, 5):
            parts.append(lrelu(conv(torch.cat(parts, 1), name(k), gc)))
        return x + 0.2 * conv(torch.cat(parts, 1), name(5), nf)

    def rrdb(x, names, ups):
        first = conv(x, names["first"], nf)
        hidden = first
        for block in range(blocks):
            inner = hidden
            for part in (1, 2, 3):
                inner = dense(inner, lambda k: names["dense"](block, part, k))
            hidden = hidden + 0.2 * inner
        hidden = first + conv(hidden, names["trunk"], nf)
        for up in range(ups):
            hidden = lrelu(conv(nearest(hidden), names["up"](up), nf))
        return conv(lrelu(conv(hidden, names["hr"], nf)), names["last"], 3)

    old = lambda ups: {
        "first": "model.0",
        "dense": lambda b, p, k: f"model.1.sub.{b}.RDB{p}.conv{k}.0",
        "trunk": f"model.1.sub.{blocks}",
        "up": lambda u: f"model.{3 + 3 * u}",
        "hr": f"model.{2 + 3 * ups}",
        "last": f"model.{4 + 3 * ups}",
    }
    new = {
        "first": "params_ema.conv_first",
        "dense": lambda b, p, k: f"params_ema.body.{b}.rdb{p}.conv{k}",
        "trunk": "params_ema.conv_body",
        "up": lambda u: f"params_ema.conv_up{u + 1}",
        "hr": "params_ema.conv_hr",
        "last": "params_ema.conv_last",
    }
    bsr = {
        "first": "conv_first",
        "dense": lambda b, p, k: f"RRDB_trunk.{b}.RDB{p}.conv{k}",
        "trunk": "trunk_conv",
        "up": lambda u: f"upconv{u + 1}",
        "hr": "HRconv",
        "last": "conv_last",
    }
    x = (pattern((1, 3, 10, 14), 7, 0.5) + 0.5).double()
    record("upscaler old 4x", rrdb(x, old(2), 2))
    record("upscaler old 2x", rrdb(x, old(1), 1))
    record("upscaler new 4x", rrdb(x, new, 2))
    record("upscaler new 2x", rrdb(torch.nn.functional.pixel_unshuffle(x, 2), new, 2))
    record("upscaler bsrgan 4x", rrdb(x, bsr, 2))

    hidden, place = x, 0
    for place in range(0, 6, 2):
        hidden = conv(hidden, f"params.body.{place}", nf)
        hidden = torch.nn.functional.prelu(hidden, rule(f"params.body.{place + 1}.weight", nf))
    hidden = torch.nn.functional.pixel_shuffle(conv(hidden, "params.body.6", 12), 2)
    record("upscaler compact 2x", hidden + nearest(x))


SECTIONS = {section.__name__: section for section in (unets, free_u, vaes, controlnets, adapters, loras, upscalers)}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(SECTIONS)
    # With names of sections only those are made anew.
    if sys.argv[1:]:
        before = json.loads(TARGET.read_text())
        results.update(before["networks"])
        names.update(before["names"])
    for section in chosen:
        SECTIONS[section]()
    made_by = "scripts/reference/diffusion_networks.py, torch " + torch.__version__
    TARGET.write_text(json.dumps({"made_by": made_by, "names": names, "networks": results}, indent=1) + "\n")
