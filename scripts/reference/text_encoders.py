"""
Makes engine/models/text/testdata/text-encoders.json: what transformers' CLIP computes for small text encoders, as
expected values of the engine's own. Nothing of the engine is used here but the merge list of the tokenizer and the rule
for the weights (tiny_weights.py). The rules of prompts (chunks, weights, embeddings) are written down here once more, for
prompts that are already taken apart by hand.

Run:  python3 scripts/reference/text_encoders.py > engine/models/text/testdata/text-encoders.json
Made with Python 3.11, torch 2.15, transformers 5.24.
"""
import json
import math
import sys

import torch
import transformers
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from clip_tokenizer import make_tokenizer
from tiny_weights import tiny_array, tiny_tensor

START, END = 49406, 49407
tokenizer = make_tokenizer()
torch.manual_seed(0)


def make_model(width, layers, projection, activation, hidden=None):
    config = CLIPTextConfig(
        vocab_size=49408 + 16,  # room for embeddings behind the vocabulary
        hidden_size=width,
        intermediate_size=hidden or 4 * width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        projection_dim=projection,
        hidden_act=activation,
        bos_token_id=START,
        eos_token_id=END,
        pad_token_id=END,
        attn_implementation="eager",
    )
    return CLIPTextModelWithProjection(config).eval()


def load(model, name_of):
    """Fills a model by the rule. name_of: transformers' name and shape to a tensor."""
    state = {}
    for name, value in model.state_dict().items():
        shape = list(value.shape)
        if "token_embedding" in name:
            shape[0] = 49408
        tensor = name_of(name, shape)
        if "token_embedding" in name:
            tensor = torch.cat([tensor, torch.zeros(16, shape[1])])
        assert tensor.shape == value.shape, name
        state[name] = tensor
    model.load_state_dict(state)
    return model.double()


def transformers_layout(prefix):
    return lambda name, shape: tiny_tensor(prefix + name, shape)


def openclip_layout(prefix):
    """OpenCLIP's names: query, key and value are one matrix, the projection is transposed."""
    plain = {
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    modules = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj", "self_attn.out_proj": "attn.out_proj"}

    def tensor(name, shape):
        if name == "text_projection.weight":
            return tiny_tensor(prefix + "text_projection", shape[::-1]).T.contiguous()
        if name in plain:
            return tiny_tensor(prefix + plain[name], shape)
        index, rest = name.removeprefix("text_model.encoder.layers.").split(".", 1)
        block = f"{prefix}transformer.resblocks.{index}."
        module, kind = rest.rsplit(".", 1)
        if module in modules:
            return tiny_tensor(f"{block}{modules[module]}.{kind}", shape)
        part = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].index(module)
        fused = tiny_tensor(f"{block}attn.in_proj_{kind}", [3 * shape[0], *shape[1:]])
        return fused[part * shape[0] : (part + 1) * shape[0]]

    return tensor


def tokens(text):
    return tokenizer(text)["input_ids"][1:-1]


def chunks_of(parts, pad):
    """parts: (text or matrix of vectors, weight). Chunks of 77 (token, weight)."""
    chunks, chunk = [], []
    for value, weight in parts:
        group = [(t, weight) for t in (tokens(value) if isinstance(value, str) else value)]
        is_long = len(group) >= 8
        while len(chunk) + len(group) > 75:
            room = 75 - len(chunk) if is_long else 0
            chunks.append(chunk + group[:room])
            chunk, group = [], group[room:]
        chunk = chunk + group
    chunks.append(chunk)
    return [([(START, 1.0)] + c + [(END, 1.0)] + [(pad, 1.0)] * 75)[:77] for c in chunks]


@torch.no_grad()
def run(model, sequences):
    """Hidden states of every depth, the last with the final norm, pooled."""
    ids, table = [], model.text_model.embeddings.token_embedding.weight
    free = 49408
    for sequence in sequences:
        row = []
        for token in sequence:
            if not isinstance(token, int):
                table[free] = token
                token, free = free, free + 1
            row.append(token)
        ids.append(row)
    out = model(input_ids=torch.tensor(ids), output_hidden_states=True)
    return out.hidden_states, out.last_hidden_state, out.text_embeds


def encode(model, parts, pad, layer="last", norm=True, padded_to=0):
    chunks = chunks_of(parts, pad)
    while len(chunks) < padded_to:
        chunks += chunks_of([], pad)
    sequences = [[t for t, _ in chunk] for chunk in chunks] + [[t for t, _ in chunk] for chunk in chunks_of([], pad)]
    hidden, last, pooled = run(model, sequences)
    z = last if layer == "last" else hidden[layer]
    if layer != "last" and norm:
        z = model.text_model.final_layer_norm(z)
    z = z.detach()
    empty = z[-1]
    weights = torch.tensor([[w for _, w in chunk] for chunk in chunks], dtype=torch.float64)[..., None]
    # The same line between two points; where the weight is one nothing is rounded.
    z = torch.where(weights == 1, z[:-1], (z[:-1] - empty) * weights + empty)
    return z.reshape(1, -1, z.shape[-1]), pooled[0]


def sinusoids(value):
    frequencies = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128)
    angles = torch.tensor([value], dtype=torch.float32)[:, None] * frequencies[None]
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)[0]


def summary(tensor):
    values = tensor.detach().double().reshape(-1)
    return {
        "shape": list(tensor.shape),
        "mean": values.mean().item(),
        "std": values.std(unbiased=False).item(),
        # The test looks at the same places.
        "values": [values[(k * 7919) % len(values)].item() for k in range(40)],
    }


