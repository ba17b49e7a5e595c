"""`Supernet(space)`: a store of shared parameters from which every member of a space reads its weights.

No layer is written twice: the plain module of each operator runs with slices of the shared parameters in place of
its own (`torch.func.functional_call`), and `extract` copies the same slices into a plain network, so both compute
the same. Parameters are shared between members per level, block position and `bank`, which every part names: types,
and head dimensions of linear attention, have banks of their own.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from search_space import ArchConfig, OperatorSpec, SearchSpace, operators
from supernet.building import build_operator
from supernet.coordinates import Labels, coordinates, pick, put, take, union
from supernet.layers import fill, initial_values
from supernet.network import Apply, Network, run_pyramid
from supernet.statistics import re_estimate

MAX_STATISTICS = 256  # architectures whose batch-norm statistics are kept
_BUFFERS = ("running_mean", "running_var")


@dataclass(frozen=True, kw_only=True)
class Read:
    """Parameter `name` of the operator at `path` is a part of the shared parameter `key`, which holds `labels`."""

    path: str
    op: OperatorSpec
    name: str
    key: str
    labels: tuple[Labels, ...]


class Supernet(nn.Module):
    """All members of `space` in one set of weights.

    In training mode batch norms use the statistics of the batch. In evaluation mode they use those that `calibrate`
    estimated for the architecture, or PyTorch's defaults (mean 0, variance 1) when it was not called.
    """

    def __init__(self, space: SearchSpace, *, seed: int = 0) -> None:
        super().__init__()
        self.space = space
        self.shared = nn.ParameterDict()
        self.statistics: OrderedDict[str, dict[str, Tensor]] = OrderedDict()
        self._labels: dict[str, tuple[Labels, ...]] = {}
        self._rules: dict[tuple[str, OperatorSpec], list[tuple[str, str, list[range | Tensor]]]] = {}
        self._allocate(seed)

    def _allocate(self, seed: int) -> None:
        starts: dict[str, str] = {}
        found: dict[str, list[tuple[Labels, ...]]] = {}
        seen: set[tuple[str, OperatorSpec]] = set()
        for arch in self.space.covering_archs():
            for path, op in operators(arch):
                if (path, op) in seen:
                    continue
                seen.add((path, op))
                labels_of, start_of = _describe(op)
                for name, labels in labels_of.items():
                    key = _shared_key(path, op, name)
                    found.setdefault(key, []).append(labels)
                    starts[key] = start_of[name]
        self._labels = {key: tuple(map(union, zip(*parts, strict=True))) for key, parts in found.items()}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for key in sorted(self._labels):
                parameter = torch.empty([len(labels) for labels in self._labels[key]])
                fill(parameter, starts[key])
                self.shared[key] = nn.Parameter(parameter)

    def forward(
        self,
        images_BCHW: Tensor,
        arch: ArchConfig,
        *,
        drop_path: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Any:
        """What the network of `arch` with the shared weights returns for (B, in_channels, H, W) images.

        In training mode each image skips the last block with probability `drop_path`, earlier ones less, linearly
        (stochastic depth, arXiv 1603.09382); `generator` draws which.
        """
        statistics = self.statistics.get(arch.arch_id, {}) if not self.training else {}

        def apply(path: str, op: OperatorSpec, *inputs: Tensor) -> Tensor:
            module = _skeleton(op)
            module.train(self.training)
            state = self._slices(path, op)
            if not self.training:
                state |= _buffers(op, path, statistics, inputs[0].device)
            out: Tensor = functional_call(module, state, inputs)
            return out

        if self.training and drop_path > 0:
            return run_pyramid(arch, images_BCHW, _skipping(apply, arch, drop_path, generator))
        return run_pyramid(arch, images_BCHW, apply)

    def parameters_for(self, arch: ArchConfig) -> dict[str, Tensor]:
        """Each parameter of `build(arch)` as a differentiable slice of the shared ones."""
        return {
            f"{path}.{name}": tensor
            for path, op in operators(arch)
            for name, tensor in self._slices(path, op).items()
        }

    def shared_keys(self, arch: ArchConfig) -> set[str]:
        """Names of the shared parameters that `arch` reads."""
        return {key for path, op in operators(arch) for _, key, _ in self._rules_for(path, op)}

    def reads(self, arch: ArchConfig) -> Iterator[Read]:
        """Which shared parameter each parameter of `build(arch)` reads, and what the indices of that one mean."""
        for path, op in operators(arch):
            for name, key, _ in self._rules_for(path, op):
                yield Read(path=path, op=op, name=name, key=key, labels=self._labels[key])

    @torch.no_grad()
    def extract(self, arch: ArchConfig) -> Network:
        """The stand-alone network of `arch` with copies of its weights and batch-norm statistics."""
        with torch.device("meta"):
            network = Network(arch)
        network = network.to_empty(device=next(self.parameters()).device)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.reset_running_stats()
        for name, tensor in self.parameters_for(arch).items():
            network.get_parameter(name).copy_(tensor)
        for name, tensor in self.statistics.get(arch.arch_id, {}).items():
            network.get_buffer(name).copy_(tensor)
        return network.train(self.training)

    @torch.no_grad()
    def calibrate(self, arch: ArchConfig, batches: Iterable[Tensor]) -> dict[str, Tensor]:
        """Estimate the batch-norm statistics of `arch` over image batches (see `re_estimate`), and keep them."""
        network = self.extract(arch)
        re_estimate(network, batches)
        found = {name: tensor for name, tensor in network.named_buffers() if name.endswith(_BUFFERS)}
        self._keep(arch, found)
        return found

    @torch.no_grad()
    def adopt(self, arch: ArchConfig, state: Mapping[str, Tensor]) -> int:
        """Copy a state dict of `build(arch)` to where `arch` reads its parameters; returns how many numbers it set.

        Its batch-norm statistics are kept for `arch`, so that in evaluation mode `supernet(x, arch)` is that network.

        Raises:
            ValueError: `arch` is not in the space.
            KeyError: `state` lacks a parameter.
        """
        written = 0
        for path, op in operators(arch):
            for name, key, rules in self._rules_for(path, op):
                put(self.shared[key], rules, state[f"{path}.{name}"])
                written += state[f"{path}.{name}"].numel()
        device = next(self.parameters()).device
        self._keep(arch, {name: value.to(device) for name, value in state.items() if name.endswith(_BUFFERS)})
        return written

    def _keep(self, arch: ArchConfig, statistics: dict[str, Tensor]) -> None:
        self.statistics[arch.arch_id] = statistics
        self.statistics.move_to_end(arch.arch_id)
        while len(self.statistics) > MAX_STATISTICS:
            self.statistics.popitem(last=False)

    def _slices(self, path: str, op: OperatorSpec) -> dict[str, Tensor]:
        return {name: take(self.shared[key], rules) for name, key, rules in self._rules_for(path, op)}

    def _rules_for(self, path: str, op: OperatorSpec) -> list[tuple[str, str, list[range | Tensor]]]:
        if (path, op) not in self._rules:
            found = []
            for name, labels in _describe(op)[0].items():
                key = _shared_key(path, op, name)
                if key not in self._labels:
                    raise ValueError(f"{path} ({op.kind}) is not in space {self.space.name}")
                try:
                    rules = [pick(part, whole) for part, whole in zip(labels, self._labels[key], strict=True)]
                except KeyError:
                    raise ValueError(f"{path}.{name} is larger than space {self.space.name} allows") from None
                found.append((name, key, rules))
            if len(self._rules) > 20_000:
                self._rules.clear()
            self._rules[path, op] = found
        return self._rules[path, op]


def _skipping(apply: Apply, arch: ArchConfig, drop_path: float, generator: torch.Generator | None) -> Apply:
    """`apply` whose blocks, which add to their input, are left out for some of the images."""
    blocks = [path for path, _ in operators(arch) if ".blocks." in path]
    rates = {path: drop_path * (index + 1) / len(blocks) for index, path in enumerate(blocks)}

    def skip(path: str, op: OperatorSpec, *inputs: Tensor) -> Tensor:
        out = apply(path, op, *inputs)
        if path not in rates:
            return out
        drawn = torch.rand(len(out), 1, 1, 1, generator=generator)
        kept = (drawn >= rates[path]).to(out) / (1 - rates[path])
        return inputs[0] + (out - inputs[0]) * kept

    return skip


def _shared_key(path: str, op: OperatorSpec, name: str) -> str:
    """Name of the shared parameter; members with the same key share. `/` because torch allows no dots."""
    kind = op.part.bank
    if name.startswith("attention.") and op.attention is not None:
        kind = f"{op.kind}-{op.attention.bank}"
    return f"{path}.{kind}.{name}".replace(".", "/")


@lru_cache(maxsize=4096)
def _skeleton(op: OperatorSpec) -> nn.Module:
    """The plain module of an operator without storage; batch norms keep no running statistics of their own."""
    with torch.device("meta"):
        module = build_operator(op)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.track_running_stats = False
    return module


@lru_cache(maxsize=4096)
def _describe(op: OperatorSpec) -> tuple[dict[str, tuple[Labels, ...]], dict[str, str]]:
    """Coordinates and start values of an operator's parameters."""
    module = _skeleton(op)
    return coordinates(module), initial_values(module)


def _buffers(op: OperatorSpec, path: str, statistics: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """Running statistics of an operator's batch norms: the kept ones or mean 0, variance 1."""
    found = {}
    for name, buffer in _skeleton(op).named_buffers():
        if name.endswith(_BUFFERS):
            kept = statistics.get(f"{path}.{name}")
            fresh = torch.ones if name.endswith("var") else torch.zeros
            found[name] = kept if kept is not None else fresh(buffer.shape, device=device)
    return found
