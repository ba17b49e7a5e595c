"""Logits of timm's EfficientViT models with weights by formula: the reference where timm cannot be installed.

    python scripts/make_golden_logits.py

Writes tests/supernet/golden_logits.json, computed in float64: with such weights the rounding of float32, which
differs between machines and thread counts, grows to 1e-4 of the logits. Needs timm (`pip install -e '.[dev]'`).
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nas.rivals.zoo import import_timm

VARIANTS = ("b0", "b1", "b2", "b3", "l1", "l2", "l3", "m0", "m1", "m2", "m3", "m4", "m5")
MODELS = tuple(f"efficientvit_{name}" for name in VARIANTS)
SIZES = (160, 224, 256)  # the M models of timm take 224 alone
GOLDEN = Path(__file__).parents[1] / "tests" / "supernet" / "golden_logits.json"
KEPT = 8  # logits of each run


def main() -> None:
    """Run every model at every size and write the file."""
    import_timm()
    golden = {}
    for model in MODELS:
        network = timm_network(model).double()
        golden[model] = {str(size): summary(network(image(size).double())) for size in sizes(model)}
        print(model, {size: round(found["largest"], 3) for size, found in golden[model].items()})
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


def timm_network(model: str) -> torch.nn.Module:
    """timm's model with weights by formula, in evaluation mode."""
    with torch.device("meta"):
        network = import_timm().create_model(model)
    network = network.to_empty(device="cpu")
    network.load_state_dict(weights_by_formula(network.state_dict()))
    for module in network.modules():  # not in the state: computed by constructors, which ran without storage
        if hasattr(module, "attention_bias_idxs"):
            module.attention_bias_idxs = distances(module.attention_biases.shape[1])
    return network.eval()


def sizes(model: str) -> tuple[int, ...]:
    """Input sizes in pixels at which timm runs the model."""
    return SIZES if "_m" not in model else (224,)


def image(size: int) -> Tensor:
    """One (1, 3, size, size) image by formula."""
    return by_formula("image", (1, 3, size, size)) * 2


def weights_by_formula(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of the same names and shapes: matrices of variance 1 / fan-in, scales and variances around 1."""
    found = {}
    for name, value in state.items():
        shape = tuple(value.shape)
        if not value.is_floating_point():
            found[name] = torch.zeros(shape, dtype=value.dtype)
        elif value.ndim > 1 and "attention_biases" not in name:
            found[name] = by_formula(name, shape) * (3 / np.prod(shape[1:])) ** 0.5
        elif name.endswith(("weight", "running_var")):
            found[name] = 1 + by_formula(name, shape) / 4
        else:
            found[name] = by_formula(name, shape) / 10
    return found


def by_formula(name: str, shape: tuple[int, ...]) -> Tensor:
    """Numbers in [-1, 1) from a hash of the name and the index (Wang's 32-bit mix): the same on every machine."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint32)
    x += np.uint32(zlib.crc32(name.encode()))
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x45D9F3B)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x45D9F3B)
    x ^= x >> np.uint32(16)
    return torch.from_numpy((x >> np.uint32(8)).astype(np.float32) / 2**23 - 1).reshape(shape)


def distances(entries: int) -> Tensor:
    """Index of the distance of every pair of positions in a square window, as timm's constructor computes it."""
    side = round(entries**0.5)
    rows, columns = torch.arange(entries) // side, torch.arange(entries) % side
    apart = (rows[:, None] - rows).abs() * side + (columns[:, None] - columns).abs()
    return apart.long()


def summary(logits: Tensor) -> dict[str, object]:
    """The first logits and the largest magnitude of all."""
    return {"first": logits[0, :KEPT].tolist(), "largest": float(logits.abs().max())}


if __name__ == "__main__":
    with torch.no_grad():
        main()
