"""
Makes engine/sampling/testdata/*.json: expected values of noise, schedules, samplers, guidance and latent operations, from
PyTorch and packages that know nothing of the engine.

Run:  python3 scripts/reference/sampling.py engine/sampling/testdata [section ...]
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


# Some sections need nothing of it.
K = load_k_diffusion() if importlib.util.find_spec("torchsde") else None


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

SEEDS = [0, 42, 2**32 + 5, 2**63, 2**63 + 12345, 2**64 - 1]


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


# ------------------------------------------------------------------------------------------------ samplers

# The network of these runs: the exact x0 of data that is -1 or 1 (or -0.5 and 0.5), blurred by `spread`.
# D(x, sigma) = (x spread^2 + sigma^2 m tanh(m x / (spread^2 + sigma^2))) / (spread^2 + sigma^2)
LENGTH = 16


def posterior_mean(x, sigma, mode, spread):
    total = spread**2 + sigma**2
    return (x * spread**2 + sigma**2 * mode * torch.tanh(mode * x / total)) / total


class Toy:
    """The guided prediction u + 1.5 (c - u); remembers u for the CFG++ samplers."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x, sigma, **kwargs):
        self.calls += 1
        sigma = float(sigma.reshape(-1)[0]) if torch.is_tensor(sigma) else float(sigma)
        cond = posterior_mean(x, sigma, 1.0, 0.5)
        self.uncond = posterior_mean(x, sigma, 0.5, 0.8)
        return self.uncond + 1.5 * (cond - self.uncond)


def toy_start(sigma):
    index = torch.arange(LENGTH, dtype=torch.float64)
    return (torch.sin(index * 1.7 + 0.3) * sigma).float().double()


def stream(seed=42):
    """Independent noise in single precision, seed + 1."""
    generator = torch.Generator().manual_seed(seed + 1)
    return lambda sigma, sigma_next: torch.randn(LENGTH, generator=generator).double()


def brownian(sigmas, seed=42):
    """k-diffusion's Brownian noise, asked at the run's own single precision levels."""
    levels = sigmas.float()
    sampler = K.BrownianTreeNoiseSampler(torch.zeros(LENGTH), levels[levels > 0].min(), levels.max(), seed=seed)

    def snap(sigma):
        nearest = levels[(levels - float(sigma)).abs().argmin()]
        return nearest if abs(nearest - float(sigma)) < 1e-5 * nearest else torch.tensor(float(sigma)).float()

    return lambda sigma, sigma_next: sampler(snap(sigma), snap(sigma_next)).double()


# ---- written out from the papers, in double precision


def ancestral(s, t, eta):
    up = min(t, eta * math.sqrt(t**2 * (s**2 - t**2) / s**2))
    return math.sqrt(t**2 - up**2), up


def paper_euler_cfg_pp(model, x, sig, noise, eta):
    for s, t in zip(sig[:-1], sig[1:]):
        d = model(x, s)
        down, up = ancestral(s, t, eta) if eta else (t, 0)
        x = d + down * (x - model.uncond) / s
        if up:
            x = x + up * noise(s, t)
    return x


def paper_dpmpp_2m_cfg_pp(model, x, sig):
    old = None
    for i, (s, t) in enumerate(zip(sig[:-1], sig[1:])):
        d = model(x, s)
        u = model.uncond
        decay = t / s
        new = d + decay * (x - u)
        if old is not None and t > 0:
            r = math.log(sig[i - 1] / s) / math.log(s / t)
            new = new + (1 - decay) / (2 * r) * (d - old)
        x, old = new, u
    return x


def paper_heunpp(model, x, sig):
    n = len(sig) - 1
    f = lambda x, s: (x - model(x, s)) / s
    for i in range(n):
        s, t = sig[i], sig[i + 1]
        k1 = f(x, s)
        if i == n - 1:
            x = x + (t - s) * k1
            continue
        x1 = x + (t - s) * k1
        k2 = f(x1, t)
        if i == n - 2:
            w = t / (2 * sig[0])
            x = x + (t - s) * ((1 - w) * k1 + w * k2)
            continue
        q = sig[i + 2]
        k3 = f(x1 + (q - t) * k2, q)
        w2, w3 = t / (3 * sig[0]), q / (3 * sig[0])
        x = x + (t - s) * ((1 - w2 - w3) * k1 + w2 * k2 + w3 * k3)
    return x


