#!/usr/bin/env python3
"""Makes the expected values in engine/models/testdata/text-to-image.json: whole runs, from a text to latents and pixels.

Narrow networks of every family are built with diffusers and transformers and get weights by the rule of tiny_weights.py, in
double precision. What lies between them (chunks and weights of a prompt, noise, noise levels, samplers, guidance, areas,
masks, ControlNets, tiles) is written down here once more, from the papers, from k-diffusion's formulas and from what ComfyUI
is known to do; nothing of the engine is used but the tokenizer's merge list.

    python3 scripts/reference/text_to_image.py [section ...]        (needs torch, diffusers, transformers)

Made with Python 3.11, torch 2.15, diffusers 0.42, transformers 5.24.
"""
import json
import math
import pathlib
import sys

import torch

import diffusion_networks as networks
from diffusion_networks import FAMILIES, Label, make_adapter, make_controlnet, make_unet, make_vae
from text_encoders import END, START, encode, make_model, openclip_layout, sinusoids, tokens, transformers_layout
from text_encoders import load as load_encoder
from tiny_weights import tiny_tensor

TARGET = pathlib.Path(__file__).resolve().parents[2] / "engine" / "models" / "testdata" / "text-to-image.json"
SAMPLES = 60
latents, pixels, used_tokens = {}, {}, {START, END, 0}

# Shallower than the published ones, whose depth diffusion_networks.py covers.
FAMILIES["sdxl-shallow"] = {**FAMILIES["sdxl"], "depth": (1, 1, 2)}
FAMILIES["sdxl-refiner-shallow"] = {**FAMILIES["sdxl-refiner"], "depth": (1, 1, 1, 1)}
FAMILIES["sd1-edit"] = {**FAMILIES["sd1"], "inputs": 8}


# ---------------------------------------------------------------- pictures both sides make


def picture(width, height, shift=0):
    """Bytes from whole numbers alone: [height, width, 3]."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    planes = [(5 * x + 3 * y + 60 * c + 17 * ((x >> 3) ^ (y >> 3)) + shift) % 256 for c in range(3)]
    return torch.stack(planes, -1).double() / 255


def mask_of(width, height):
    """Grey from whole numbers: [1, height, width]."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (((4 * x + 2 * y) % 320).clamp(max=255).double() / 255)[None]


# ---------------------------------------------------------------- noise levels


class Levels:
    """The noise levels of the Stable Diffusion family, in single precision as models keep them."""

    def __init__(self, prediction="eps"):
        self.prediction = prediction
        bars = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2, 0)
        self.sigmas = ((1 - bars) / bars).sqrt().float()
        self.logs = self.sigmas.log()

    def timestep(self, sigma):
        return int((torch.tensor(sigma).float().log() - self.logs).abs().argmin())

    def sigma(self, timestep):
        t = torch.as_tensor(timestep).float().clamp(0, 999)
        low, share = int(t.floor()), t.frac()
        return float(((1 - share) * self.logs[low] + share * self.logs[int(t.ceil())]).exp())

    def at_percent(self, percent):
        if percent <= 0:
            return math.inf
        return 0.0 if percent >= 1 else self.sigma((1 - percent) * 999)

    def schedule(self, name, steps):
        low, high = float(self.sigmas[0]), float(self.sigmas[-1])
        if name == "normal":
            return [self.sigma(t) for t in torch.linspace(999, 0, steps)] + [0.0]
        if name == "sgm_uniform":
            return [self.sigma(t) for t in torch.linspace(999, 0, steps + 1)[:-1]] + [0.0]
        if name == "simple":
            return [float(self.sigmas[-(1 + int(i * 1000 / steps))]) for i in range(steps)] + [0.0]
        if name == "karras":
            ramp = torch.linspace(0, 1, steps)
            return ((high ** (1 / 7) + ramp * (low ** (1 / 7) - high ** (1 / 7))) ** 7).tolist() + [0.0]
        raise ValueError(name)

    def run(self, name, steps, denoise=1.0, drops_penultimate=False):
        def levels(count):
            if not drops_penultimate:
                return self.schedule(name, count)
            longer = self.schedule(name, count + 1)
            return longer[:-2] + longer[-1:]

        return levels(steps) if denoise > 0.9999 else levels(int(steps / denoise))[-(steps + 1) :]