def vectors(name, count, width):
    return list(torch.from_numpy(tiny_array(name, (count, width))))


@torch.no_grad()
def add_lora(model, prefix, modules, strength, alpha=2.0, rank=4):
    """weight += strength * alpha / rank * up @ down, which is what a LoRA means (Hu et al. 2021)."""
    named = dict(model.named_modules())
    for module in modules:
        weight = named[module].weight
        name = prefix + module.replace(".", "_")
        down = tiny_tensor(f"{name}.lora_down.weight", (rank, weight.shape[1])).double()
        up = tiny_tensor(f"{name}.lora_up.weight", (weight.shape[0], rank)).double()
        weight += strength * alpha / rank * (up @ down)


def main():
    cases = {}
    l_width, g_width, h_width = 128, 192, 64

    sd1 = load(make_model(l_width, 3, 96, "quick_gelu"), transformers_layout("cond_stage_model.transformer."))
    for depth in range(1, 4):
        cases[f"clip_l depth {depth}"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END, depth, False)[0])
        cases[f"clip_l depth {depth} normed"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END, depth, True)[0])
    cases["clip_l pooled"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END)[1])
    cases["sd1"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END)[0])
    cases["sd1 empty"] = summary(encode(sd1, [], END)[0])
    cases["sd1 clip skip 2"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END, 2, True)[0])
    weighted = [("a ", 1.0), ("red", 1.5), (" cat, ", 1.0), ("sharp", 1.1 * 1.1), (" ", 1.0), ("blurry", 0.0), (" ", 1.0), ("dull", -0.5)]
    cases["sd1 weights"] = summary(encode(sd1, weighted, END)[0])
    long = [("naïve 絵画 and the hero's 3 swords; " * 9, 1.0), ("lace and volumetric light", 1.3), (" ", 1.0), ("castle " * 74, 0.7), ("castle " * 7, 1.2)]
    cases["sd1 three chunks"] = summary(encode(sd1, long, END)[0])
    style = [("a cat in the style of", 1.0), (vectors("emb_params", 2, l_width), 1.2), (", detailed", 1.0)]
    cases["sd1 embedding"] = summary(encode(sd1, style, END)[0])

    touched = ["text_model.encoder.layers.0.self_attn.v_proj", "text_model.encoder.layers.1.mlp.fc1"]
    add_lora(sd1, "lora_te_", touched, 0.5)
    cases["sd1 lora"] = summary(encode(sd1, [("a photo of a cat", 1.0)], END)[0])

    sd2 = load(make_model(h_width, 4, 64, "gelu"), openclip_layout("cond_stage_model.model."))
    cases["sd2"] = summary(encode(sd2, [("a photo of a cat, ", 1.0), ("red", 1.4)], 0, 3, True)[0])

    first = load(make_model(l_width, 3, 128, "quick_gelu"), transformers_layout("conditioner.embedders.0.transformer."))
    second = load(make_model(g_width, 4, 160, "gelu"), openclip_layout("conditioner.embedders.1.model."))

    def sdxl(parts_l, parts_g, skip=2, padded_to=0):
        z_l, _ = encode(first, parts_l, END, 4 - skip, False, padded_to)
        z_g, pooled = encode(second, parts_g, 0, 5 - skip, False, padded_to)
        return torch.cat([z_l, z_g], dim=-1), pooled

    parts = [("a photo of a ", 1.0), ("red", 1.4), (" cat", 1.0)]
    z, pooled = sdxl(parts, parts)
    cases["sdxl"], cases["sdxl pooled"] = summary(z), summary(pooled)
    cases["sdxl clip skip 3"] = summary(sdxl(parts, parts, 3)[0])
    z, pooled = sdxl([("castle " * 80, 1.0)], [("a cat", 1.0)], 2, 2)
    cases["sdxl two texts"], cases["sdxl two texts pooled"] = summary(z), summary(pooled)
    z, pooled = sdxl(
        [("a", 1.0), (vectors("clip_l", 3, l_width), 1.0), (" cat", 1.0)],
        [("a", 1.0), (vectors("clip_g", 3, g_width), 1.0), (" cat", 1.0)],
    )
    cases["sdxl embedding"], cases["sdxl embedding pooled"] = summary(z), summary(pooled)

    add_lora(first, "lora_te1_", touched, -0.7)
    add_lora(second, "lora_te2_", [*touched, "text_model.encoder.layers.3.self_attn.out_proj"], -0.7)
    z, pooled = sdxl(parts, parts)
    cases["sdxl lora"], cases["sdxl lora pooled"] = summary(z), summary(pooled)

    refiner = load(make_model(g_width, 4, 160, "gelu"), openclip_layout("conditioner.embedders.0.model."))
    z, pooled = encode(refiner, [("a photo of a cat", 1.0)], 0, 3, False)
    cases["refiner"], cases["refiner pooled"] = summary(z), summary(pooled)

    pool = tiny_tensor("pooled", (1280,))
    sizes = [768, 1344, 8, 16, 1152, 2016]  # height, width, crop top, crop left, target height, target width
    cases["vector of the base"] = summary(torch.cat([pool, *[sinusoids(v) for v in sizes]]))
    cases["vector of the refiner"] = summary(torch.cat([pool, *[sinusoids(v) for v in [768, 1344, 8, 16, 2.5]]]))

    made_by = f"scripts/reference/text_encoders.py, transformers {transformers.__version__}, torch {torch.__version__}"
    json.dump({"made_by": made_by, "networks": cases}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