def paper_ipndm(model, x, sig):
    table = {1: [1], 2: [3 / 2, -1 / 2], 3: [23 / 12, -16 / 12, 5 / 12], 4: [55 / 24, -59 / 24, 37 / 24, -9 / 24]}
    past = []
    for s, t in zip(sig[:-1], sig[1:]):
        d = model(x, s)
        if t == 0:
            return d
        past = [(x - d) / s] + past[:3]
        x = x + (t - s) * sum(w * k for w, k in zip(table[len(past)], past))
    return x


def paper_lms(model, x, sig, order=4):
    """Adams-Bashforth from polynomials fitted and integrated by NumPy."""
    past = []
    for i, (s, t) in enumerate(zip(sig[:-1], sig[1:])):
        d = model(x, s)
        if t == 0:
            return d
        past = [(s, (x - d) / s)] + past[: order - 1]
        for j, (sj, k) in enumerate(past):
            roots = [sk for m, (sk, _) in enumerate(past) if m != j]
            poly = np.poly1d(roots, True) if roots else np.poly1d([1.0])
            whole = (poly / np.prod([sj - r for r in roots])).integ()
            x = x + (whole(t) - whole(s)) * k
    return x


def paper_ddpm(model, x, sig, noise):
    for s, t in zip(sig[:-1], sig[1:]):
        bar, bar_next = 1 / (1 + s**2), 1 / (1 + t**2)
        z = x * math.sqrt(bar)
        eps = (x - model(x, s)) / s
        alpha = bar / bar_next
        z = (z - (1 - alpha) / math.sqrt(1 - bar) * eps) / math.sqrt(alpha)
        if t > 0:
            z = z + math.sqrt((1 - alpha) * (1 - bar_next) / (1 - bar)) * noise(s, t)
        x = z / math.sqrt(bar_next)
    return x


def paper_lcm(model, x, sig, noise):
    for s, t in zip(sig[:-1], sig[1:]):
        x = model(x, s)
        if t > 0:
            x = x + t * noise(s, t)
    return x


def paper_res(model, x, sig, noise, eta, cfg_pp):
    lam = lambda s: -math.log(s)
    old = None
    for i, (s, t) in enumerate(zip(sig[:-1], sig[1:])):
        d = model(x, s)
        down, up = ancestral(s, t, eta) if eta else (t, 0)
        u = model.uncond if cfg_pp else d
        if old is None or down == 0:
            x = d + down * (x - u) / s
        else:
            h = lam(down) - lam(s)
            c2 = (lam(sig[i - 1]) - lam(old_down)) / h
            p1 = (math.exp(-h) - 1) / -h
            p2 = (p1 - 1) / -h
            x = math.exp(-h) * (x + (d - u)) + h * ((p1 - p2 / c2) * u + p2 / c2 * old)
        if up:
            x = x + up * noise(s, t)
        old, old_down = u, down
    return x


def paper_er_sde(model, x, sig, noise):
    phi = lambda s: s * (np.exp(s**0.3) + 10)
    ds = []
    slopes = []
    for i, (s, t) in enumerate(zip(sig[:-1], sig[1:])):
        d = model(x, s)
        if t == 0:
            return d
        r = phi(t) / phi(s)
        x_new = r * x + (1 - r) * d
        if i >= 1:
            step = (s - t) / 200
            grid = t + np.arange(200) * step
            slope = (d - ds[-1]) / (s - sig[i - 1])
            x_new = x_new + (t - s + phi(t) * np.sum(step / phi(grid))) * slope
            if i >= 2:
                curve = (slope - slopes[-1]) / ((s - sig[i - 2]) / 2)
                x_new = x_new + ((t - s) ** 2 / 2 + phi(t) * np.sum(step * (grid - s) / phi(grid))) * curve
            slopes.append(slope)
        x = x_new + math.sqrt(t**2 - s**2 * r**2) * noise(s, t)
        ds.append(d)
    return x


def paper_gradient_estimation(model, x, sig, gamma=2.0):
    old = None
    for s, t in zip(sig[:-1], sig[1:]):
        d = model(x, s)
        if t == 0:
            return d
        eps = (x - d) / s
        x = x + (t - s) * (eps if old is None else gamma * eps + (1 - gamma) * old)
        old = eps
    return x