# ---------------------------------------------------------------- samplers, for functions of latent and level


def euler(denoise, x, sigmas, noise):
    for s, t in zip(sigmas, sigmas[1:]):
        x = x + (x - denoise(x, s)) / s * (t - s)
    return x


def euler_ancestral(denoise, x, sigmas, noise):
    for s, t in zip(sigmas, sigmas[1:]):
        up = min(t, math.sqrt(t * t * (s * s - t * t) / (s * s)))
        down = math.sqrt(t * t - up * up)
        x = x + (x - denoise(x, s)) / s * (down - s)
        if t > 0:
            x = x + noise() * up
    return x


def dpmpp_2m(denoise, x, sigmas, noise):
    old, before = None, None
    for s, t in zip(sigmas, sigmas[1:]):
        d = denoise(x, s)
        if t == 0:
            return d
        h = math.log(s / t)
        mixed = d
        if old is not None:
            r = math.log(before / s) / h
            mixed = (1 + 1 / (2 * r)) * d - 1 / (2 * r) * old
        x = t / s * x - math.expm1(-h) * mixed
        old, before = d, s
    return x


def dpmpp_2m_sde(denoise, x, sigmas, noise):
    """Without its noise (eta 0 in the sampler's options)."""
    old, before = None, None
    for s, t in zip(sigmas, sigmas[1:]):
        d = denoise(x, s)
        if t == 0:
            return d
        h = math.log(s / t)
        x, new = math.exp(-h) * x - math.expm1(-h) * d, d
        if old is not None:
            x = x + 0.5 * -math.expm1(-h) * (h / before) * (d - old)
        old, before = new, h
    return x


def uni_pc(denoise, x, sigmas, noise):
    """diffusers' scheduler, which works on the latent of constant variance."""
    from diffusers import UniPCMultistepScheduler

    scheduler = UniPCMultistepScheduler(solver_order=min(3, len(sigmas) - 2), solver_type="bh1")
    scheduler.set_timesteps(len(sigmas) - 1)
    levels = torch.tensor([*sigmas[:-1], 0.001], dtype=torch.float64)
    scheduler.sigmas = levels
    scheduler.set_begin_index(0)
    z = x / math.sqrt(1 + sigmas[0] ** 2)
    for i, s in enumerate(levels[:-1].tolist()):
        full = z * math.sqrt(1 + s * s)
        z = scheduler.step((full - denoise(full, s)) / s, scheduler.timesteps[i], z).prev_sample
    return z * math.sqrt(1 + 0.001**2)


SAMPLERS = {"euler": euler, "ddim": euler, "euler_ancestral": euler_ancestral, "dpmpp_2m": dpmpp_2m, "dpmpp_2m_sde": dpmpp_2m_sde, "uni_pc": uni_pc}


# ---------------------------------------------------------------- a model and its texts


