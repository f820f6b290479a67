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


# ------------------------------------------------------------------------------------------------ model sampling


def training_sigmas(name="scaled_linear", start=0.00085, end=0.012, steps=1000):
    from diffusers import DDPMScheduler
    scheduler = DDPMScheduler(num_train_timesteps=steps, beta_start=start, beta_end=end, beta_schedule=name)
    bars = torch.cumprod(1 - scheduler.betas.double(), 0)
    return ((1 - bars) / bars).sqrt()


def zero_snr_sigmas():
    from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    bars = torch.cumprod(1 - rescale_zero_terminal_snr(betas), 0)
    bars[-1] = 4.8973451890853435e-08
    return ((1 - bars) / bars).sqrt()


PLACES = [0, 1, 10, 250, 500, 998, 999]


def model_sampling():
    tables = {"scaled_linear": training_sigmas(), "linear": training_sigmas("linear", 0.0001, 0.02),
              "squaredcos_cap_v2": training_sigmas("squaredcos_cap_v2"), "zero_snr": zero_snr_sigmas()}
    logs = tables["scaled_linear"].float().log()

    def sigma(t):
        return float(np.exp(np.interp(t, np.arange(1000), logs.double().numpy())))

    timesteps = [(s, int(np.abs(np.log(s) - logs.double().numpy()).argmin())) for s in [0.001, 0.03, 0.05, 1.0, 7.3, 14.6146, 80.0]]
    sigmas = [(t, sigma(t)) for t in [0, 0.25, 1.5, 333.3, 998.9, 999]]
    percents = [(p, sigma((1 - p) * 999)) for p in [0.001, 0.25, 0.5, 0.75, 0.999]]

    # x0 from each kind of output: noise a known x0, let the perfect network answer, and expect x0 again.
    x0, noise = np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.4, -0.7])
    outputs = []
    for s, data in [(0.5, 1.0), (7.0, 1.0), (2.0, 0.5)]:
        x = x0 + s * noise
        outputs.append({"sigma": s, "sigma_data": data, "x": rounded(x), "x0": rounded(x0), "eps": rounded(noise),
                        # v = cos(phi) eps - sin(phi) x0 for x scaled to the circle, tan(phi) = sigma / sigma_data
                        "v_prediction": rounded((data * noise - s * x0 / data) / math.hypot(s, data)),
                        "edm": rounded((x0 - data**2 / (s**2 + data**2) * x) / (s * data / math.hypot(s, data)))})

    from diffusers import LCMScheduler
    lcm = LCMScheduler(beta_start=0.00085, beta_end=0.012)
    lcm.sigma_data = 0.5
    boundary = []
    for t in [0, 19, 499, 999]:
        skip, out = lcm.get_scalings_for_boundary_condition_discrete(torch.tensor(float(t)))
        boundary.append([t, float(skip), float(out)])
    write("model-sampling", {"places": PLACES, "tables": {name: rounded(table[PLACES]) for name, table in tables.items()},
                             "timesteps": timesteps, "sigmas": sigmas, "percents": percents, "outputs": outputs, "lcm_boundary": boundary})


# ------------------------------------------------------------------------------------------------ schedulers


def schedulers():
    table = training_sigmas().float().double()
    logs = table.log().numpy()
    low, high = float(table[0]), float(table[-1])
    cases = []

    def at(timesteps):
        return np.exp(np.interp(timesteps, np.arange(1000), logs))

    def case(name, steps, values, final_zero=True):
        cases.append({"name": name, "steps": steps, "values": rounded(list(values) + ([0.0] if final_zero else []))})

    from scipy import stats
    for steps in [1, 8, 13, 20]:
        case("normal", steps, at(np.linspace(999, 0, steps)))
        case("sgm_uniform", steps, at(np.linspace(999, 0, steps + 1)[:-1]))
        case("karras", steps, K.get_sigmas_karras(steps, low, high).double(), False)
        case("exponential", steps, K.get_sigmas_exponential(steps, low, high).double(), False)
        case("simple", steps, [table[999 - math.floor(i * 1000 / steps)] for i in range(steps)])
        case("ddim_uniform", steps, table[1::max(1000 // steps, 1)].flip(0))
        case("kl_optimal", steps, [math.tan(math.atan(high) + (math.atan(low) - math.atan(high)) * i / max(steps - 1, 1)) for i in range(steps)])
        places = np.rint(stats.beta.ppf(1 - np.linspace(0, 1, steps, endpoint=False), 0.6, 0.6) * 999).astype(int)
        case("beta", steps, [float(table[p]) for i, p in enumerate(places) if i == 0 or p != places[i - 1]])
    many = np.rint(stats.beta.ppf(1 - np.linspace(0, 1, 700, endpoint=False), 0.6, 0.6) * 999).astype(int)
    for steps in [2, 8, 13, 20]:
        # Mochi 1's rule as published, with its own names for the coefficients.
        n_lin, thr = steps // 2, 0.025
        diff = n_lin - thr * steps
        quad = steps - n_lin
        q = diff / (n_lin * quad**2)
        lin = thr / n_lin - 2 * diff / quad**2
        values = [i * thr / n_lin for i in range(n_lin)] + [q * i**2 + lin * i + q * n_lin**2 for i in range(n_lin, steps)]
        case("linear_quadratic", steps, [(1 - v) * high for v in values])
    case("linear_quadratic", 1, [high])
    quantiles = [(p, a, b, float(stats.beta.ppf(p, a, b))) for a, b in [(0.6, 0.6), (0.5, 2), (2, 5), (1, 1), (0.1, 0.2)] for p in [1e-6, 0.01, 0.3, 0.5, 0.9, 0.9999]]
    others = {"polyexponential": rounded(K.get_sigmas_polyexponential(8, low, high, 2.0)), "vp": rounded(K.get_sigmas_vp(8))}
    write("schedulers", {"cases": cases, "quantiles": quantiles, "beta_700": {"count": int((np.diff(many) != 0).sum() + 2)}, "others": others})


if __name__ == "__main__":
    noise()
    model_sampling()
    schedulers()