def published_ipndm_v(model, x, sig):
    """diff-sampler's weights as published (Apache-2.0)."""
    past = []
    for i, (s, t) in enumerate(zip(sig[:-1], sig[1:])):
        d = model(x, s)
        if t == 0:
            return d
        past = [(x - d) / s] + past[:3]
        h = [t - s] + [sig[i - k] - sig[i - k - 1] for k in range(len(past) - 1)]
        w = [1.0]
        if len(past) == 2:
            w = [(2 + h[0] / h[1]) / 2, -(h[0] / h[1]) / 2]
        elif len(past) >= 3:
            a, b, c = h[:3]
            p = (1 - a / (3 * (a + b)) * (a * (a + b)) / (b * (b + c))) / 2
            w = [(2 + a / b) / 2 + p, -(a / b) / 2 - (1 + b / c) * p, p * b / c]
            if len(past) == 4:
                e = h[3]
                q = ((1 - a / (3 * (a + b))) / 2 + (1 - a / (2 * (a + b))) * a / (6 * (a + b + c))) * (a * (a + b) * (a + b + c)) / (b * (b + c) * (b + c + e))
                g = b * (b + c) / (c * (c + e))
                w = [w[0] + q, w[1] - (1 + b / c + g) * q, w[2] + (b / c + g * (1 + c / e)) * q, -q * g * b / c]
        x = x + (t - s) * sum(wk * k for wk, k in zip(w, past))
    return x


def paper_deis(model, x, sig, order=3):
    """tAB-DEIS: Lagrange polynomials in VP time, integrated against d sigma / dt by SciPy."""
    from scipy import integrate
    low, high = math.log(0.002**2 + 1), math.log(80**2 + 1)
    bd = 2 * (low / 1e-3 - high) / (1e-3 - 1)
    bm = high - bd / 2
    time = lambda s: (math.sqrt(bm**2 + 2 * bd * math.log(s**2 + 1)) - bm) / bd
    sigma = lambda t: math.sqrt(math.exp(bd * t**2 / 2 + bm * t) - 1)
    slope = lambda t: (bd * t + bm) * math.exp(bd * t**2 / 2 + bm * t) / (2 * sigma(t))
    past = []
    for s, t in zip(sig[:-1], sig[1:]):
        d = model(x, s)
        if t == 0:
            return d
        past = [(time(s), (x - d) / s)] + past[: order - 1]
        for j, (tj, k) in enumerate(past):
            poly = lambda tau: slope(tau) * math.prod((tau - o) / (tj - o) for m, (o, _) in enumerate(past) if m != j)
            x = x + integrate.quad(poly, time(s), time(t), epsabs=1e-12)[0] * k
    return x


def diffusers_unipc(model, x, sig, kind):
    from diffusers import UniPCMultistepScheduler
    steps = len(sig) - 1
    scheduler = UniPCMultistepScheduler(solver_order=min(3, len(sig) - 2), solver_type=kind)
    scheduler.set_timesteps(steps)
    levels = torch.tensor([*sig[:-1], 0.001], dtype=torch.float64)
    scheduler.sigmas = levels
    scheduler.set_begin_index(0)
    z = x / math.sqrt(1 + sig[0] ** 2)
    for i in range(steps):
        s = float(levels[i])
        full = z * math.sqrt(1 + s**2)
        z = scheduler.step(((full - model(full, s)) / s)[None, None], scheduler.timesteps[i], z[None, None]).prev_sample[0, 0]
    return z * math.sqrt(1 + 0.001**2)


def diffusers_ddim(model, x, sig, table):
    """At levels that are the model's own, since diffusers' DDIM knows timesteps only."""
    from diffusers import DDIMScheduler
    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=True)
    scheduler.alphas_cumprod = 1 / (1 + table**2)
    steps = len(sig) - 1
    scheduler.num_inference_steps = steps
    z = x / math.sqrt(1 + sig[0] ** 2)
    for i in range(steps):
        t = int((table - sig[i]).abs().argmin())
        full = z * math.sqrt(1 + sig[i] ** 2)
        eps = (full - model(full, sig[i])) / sig[i]
        nxt = int((table - sig[i + 1]).abs().argmin()) if sig[i + 1] > 0 else -1
        # step() looks back by a fixed stride; set it to reach this run's next level
        scheduler.register_to_config(num_train_timesteps=(t - nxt) * steps)
        z = scheduler.step(eps, t, z, eta=0.0).prev_sample
    return z


