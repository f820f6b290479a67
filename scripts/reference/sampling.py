"""
Makes engine/sampling/testdata/*.json: expected values of noise, schedules, samplers, guidance and latent operations, from
PyTorch and packages that know nothing of the engine.

Run:  python3 scripts/reference/sampling.py engine/sampling/testdata
Made with Python 3.11, torch 2.15.0 (AVX2), NumPy 2.4, SciPy 1.17, k-diffusion 0.1.1.post1 (MIT), torchsde 0.2.6
(Apache-2.0), diffusers 0.42 (Apache-2.0). Install k-diffusion and torchsde with --no-deps, beside torchdiffeq, trampoline
and tqdm; of k-diffusion only `sampling.py` is loaded.

Where no package has a sampler, this file writes it out from its paper in double precision, one expression after another,
without sharing a line with the engine.
"""
import base64
import hashlib
import importlib
import importlib.util
import json
import math
import os
import sys
import types

import numpy as np
import torch

OUT = sys.argv[1]


def load_k_diffusion():
    """k_diffusion/sampling.py without the package's training dependencies; of utils it needs append_dims only."""
    folder = os.path.dirname(importlib.util.find_spec("torchsde").origin) + "/../k_diffusion"
    package = types.ModuleType("k_diffusion")
    package.__path__ = [folder]
    utils = types.ModuleType("k_diffusion.utils")
    utils.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
    package.utils = utils
    sys.modules["k_diffusion"], sys.modules["k_diffusion.utils"] = package, utils
    return importlib.import_module("k_diffusion.sampling")


K = load_k_diffusion()


def floats(values):
    """Single precision values, exactly: base64 of their little-endian bytes."""
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def rounded(values, digits=9):
    return [float(f"{float(v):.{digits}g}") for v in np.asarray(values, dtype=np.float64).reshape(-1)]


def write(name, data):
    path = f"{OUT}/{name}.json"
    with open(path, "w") as file:
        json.dump({"made_by": "scripts/reference/sampling.py", **data}, file, indent=1)
        file.write("\n")


# ------------------------------------------------------------------------------------------------ noise

SEEDS = [0, 42, 2**32 + 5, 2**63, 2**64 - 1]


def noise():
    cases = []
    for seed in SEEDS:
        for size in [1, 5, 15, 16, 17, 31, 33]:
            values = torch.randn(size, generator=torch.Generator().manual_seed(seed))
            cases.append({"seed": str(seed), "size": size, "values": floats(values)})
        latent = torch.randn((1, 4, 64, 64), generator=torch.Generator().manual_seed(seed)).numpy()
        cases.append({"seed": str(seed), "size": latent.size, "sha256": hashlib.sha256(latent.astype("<f4").tobytes()).hexdigest(),
                      "first": floats(latent.reshape(-1)[:4])})
    generator = torch.Generator().manual_seed(7)
    mixed = [3, 16, 4, 1, 20, 2]
    sequence = np.concatenate([torch.randn(n, generator=generator).numpy() for n in mixed])
    doubles = torch.randn(37, generator=torch.Generator().manual_seed(42), dtype=torch.float64)

    sequences = []
    for entropy, key, pool in [(0, (), 24), (42, (), 24), (2**64 - 1, (), 24), (42, (0, 0), 24), (2**32 + 5, (5, 3), 24), (7, (2**40 + 1, 41), 24), (9, (), 4)]:
        state = np.random.SeedSequence(entropy=entropy, spawn_key=key, pool_size=pool).generate_state(4)
        sequences.append({"entropy": str(entropy), "spawn_key": [str(k) for k in key], "pool_size": pool, "state": [int(s) for s in state]})

    import torchsde
    trees = []
    for seed, start, end in [(42, 0.0291675, 14.614642), (2**64 - 1, 0.0291675, 14.614642), (3, 0.0078125, 4518.7573)]:
        t0, t1 = torch.tensor(start), torch.tensor(end)
        tree = torchsde.BrownianTree(t0, torch.zeros(18), t1, entropy=seed)
        queries = [(8.1, 14.614642), (3.0517578125, 8.1), (0.5, 3.0517578125), (0.0291675, 0.5), (0.1, 9.0), (0.31, 0.310001)]
        for a, b in queries:
            a, b = torch.tensor(a), torch.tensor(b)
            trees.append({"seed": str(seed), "range": [float(t0), float(t1)], "from": float(a), "to": float(b), "values": floats(tree(a, b)[[0, 1, 7, 16, 17]])})

    sigmas = torch.tensor([14.614642, 8.1, 3.05, 0.7, 0.0291675, 0.0])
    sampler = K.BrownianTreeNoiseSampler(torch.zeros(16), sigmas[sigmas > 0].min(), sigmas.max(), seed=42)
    steps = [{"from": float(a), "to": float(b), "values": floats(sampler(a, b))} for a, b in zip(sigmas[:-2], sigmas[1:-1])]

    def batch(seed, indices, shape):
        generator = torch.Generator().manual_seed(seed)
        drawn = [torch.randn(shape, generator=generator) for _ in range(max(indices) + 1)]
        return torch.stack([drawn[i] for i in indices])

    batches = [{"seed": "42", "indices": indices, "shape": shape, "values": floats(batch(42, indices, shape))}
               for indices, shape in [([0, 2], [3, 3]), ([3, 1, 1], [4, 2, 2]), ([0], [1, 5, 1])]]
    write("noise", {"torch": torch.__version__, "cases": cases, "mixed": {"sizes": mixed, "seed": "7", "values": floats(sequence)},
                    "doubles": {"seed": "42", "values": doubles.tolist()}, "seed_sequences": sequences,
                    "trees": trees, "brownian_steps": {"seed": "42", "sigmas": floats(sigmas), "steps": steps}, "batches": batches})


if __name__ == "__main__":
    noise()