class Model:
    """A UNet with its levels, its latents' scale and what it is told beside the text."""

    def __init__(self, family, prediction="eps", scale=0.18215):
        self.unet = make_unet(family)
        self.levels = Levels(prediction)
        self.scale = scale
        self.inputs = FAMILIES[family].get("inputs", 4)
        self.label = {2816: self.base_label, 2560: self.refiner_label}.get(FAMILIES[family].get("label"))
        if self.label:
            self.unet.add_embedding = Label(self.unet.add_embedding)

    def base_label(self, entry, role, height, width):
        size = entry.get("size", {})
        h, w = size.get("height", height), size.get("width", width)
        numbers = [h, w, size.get("crop_h", 0), size.get("crop_w", 0), size.get("target_height", h), size.get("target_width", w)]
        return torch.cat([entry["pooled"], *[sinusoids(n).double() for n in numbers]])

    def refiner_label(self, entry, role, height, width):
        size = entry.get("size", {})
        score = entry.get("score", 2.5 if role == "negative" else 6)
        numbers = [size.get("height", height), size.get("width", width), 0, 0, score]
        return torch.cat([entry["pooled"], *[sinusoids(n).double() for n in numbers]])

    @torch.no_grad()
    def predict(self, x, sigma, entry, role, whole, extra):
        """The noiseless latent for one conditioning in its area."""
        area = entry["area"]
        x = cut(x, area)
        batch = x.shape[0]
        timestep = self.levels.timestep(sigma)
        seen = x / math.sqrt(1 + sigma**2)
        context = entry["context"].expand(batch, -1, -1)
        more = {}
        if self.label:
            self.unet.add_embedding.y = self.label(entry, role, 8 * whole[0], 8 * whole[1]).expand(batch, -1)
            more["added_cond_kwargs"] = {"text_embeds": torch.zeros(batch, 8).double(), "time_ids": torch.zeros(batch, 6).double()}
        for control in entry.get("controls", []):
            if not self.levels.at_percent(control["end"]) <= sigma <= self.levels.at_percent(control["start"]):
                continue
            height, width = (8 * side for side in x.shape[2:])
            hint = scale_center(control["hint"].movedim(-1, 1), height, width, "nearest-exact").expand(batch, -1, -1, -1)
            if control.get("adapter"):
                if control.get("grey"):
                    hint = hint.mean(1, keepdim=True)
                features = control["adapter"](hint)
                more["down_intrablock_additional_residuals"] = [control["strength"] * f for f in features]
            else:
                down, middle = control["net"](seen, timestep, context, hint, return_dict=False)
                more["down_block_additional_residuals"] = [control["strength"] * d for d in down]
                more["mid_block_additional_residual"] = control["strength"] * middle
        if extra is not None:
            seen = torch.cat([seen, cut(extra, area)], 1)
        out = self.unet(seen, timestep, context, return_dict=False, **more)[0]
        if self.levels.prediction == "v":
            return x / (sigma**2 + 1) - out * sigma / math.sqrt(sigma**2 + 1)
        return x - sigma * out


def cut(x, area):
    height, width, top, left = area
    return x[:, :, top : top + height, left : left + width]


def scale_center(x, height, width, mode):
    """Resized, after the margins that do not belong to the new proportions are cut off."""
    old_height, old_width = x.shape[2:]
    old, new = old_width / old_height, width / height
    left = round((old_width - old_width * (new / old)) / 2) if old > new else 0
    top = round((old_height - old_height * (old / new)) / 2) if old < new else 0
    x = x[:, :, top : old_height - top, left : old_width - left]
    options = {"align_corners": False} if mode == "bilinear" else {}
    return torch.nn.functional.interpolate(x, size=(height, width), mode=mode, **options)


def text(parts):
    """Notes the tokens, so that the test's files hold their vectors."""
    for value, _ in parts:
        used_tokens.update(tokens(value))
    return parts


def plain(value):
    return text([(value, 1.0)])


class Sd1Text:
    def __init__(self):
        self.model = load_encoder(make_model(768, 3, 768, "quick_gelu", hidden=256), transformers_layout("cond_stage_model.transformer."))

    def __call__(self, parts, skip=1):
        z, _ = encode(self.model, parts, END, **({} if skip == 1 else {"layer": 4 - skip}))
        return [{"context": z}]


class Sd2Text:
    def __init__(self):
        self.model = load_encoder(make_model(1024, 3, 1024, "gelu", hidden=256), openclip_layout("cond_stage_model.model."))

    def __call__(self, parts):
        return [{"context": encode(self.model, parts, 0, 2, True)[0]}]


class SdxlText:
    def __init__(self):
        self.first = load_encoder(make_model(768, 3, 768, "quick_gelu", hidden=256), transformers_layout("conditioner.embedders.0.transformer."))
        self.second = load_encoder(make_model(1280, 3, 1280, "gelu", hidden=256), openclip_layout("conditioner.embedders.1.model."))

    def __call__(self, parts, parts_g=None, **more):
        z, _ = encode(self.first, parts, END, 2, False)
        z_g, pooled = encode(self.second, parts_g or parts, 0, 2, False)
        return [{"context": torch.cat([z, z_g], -1), "pooled": pooled, **more}]


class RefinerText:
    def __init__(self):
        self.model = load_encoder(make_model(1280, 3, 1280, "gelu", hidden=256), openclip_layout("conditioner.embedders.0.model."))

    def __call__(self, parts, **more):
        z, pooled = encode(self.model, parts, 0, 2, False)
        return [{"context": z, "pooled": pooled, **more}]


# ---------------------------------------------------------------- guidance