def samplers():
    sigmas = K.get_sigmas_karras(10, 0.0291675, 14.614642)
    sig = [float(s) for s in sigmas]
    wide = sigmas.double()
    x = toy_start(sig[0])
    cases = []

    def case(name, source, values, model=None, sig_used=None, **options):
        cases.append({"name": name, "source": source, **({"options": options} if options else {}),
                      **({"calls": model.calls} if model else {}), **({"sigmas": rounded(sig_used)} if sig_used else {}),
                      "values": rounded(values)})

    def kd(name, function, noise=None, shown=None, **options):
        model = Toy()
        kwargs = dict(shown if shown is not None else options)
        extra = {} if noise is None else {"noise_sampler": noise}
        with torch.no_grad():
            case(name, "k-diffusion", function(model, x, wide, disable=True, **extra, **kwargs), model, **options)

    class Churned:
        """torch.randn_like of the churning samplers, replaced by the stream the engine draws from."""

        def __enter__(self):
            self.generator = torch.Generator().manual_seed(43)
            self.original = torch.randn_like
            torch.randn_like = lambda x: torch.randn(LENGTH, generator=self.generator).double()

        def __exit__(self, *_):
            torch.randn_like = self.original

    kd("euler", K.sample_euler)
    for name, function in [("euler", K.sample_euler), ("heun", K.sample_heun), ("dpm_2", K.sample_dpm_2)]:
        with Churned():
            kd(name, function, s_churn=4.0, s_tmin=0.0, s_noise=1.003)
    kd("heun", K.sample_heun)
    kd("dpm_2", K.sample_dpm_2)
    kd("euler_ancestral", K.sample_euler_ancestral, stream())
    kd("euler_ancestral", K.sample_euler_ancestral, stream(), eta=0.6, s_noise=1.1)
    kd("dpm_2_ancestral", K.sample_dpm_2_ancestral, stream())
    kd("dpmpp_2s_ancestral", K.sample_dpmpp_2s_ancestral, stream())
    kd("dpmpp_2m", K.sample_dpmpp_2m)
    for options in [{}, {"eta": 0.5, "s_noise": 0.9, "r": 0.4}]:
        kd("dpmpp_sde", K.sample_dpmpp_sde, brownian(wide), **options)
    kd("dpmpp_2m_sde", K.sample_dpmpp_2m_sde, brownian(wide))
    kd("dpmpp_2m_sde", K.sample_dpmpp_2m_sde, brownian(wide), eta=0.3, solver_type="heun")
    kd("dpmpp_2m_sde_heun", K.sample_dpmpp_2m_sde, brownian(wide), shown={"solver_type": "heun"})
    kd("dpmpp_3m_sde", K.sample_dpmpp_3m_sde, brownian(wide))
    kd("dpmpp_3m_sde", K.sample_dpmpp_3m_sde, brownian(wide), eta=0.0)

    for calls in [8, 9, 10]:
        for options in [{}, {"eta": 0.7}]:
            model = Toy()
            levels = K.get_sigmas_karras(calls, 0.0291675, 14.614642)
            used = [float(s) for s in levels]
            start = toy_start(used[0])
            solver = K.DPMSolver(model)
            ends = [torch.tensor(-math.log(used[0]), dtype=torch.float64), torch.tensor(-math.log(used[-2]), dtype=torch.float64)]
            original = torch.linspace
            torch.linspace = lambda a, b, n, device=None: original(float(a), float(b), n, dtype=torch.float64)
            result = solver.dpm_solver_fast(start, ends[0], ends[1], calls, options.get("eta", 0.0), 1.0, stream())
            torch.linspace = original
            case("dpm_fast", "k-diffusion", result, model, used, **options)
    for options in [{}, {"order": 2}, {"eta": 0.5, "rtol": 0.02}, {"pcoeff": 0.1, "dcoeff": 0.05, "h_init": 0.2}]:
        model = Toy()
        solver = K.DPMSolver(model)
        ends = [torch.tensor(-math.log(sig[0]), dtype=torch.float64), torch.tensor(-math.log(sig[-2]), dtype=torch.float64)]
        result, _ = solver.dpm_solver_adaptive(x, *ends, noise_sampler=stream(), **options)
        case("dpm_adaptive", "k-diffusion", result, model, **options)

    def paper(name, function, *arguments, **options):
        model = Toy()
        case(name, "paper", function(model, x, sig, *arguments), model, **options)

    paper("lms", paper_lms)
    paper("lms", paper_lms, 2, order=2)
    paper("euler_cfg_pp", paper_euler_cfg_pp, None, 0)
    paper("euler_ancestral_cfg_pp", paper_euler_cfg_pp, stream(), 1.0)
    paper("dpmpp_2m_cfg_pp", paper_dpmpp_2m_cfg_pp)
    paper("heunpp2", paper_heunpp)
    paper("ipndm", paper_ipndm)
    paper("ddpm", paper_ddpm, stream())
    paper("lcm", paper_lcm, stream())
    paper("res_multistep", paper_res, None, 0, False)
    paper("res_multistep_ancestral", paper_res, stream(), 1.0, False)
    paper("res_multistep_cfg_pp", paper_res, None, 0, True)
    paper("res_multistep_ancestral_cfg_pp", paper_res, stream(), 1.0, True)
    paper("er_sde", paper_er_sde, stream())
    paper("gradient_estimation", paper_gradient_estimation)
    paper("ipndm_v", published_ipndm_v)
    paper("deis", paper_deis)

    table = training_sigmas().float().double()
    own = [float(table[t]) for t in [999, 880, 760, 640, 520, 400, 280, 160, 40]] + [0.0]
    model = Toy()
    case("ddim", "diffusers", diffusers_ddim(model, toy_start(own[0]), own, table), model, own)
    for name, kind in [("uni_pc", "bh1"), ("uni_pc_bh2", "bh2")]:
        for count in [3, 10]:
            levels = [float(s) for s in K.get_sigmas_karras(count, 0.0291675, 14.614642)]
            model = Toy()
            case(name, "diffusers", diffusers_unipc(model, toy_start(levels[0]), levels, kind), model, levels)
    write("samplers", {"sigmas": rounded(sig), "seed": "42", "length": LENGTH, "cases": cases})


