"""`build(arch)`: a plain `nn.Module`, the network that is trained alone, measured and exported."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from search_space import ArchConfig, OperatorSpec, operators
from supernet.building import build_operator
from supernet.layers import initialise

Apply = Callable[..., Tensor]  # (path, operator, *inputs) -> output


def run_pyramid(arch: ArchConfig, images_BCHW: Tensor, apply: Apply) -> Any:
    """Run the operators of `arch` in order: logits, or features by stride for a backbone."""
    features: dict[int, Tensor] = {}
    x = images_BCHW
    for path, op in operators(arch):
        if arch.head is not None and path == "head":
            return apply(path, op, *[features[stride] for stride in arch.head.strides] or [x])
        x = apply(path, op, x)
        features[int(path.split(".")[1])] = x
    return features


class Level(nn.Module):
    """A downsample and its blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.downsample: nn.Module = nn.Identity()
        self.blocks = nn.ModuleList()


class Network(nn.Module):
    """The network that `arch` describes; module paths are those of `search_space.operators`."""

    def __init__(self, arch: ArchConfig) -> None:
        super().__init__()
        self.arch = arch
        self.levels = nn.ModuleDict({str(level.stride): Level() for level in arch.levels})
        for path, op in operators(arch):
            module = build_operator(op)
            if path == "head":
                self.head = module
                continue
            _, stride, slot, *_ = path.split(".")
            level = self.levels[stride]
            assert isinstance(level, Level)
            if slot == "downsample":
                level.downsample = module
            else:
                level.blocks.append(module)

    def forward(self, images_BCHW: Tensor) -> Any:
        """(B, in_channels, H, W) to logits (B, classes) or, for a backbone, features by stride."""
        return run_pyramid(self.arch, images_BCHW, self._apply_operator)

    def _apply_operator(self, path: str, op: OperatorSpec, *inputs: Tensor) -> Tensor:
        del op
        out: Tensor = self.get_submodule(path)(*inputs)
        return out


@lru_cache(maxsize=64)
def state_shapes(arch: ArchConfig) -> Mapping[str, tuple[int, ...]]:
    """Name and shape of every parameter and buffer of `build(arch)`, in the order of its state dict."""
    with torch.device("meta"):
        return MappingProxyType({name: tuple(value.shape) for name, value in Network(arch).state_dict().items()})


def build(arch: ArchConfig, *, seed: int | None = None) -> Network:
    """The network of `arch` with fresh weights, drawn from `seed` or else from torch's global generator."""
    with torch.device("meta"):
        network = Network(arch)
    network = network.to_empty(device="cpu")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
    if seed is None:
        initialise(network)
        return network
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        initialise(network)
    return network