def resolve(entries, shape):
    """Areas in latent positions, masks at the latent's size."""
    height, width = shape[2:]
    resolved = []
    for entry in entries:
        entry = dict(entry)
        if "mask" in entry:
            mask = entry["mask"][:, None]
            entry["mask"] = torch.nn.functional.interpolate(mask, size=(height, width), mode="bilinear")[:, 0]
            if entry.get("to_bounds"):
                lit = torch.nonzero(entry["mask"].abs().amax(0))
                (top, left), (bottom, right) = lit.amin(0).tolist(), lit.amax(0).tolist()
                # Never smaller than eight positions.
                entry["set_area"] = (max(8, bottom - top + 1), max(8, right - left + 1), top, left)
        resolved.append(entry)
    return resolved


def balance(conditionings):
    """What counts in an area is held against the same area of every other conditioning."""
    inside = lambda a, b: a[2] >= b[2] and a[3] >= b[3] and a[0] + a[2] <= b[0] + b[2] and a[1] + a[3] <= b[1] + b[3]
    for name, entries in conditionings.items():
        for entry in list(entries):
            if "set_area" not in entry:
                continue
            for other, candidates in conditionings.items():
                if other == name:
                    continue
                around = [c for c in candidates if "set_area" in c and inside(entry["set_area"], c["set_area"])]
                free = [c for c in candidates if "set_area" not in c]
                chosen = min(around, key=lambda c: c["set_area"][0] * c["set_area"][1]) if around else (free or [None])[0]
                if chosen and chosen.get("set_area") != entry["set_area"]:
                    said = {key: chosen[key] for key in ("context", "pooled", "size", "score") if key in chosen}
                    candidates.append({**entry, **said})
    return conditionings


def spread_controls(conditionings):
    """A ControlNet of the old node counts for the negative text too, where that has none of its own."""
    shared = [e["controls"] for e in conditionings["positive"] if e.get("for_all") and "set_area" not in e]
    for entries in (conditionings["negative"],) if shared else ():
        if not any(e.get("controls") for e in entries if "set_area" not in e):
            for index, controls in enumerate(shared):
                free = [e for e in entries if "set_area" not in e]
                free[index % len(free)]["controls"] = controls


def weights_of(entry, x, area):
    height, width, top, left = area
    weight = torch.full((x.shape[0], 1, height, width), float(entry.get("strength", 1.0)), dtype=torch.float64)
    if "mask" in entry:
        return weight * entry["mask"][:, None, top : top + height, left : left + width] * entry.get("mask_strength", 1.0)
    if "set_area" in entry:
        for axis, length, start, whole in ((2, height, top, x.shape[2]), (3, width, left, x.shape[3])):
            fade = min(8, length // 4)
            for t in range(fade):
                if start != 0:
                    weight.select(axis, t).mul_((t + 1) / fade)
                if start + length < whole:
                    weight.select(axis, length - 1 - t).mul_((t + 1) / fade)
    return weight


def predicted(model, x, sigma, entries, role, extra):
    total, weights = torch.zeros_like(x), torch.full_like(x, 1e-37)
    for entry in entries:
        if not model.levels.at_percent(entry.get("end", 1.0)) <= sigma <= model.levels.at_percent(entry.get("start", 0.0)):
            continue
        height, width, top, left = entry.get("set_area", (*x.shape[2:], 0, 0))
        area = (min(height, x.shape[2] - top), min(width, x.shape[3] - left), top, left)
        weight = weights_of(entry, x, area)
        cut(total, area).add_(model.predict(x, sigma, {**entry, "area": area}, role, x.shape[2:], extra) * weight)
        cut(weights, area).add_(weight)
    return total / weights


# ---------------------------------------------------------------- a run


def k_sampler(model, positive, negative, latent, seed, steps=8, cfg=5.0, sampler="euler", scheduler="normal", denoise=1.0, mask=None, steps_from=None, add_noise=True, extra=None):
    """@param latent: as a VAE encodes it. @param mask: [n, h, w], any size. @param steps_from: only from this step on."""
    sigmas = model.levels.run(scheduler, steps, denoise, sampler == "uni_pc")
    if steps_from is not None:
        sigmas = sigmas[steps_from:]
    noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(seed)).double()
    if not add_noise:
        noise = torch.zeros_like(noise)
    start = latent * model.scale
    conditionings = balance({"positive": resolve(positive, latent.shape), "negative": resolve(negative, latent.shape)})
    spread_controls(conditionings)

    def denoised(x, sigma):
        if mask is not None:
            x = x * kept + (start + sigma * kept_noise) * (1 - kept)
        toward = predicted(model, x, sigma, conditionings["positive"], "positive", extra)
        away = predicted(model, x, sigma, conditionings["negative"], "negative", extra)
        out = away + (toward - away) * cfg
        return out if mask is None else out * kept + start * (1 - kept)

    if mask is not None:
        kept = torch.nn.functional.interpolate(mask[:, None], size=latent.shape[2:], mode="bilinear")
        fresh = torch.randn(latent.shape, generator=torch.Generator().manual_seed(seed + 1)).double()
        kept_noise = fresh if sampler == "ddim" else noise
    on_the_way = torch.Generator().manual_seed(seed + 1)
    # From pure noise the data's own variance counts too.
    spread = math.sqrt(1 + sigmas[0] ** 2) if sigmas[0] > float(model.levels.sigmas[-1]) * (1 - 1e-5) else sigmas[0]
    result = SAMPLERS[sampler](denoised, noise * spread + start, sigmas, lambda: torch.randn(latent.shape, generator=on_the_way).double())
    return result / model.scale