# ------------------------------------------------------------------------------------------------ guidance


def pattern(*shape, shift=0.0):
    """Values both sides make: sin(1.7 i + 0.3 + shift), row-major."""
    return torch.sin(torch.arange(math.prod(shape), dtype=torch.float64) * 1.7 + 0.3 + shift).float().double().reshape(shape)


def guidance():
    cond, uncond, third, x = [pattern(2, 2, 2, 2, shift=s) for s in (0, 1, 2, 3)]
    sigma, scale, multiplier = 2.5, 6.0, 0.7
    # v of the variance preserving latent z = x / sqrt(1 + sigma^2): alpha eps - s x0, eps = (x - x0) / sigma
    alpha, s = 1 / math.sqrt(1 + sigma**2), sigma / math.sqrt(1 + sigma**2)
    v = lambda x0: alpha * (x - x0) / sigma - s * x0
    guided = v(uncond) + scale * (v(cond) - v(uncond))
    spread = lambda t: t.std(dim=(1, 2, 3), keepdim=True)
    again = multiplier * guided * spread(v(cond)) / spread(guided) + (1 - multiplier) * guided
    rescaled = alpha * (alpha * x) - s * again

    pos, neg = cond - third, uncond - third
    perp = neg - (neg * pos).sum() / (pos * pos).sum() * pos
    perp_neg = third + scale * (pos - 0.8 * perp)

    def weighted(shape, regions):
        """The average by whole-picture arrays: each region's weights drawn out at full size."""
        total, weight = torch.zeros(shape, dtype=torch.float64), torch.full(shape, 1e-37, dtype=torch.float64)
        for region in regions:
            h, w, y, x0 = region["area"]
            full = torch.zeros(shape, dtype=torch.float64)
            inner = torch.full((h, w), region.get("strength", 1.0), dtype=torch.float64)
            if "mask_shift" in region:
                mask = pattern(shape[2], shape[3], shift=region["mask_shift"]).abs()
                inner = inner * mask[y:y + h, x0:x0 + w] * region.get("mask_strength", 1.0)
            else:
                for side, length, start, whole in [(0, h, y, shape[2]), (1, w, x0, shape[3])]:
                    fade = min(8, length // 4)
                    for t in range(fade):
                        if start > 0:
                            inner.select(side, t).mul_((t + 1) / fade)
                        if start + length < whole:
                            inner.select(side, length - 1 - t).mul_((t + 1) / fade)
            full[:, :, y:y + h, x0:x0 + w] = inner
            values = torch.zeros(shape, dtype=torch.float64)
            values[:, :, y:y + h, x0:x0 + w] = pattern(shape[0], shape[1], h, w, shift=region["shift"])
            total += values * full
            weight += full
        return total / weight

    shape = [1, 2, 12, 20]
    regions = [{"area": [12, 20, 0, 0], "shift": 0.0}, {"area": [10, 12, 2, 4], "shift": 1.0, "strength": 0.8},
               {"area": [12, 20, 0, 0], "shift": 2.0, "mask_shift": 0.5, "mask_strength": 0.6}, {"area": [5, 6, 0, 14], "shift": 3.0}]
    write("guidance", {"sigma": sigma, "scale": scale, "multiplier": multiplier, "cfg": rounded(uncond + scale * (cond - uncond)),
                       "rescaled": rounded(rescaled), "perp_neg": rounded(perp_neg),
                       "dual": rounded(third + 2.0 * (uncond - third) + 4.0 * (cond - uncond)),
                       "dual_nested": rounded(third + 2.0 * (uncond + 4.0 * (cond - uncond) - third)),
                       "areas": {"shape": shape, "regions": regions, "values": rounded(weighted(shape, regions), 7)}})


# ------------------------------------------------------------------------------------------------ latents


def slerp(a, b, r):
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(a @ b / (la * lb)) if la and lb else 0.0
    if cosine > 1 - 1e-5:
        return a
    if cosine < 1e-5 - 1:
        return (1 - r) * a + r * b
    angle = math.acos(cosine)
    unit = (math.sin((1 - r) * angle) * (a / la if la else a) + math.sin(r * angle) * (b / lb if lb else b)) / math.sin(angle)
    return unit * (la * (1 - r) + lb * r)


def bislerp(latent, size):
    """Axis by axis; the places to read come from torch's bilinear interpolation of the positions themselves."""
    for axis, new in [(3, size[1]), (2, size[0])]:
        old = latent.shape[axis]
        interpolate = lambda v: torch.nn.functional.interpolate(torch.tensor(v, dtype=torch.float64)[None, None, None], size=(1, new), mode="bilinear").reshape(-1).numpy()
        at = interpolate([float(i) for i in range(old)])
        right = interpolate([float(min(i + 1, old - 1)) for i in range(old)])
        moved = np.moveaxis(latent, axis, 0)
        rows = []
        for p, q in zip(at, right):
            a, b = moved[int(p)], moved[int(q)]
            out = np.empty_like(a)
            for place in np.ndindex(a.shape[0], a.shape[2]):
                n, k = place
                out[n, :, k] = slerp(a[n, :, k], b[n, :, k], p - int(p))
            rows.append(out)
        latent = np.moveaxis(np.stack(rows), 0, axis)
    return latent


def latents():
    cases = []
    for shape, size in [((1, 4, 4, 3), (7, 5)), ((2, 4, 5, 6), (3, 4)), ((1, 4, 1, 2), (3, 3))]:
        source = pattern(*shape)
        for mode in ["nearest-exact", "bilinear", "area", "bicubic"]:
            kwargs = {"align_corners": False} if mode in ("bilinear", "bicubic") else {}
            cases.append({"method": mode, "shape": shape, "size": size, "values": rounded(torch.nn.functional.interpolate(source, size=size, mode=mode, **kwargs), 7)})
        with_zero = source.clone()
        with_zero[:, :, 0, 0] = 0
        cases.append({"method": "bislerp", "shape": shape, "size": size, "zero": True, "values": rounded(bislerp(with_zero.numpy(), size), 7)})

    target, source = pattern(2, 4, 9, 8), pattern(1, 4, 5, 6, shift=1.0)
    composites = []
    for x, y, feather in [(0, 0, 0), (2, 3, 2), (4, 6, 3)]:
        out = target.clone()
        h, w = min(5, 9 - y), min(6, 8 - x)
        mask = torch.ones(5, 6, dtype=torch.float64)
        for t in range(feather):
            if y > 0: mask[t] *= (t + 1) / feather
            if y + 5 < 9: mask[4 - t] *= (t + 1) / feather
            if x > 0: mask[:, t] *= (t + 1) / feather
            if x + 6 < 8: mask[:, 5 - t] *= (t + 1) / feather
        m = mask[:h, :w]
        out[:, :, y:y + h, x:x + w] = source[:, :, :h, :w] * m + out[:, :, y:y + h, x:x + w] * (1 - m)
        composites.append({"x": x, "y": y, "feather": feather, "sum_by_plane": rounded(out.sum(dim=(2, 3)), 7), "corner": rounded(out[1, 3, y:y + 2, x:x + 3], 7)})
    other = pattern(1, 4, 9, 8, shift=1.0)
    write("latents", {"cases": cases, "composites": composites, "blend": rounded((0.3 * target + 0.7 * other).sum(dim=(2, 3)), 7)})


SECTIONS = {section.__name__: section for section in (noise, model_sampling, schedulers, samplers, guidance, latents)}

if __name__ == "__main__":
    # With names of sections only those are made anew.
    for name in sys.argv[2:] or SECTIONS:
        SECTIONS[name]()
