"""The rule for weights of tiny test networks, the same as in engine/models/testing/tiny-weights.ts: the values of a tensor
follow from its name and the place of each element, so no weights need to be stored.

    from tiny_weights import tiny_tensor, fill
    module.load_state_dict(fill(module.state_dict()))
"""
import numpy as np
import torch


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def mix(values):
    """MurmurHash3's finalizer."""
    values = values ^ (values >> np.uint32(16))
    values = values * np.uint32(0x85EBCA6B)
    values = values ^ (values >> np.uint32(13))
    values = values * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def tiny_array(name, shape):
    count = int(np.prod(shape, dtype=np.int64))
    if len(shape) >= 2:
        middle, reach = 0.0, float(np.sqrt(3 / int(np.prod(shape[1:], dtype=np.int64))))
    else:
        middle, reach = (1.0 if name.endswith(".weight") else 0.0), 0.1
    bits = np.uint32(fnv1a(name)) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)
    unit = mix(bits).astype(np.float64) / 2**31 - 1
    return (middle + reach * unit).astype(np.float32).reshape(shape)


def tiny_tensor(name, shape):
    return torch.from_numpy(tiny_array(name, tuple(shape)))


def fill(state, rule_name=lambda name: name):
    """A state dict with the names and shapes of `state` and the rule's values."""
    return {name: tiny_tensor(rule_name(name), value.shape).to(value.dtype) for name, value in state.items()}