def empty(width=64, height=96, batch=1):
    return torch.zeros(batch, 4, height // 8, width // 8, dtype=torch.float64)


# ---------------------------------------------------------------- pictures and latents


vae = make_vae()


@torch.no_grad()
def decode(latent):
    return ((vae.decode(latent, return_dict=False)[0] + 1) / 2).clamp(0, 1).movedim(1, -1)


@torch.no_grad()
def encode_planes(planes):
    return vae.encode(planes, return_dict=False)[0].mean


def to_grid(image):
    """The middle in whole latent positions."""
    height, width = image.shape[0] // 8 * 8, image.shape[1] // 8 * 8
    top, left = image.shape[0] % 8 // 2, image.shape[1] % 8 // 2
    return image[top : top + height, left : left + width]


def encode_image(image):
    return encode_planes(to_grid(image).movedim(-1, 0)[None] * 2 - 1)


def tiled(x, network, tile, overlap, factor):
    """Tiles of one shape, faded by `overlap` at every edge and averaged by their weights. Units are those of `x`."""
    shape = [round(side * factor) for side in x.shape[2:]]
    if all(side <= size for side, size in zip(x.shape[2:], tile)):
        return network(x)
    total = weight = None
    places = [range(0, side - overlap, size - overlap) if side > size else [0] for side, size in zip(x.shape[2:], tile)]
    for top in places[0]:
        for left in places[1]:
            top_, left_ = min(top, x.shape[2] - overlap), min(left, x.shape[3] - overlap)
            out = network(x[:, :, top_ : top_ + tile[0], left_ : left_ + tile[1]])
            height, width = out.shape[2:]
            ramp = lambda length: torch.tensor([fade(at, length) * fade(length - 1 - at, length) for at in range(length)], dtype=torch.float64)
            border = round(overlap * factor)
            fade = lambda at, length: 1.0 if border >= length else min(1.0, (at + 1) / border)
            mask = ramp(height)[:, None] * ramp(width)[None]
            if total is None:
                total, weight = torch.zeros(1, out.shape[1], *shape, dtype=torch.float64), torch.zeros(*shape, dtype=torch.float64)
            row, column = round(top_ * factor), round(left_ * factor)
            total[:, :, row : row + height, column : column + width] += out * mask
            weight[row : row + height, column : column + width] += mask
    return total / weight


def three_tilings(x, network, tile, overlap, factor):
    shapes = [(tile, tile), (tile // 2, tile * 2), (tile * 2, tile // 2)]
    return sum(tiled(x, network, shape, overlap, factor) for shape in shapes) / 3


# ---------------------------------------------------------------- what is stored


def summary(values, places):
    flat = values.detach().double().flatten()
    return {
        "shape": list(values.shape),
        "mean": flat.mean().item(),
        "std": flat.std(unbiased=False).item(),
        "values": [flat[(k * 7919) % flat.numel()].item() for k in range(places)],
    }


def record(name, latent=None, image=None):
    if latent is not None:
        latents[name] = summary(latent, SAMPLES)
        image = decode(latent) if image is None else image
    # As a PNG keeps it; the first of the batch.
    pixels[name] = summary((image[0] * 255).floor(), SAMPLES)
    share = ((image == 0) | (image == 1)).double().mean().item()
    print(f"{name}: latent {latents.get(name, {}).get('std', 0):.3f}, pixels {pixels[name]['mean']:.1f} +- {pixels[name]['std']:.1f}, cut {share:.2f}", flush=True)


# ---------------------------------------------------------------- cases


CAT, DOG, BAD = plain("a photo of a cat"), plain("two dogs, oil painting"), plain("text, watermark")
RED = text([("a photo of a ", 1.0), ("red", 1.4), (" cat", 1.0)])


def sd1():
    model, say = Model("sd1"), Sd1Text()
    cat, dog, bad = say(CAT), say(DOG), say(BAD)
    photo = picture(100, 68)

    record("sd1 euler", first := k_sampler(model, cat, bad, empty(), 156680208700286))
    record("sd1 dpmpp_2m karras, two of a batch, a weight", k_sampler(model, say(RED), bad, empty(batch=2), 7, sampler="dpmpp_2m", scheduler="karras"))
    record("sd1 euler_ancestral", k_sampler(model, cat, bad, empty(), 8, sampler="euler_ancestral", scheduler="simple"))
    record("sd1 dpmpp_2m_sde without noise", k_sampler(model, cat, bad, empty(), 9, sampler="dpmpp_2m_sde", scheduler="sgm_uniform"))
    record("sd1 uni_pc", k_sampler(model, cat, bad, empty(), 10, sampler="uni_pc"))
    record("sd1 clip skip 2", k_sampler(model, say(CAT, 2), say(BAD, 2), empty(), 11))

    encoded = encode_image(photo)
    record("sd1 encoded", encoded)
    record("sd1 image to image", k_sampler(model, cat, bad, encoded, 12, denoise=0.6, sampler="dpmpp_2m", scheduler="karras"))
    mask = mask_of(96, 64)
    record("sd1 mask, euler", k_sampler(model, cat, bad, encoded, 13, mask=mask))
    record("sd1 mask, ddim", k_sampler(model, cat, bad, encoded, 14, mask=mask, sampler="ddim", denoise=0.8))
    emptied, grown = inpaint_latent(photo, mask_of(100, 68))
    record("sd1 emptied mask", k_sampler(model, cat, bad, emptied, 15, mask=grown))
    larger = torch.nn.functional.interpolate(first, size=(18, 12), mode="bilinear", align_corners=False)
    record("sd1 hires fix", large := k_sampler(model, cat, bad, larger, 16, denoise=0.6))

    record("sd1 tiled decoding", image=((three_tilings(large, decode_raw, 8, 2, 8) + 1) / 2).clamp(0, 1).movedim(1, -1))
    wide = picture(208, 144).movedim(-1, 0)[None] * 2 - 1
    record("sd1 tiled encoding", three_tilings(wide, encode_planes, 128, 32, 1 / 8))

    # In pixels, and in shares of the picture, which are rounded: 4.5 to 4, 5.5 to 6.
    part = {**cat[0], "set_area": (8, 8, 2, 1), "strength": 0.8}
    share = {**say(RED)[0], "set_area": (round(0.5 * 14), round(0.45 * 10), round(0.5 * 14), round(0.55 * 10)), "strength": 1.2}
    record("sd1 areas", k_sampler(model, [part, share] + dog, bad, empty(80, 112), 17))
    masked = [{**cat[0], "mask": mask_of(64, 96), "mask_strength": 0.7}]
    record("sd1 mask of a text", k_sampler(model, masked + dog, bad, empty(), 18))
    corner = torch.zeros(1, 96, 80).double()
    corner[:, 40:80, 24:40] = 1
    bounded = [{**cat[0], "mask": corner, "to_bounds": True}]
    record("sd1 mask bounds", k_sampler(model, bounded + dog, bad, empty(80, 96), 19))
    early, late = {**cat[0], "start": 0.0, "end": 0.4}, {**dog[0], "start": 0.4, "end": 1.0}
    record("sd1 two texts in time", k_sampler(model, [early, late], bad, empty(), 20))

    net = make_controlnet("sd1")
    hint = picture(120, 100, 90)[None]
    control = {"net": net, "hint": hint, "strength": 0.9, "start": 0.1, "end": 0.6}
    with_control = lambda entries, **more: [{**e, "controls": [{**control, **more}]} for e in entries]
    record("sd1 ControlNet", k_sampler(model, with_control(cat), with_control(bad), empty(), 21))
    old = [{**e, "for_all": True} for e in with_control(cat, start=0, end=1, strength=0.7)]
    record("sd1 ControlNet, the old node", k_sampler(model, old, bad, empty(), 22))
    adapter = {"adapter": make_adapter("sd1")}
    record("sd1 T2I-Adapter", k_sampler(model, with_control(cat, **adapter), with_control(bad, **adapter), empty(), 23))

    lines = {"adapter": make_adapter("sd1", 1), "grey": True}
    record("sd1 T2I-Adapter of one channel", k_sampler(model, with_control(cat, **lines), with_control(bad, **lines), empty(), 25))

    add_loras(model.unet, say.model)
    record("sd1 two LoRAs", k_sampler(model, say(CAT), say(BAD), empty(), 24))


@torch.no_grad()
def decode_raw(latent):
    return vae.decode(latent, return_dict=False)[0]


@torch.no_grad()
def add_loras(unet, encoder):
    def rule(name, *shape):
        return tiny_tensor(name, shape).double()

    def change(owner, module, strength, up, down, alpha=None):
        rank = up.shape[1]
        dict(owner.named_modules())[module].weight += strength * (alpha / rank if alpha else 1.0) * (up @ down)

    for owner, module, name, strength in (
        (unet, "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q", 0.8),
        (unet, "mid_block.attentions.0.transformer_blocks.0.attn2.to_v", "lora_unet_middle_block_1_transformer_blocks_0_attn2_to_v", 0.8),
        (encoder, "text_model.encoder.layers.0.self_attn.q_proj", "lora_te_text_model_encoder_layers_0_self_attn_q_proj", 0.6),
        (encoder, "text_model.encoder.layers.1.mlp.fc1", "lora_te_text_model_encoder_layers_1_mlp_fc1", 0.6),
    ):
        outputs, inputs = dict(owner.named_modules())[module].weight.shape
        change(owner, module, strength, rule(f"{name}.lora_up.weight", outputs, 4), rule(f"{name}.lora_down.weight", 4, inputs), 3.0)
    for owner, module, prefix in (
        (unet, "up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_k", "unet."),
        (encoder, "text_model.encoder.layers.1.self_attn.v_proj", "text_encoder."),
    ):
        outputs, inputs = dict(owner.named_modules())[module].weight.shape
        name = prefix + module
        change(owner, module, -0.5, rule(f"{name}.lora_B.weight", outputs, 2), rule(f"{name}.lora_A.weight", 2, inputs))


def inpaint_latent(photo, mask, grow=6):
    """VAEEncodeForInpaint: the masked part is grey, the mask grows by some pixels."""
    image, mask = to_grid(photo), to_grid(mask[0])
    shown = (image - 0.5) * (1 - mask.round())[..., None] + 0.5
    spread = torch.nn.functional.conv2d(mask.round()[None, None], torch.ones(1, 1, grow, grow).double(), padding=math.ceil((grow - 1) / 2))
    grown = spread.clamp(0, 1)[0, :, : mask.shape[0], : mask.shape[1]].round()
    return encode_image(shown), grown


def sd1_inpaint():
    model, say = Model("sd1-inpaint"), Sd1Text()
    cat, bad = say(CAT), say(BAD)
    photo, mask = picture(100, 68), mask_of(100, 68)
    image, fitted = to_grid(photo), to_grid(mask[0])
    shown = encode_image((image - 0.5) * (1 - fitted.round())[..., None] + 0.5) * model.scale
    small = torch.nn.functional.interpolate(fitted[None, None], size=shown.shape[2:], mode="bilinear").round()
    record("inpaint conditioning", k_sampler(model, cat, bad, encode_image(photo), 30, mask=fitted[None], extra=torch.cat([small, shown], 1)))

    latent, grown = inpaint_latent(photo, mask)
    rounded = torch.nn.functional.interpolate(grown[None], size=latent.shape[2:], mode="bilinear").round()
    record("inpaint emptied latent", k_sampler(model, cat, bad, latent, 31, mask=grown, extra=torch.cat([rounded, latent * model.scale], 1)))

    grey = torch.tensor([0.8223, -0.6876, 0.6364, 0.1380]).double()[None, :, None, None].expand(1, 4, 12, 8)
    record("inpaint from text alone", k_sampler(model, cat, bad, empty(), 32, extra=torch.cat([torch.ones(1, 1, 12, 8), grey], 1)))


def sd1_edit():
    model, say = Model("sd1-edit"), Sd1Text()
    # What the network was trained to see: the latent as the VAE gives it, nothing where there is no picture.
    record("edit from text alone", k_sampler(model, say(CAT), say(BAD), empty(), 33, extra=torch.zeros(1, 4, 12, 8).double()))
    encoded = encode_image(picture(64, 96))
    record("edit a picture", k_sampler(model, say(CAT), say(BAD), empty(), 34, extra=encoded))


def sd2():
    model, say = Model("sd2", "v"), Sd2Text()
    with torch.no_grad():
        # How files of the 768-pixel models are told from the others.
        model.unet.up_blocks[3].attentions[2].transformer_blocks[0].norm1.bias.mul_(2)
    record("sd2 v-prediction", k_sampler(model, say(RED), say(BAD), empty(), 40))
    record("sd2 v-prediction, dpmpp_2m karras", k_sampler(model, say(CAT), say(BAD), empty(), 41, sampler="dpmpp_2m", scheduler="karras"))


def sdxl():
    model, say = Model("sdxl-shallow", scale=0.13025), SdxlText()
    record("sdxl dpmpp_2m karras", k_sampler(model, say(RED), say(BAD), empty(), 50, sampler="dpmpp_2m", scheduler="karras"))
    size = {"width": 768, "height": 1152, "crop_w": 16, "crop_h": 8, "target_width": 640, "target_height": 960}
    record("sdxl two texts and sizes", k_sampler(model, say(CAT, DOG, size=size), say(BAD), empty(), 51))


def refiner():
    model, say = Model("sdxl-refiner-shallow", scale=0.13025), RefinerText()
    positive = say(CAT, size={"width": 768, "height": 1152}, score=7.5)
    record("refiner", k_sampler(model, positive, say(BAD), encode_image(picture(64, 96)), 60, steps=14, steps_from=6))


def upscaler():
    """Real-ESRGAN's compact network, twofold. Beyond its edges the picture goes on as its mirror image."""
    border = 16
    x = torch.nn.functional.pad(picture(64, 96).movedim(-1, 0)[None], (border,) * 4, mode="reflect")

    def conv(x, name, outputs):
        rule = lambda part, *shape: tiny_tensor(f"params.body.{name}.{part}", shape).double()
        return torch.nn.functional.conv2d(x, rule("weight", outputs, x.shape[1], 3, 3), rule("bias", outputs), padding=1)

    hidden = x
    for place in range(0, 6, 2):
        hidden = torch.nn.functional.prelu(conv(hidden, place, 8), tiny_tensor(f"params.body.{place + 1}.weight", (8,)).double())
    hidden = torch.nn.functional.pixel_shuffle(conv(hidden, 6, 12), 2)
    larger = hidden + torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")
    inner = larger[:, :, 2 * border : -2 * border, 2 * border : -2 * border]
    record("upscaled", image=inner.clamp(0, 1).movedim(1, -1))


SECTIONS = {section.__name__: section for section in (sd1, sd1_inpaint, sd1_edit, sd2, sdxl, refiner, upscaler)}

if __name__ == "__main__":
    import diffusers
    import transformers

    made_by = f"scripts/reference/text_to_image.py, torch {torch.__version__}, diffusers {diffusers.__version__}, transformers {transformers.__version__}"
    # With names of sections only those are made anew.
    if sys.argv[1:] and TARGET.exists():
        before = json.loads(TARGET.read_text())
        latents.update(before["latents"])
        pixels.update(before["pixels"])
        used_tokens.update(before["tokens"])
    torch.set_grad_enabled(False)
    # Networks this small lose more to waiting than they gain.
    torch.set_num_threads(1)
    for section in sys.argv[1:] or SECTIONS:
        SECTIONS[section]()
        notes = {"made_by": made_by, "tokens": sorted(used_tokens), "latents": latents, "pixels": pixels}
        TARGET.write_text(json.dumps(notes, indent=1) + "\n")
