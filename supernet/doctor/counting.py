"""Costs: what the cost model says of an operator is what its module has and does."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from search_space import OperatorSpec, arch_cost
from supernet.building import build_operator
from supernet.doctor.check import CounterexampleError
from supernet.doctor.subject import Subject, distinct_operators, place, skeleton, words
from supernet.network import Network


def parameters_equal_cost(subject: Subject) -> str:
    """Operator by operator, then whole networks."""
    found = distinct_operators(subject.archs)
    for op, (arch, path) in found.items():
        _compare(f"{place(arch, path)} ({words(op)})", op.cost.parameters, parameters(skeleton(op)), "parameters")
    for arch in subject.archs:
        with torch.device("meta"):
            built = parameters(Network(arch))
        _compare(place(arch), arch_cost(arch).parameters, built, "parameters")
    return f"{len(found)} operators, {len(subject.archs)} sub-networks"


def macs_equal_cost(subject: Subject) -> str:
    """Operator by operator, then whole networks."""
    found = distinct_operators(subject.archs)
    for op, (arch, path) in found.items():
        _compare(f"{place(arch, path)} ({words(op)})", op.cost.macs, operator_macs(op), "multiply-adds")
    for arch in subject.archs:
        network = Network(arch).eval()
        shape = (1, arch.in_channels, *arch.resolution)
        _compare(place(arch), arch_cost(arch).macs, counted(network, shape), "multiply-adds")
    return f"{len(found)} operators, {len(subject.archs)} sub-networks"


def _compare(where: str, cost: int, built: int, unit: str) -> None:
    if cost != built:
        raise CounterexampleError(
            where, expected=f"the cost model's {cost:,} {unit}", found=f"{built:,} in the module"
        )


def parameters(module: nn.Module) -> int:
    """How many numbers a module learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def operator_macs(op: OperatorSpec) -> int:
    """Multiply-adds of convolutions, linear layers and matrix products in an operator's module, at batch 1."""
    return counted(build_operator(op).eval(), *[(1, *shape) for shape in op.inputs])


def counted(module: nn.Module, *shapes: tuple[int, ...]) -> int:
    """Multiply-adds of a module on inputs of these shapes."""
    images = [torch.zeros(shape) for shape in shapes]
    with torch.no_grad(), _Counter() as counter:
        module(*images)
    return counter.macs


class _Counter(TorchFunctionMode):
    """Counts the multiply-adds of the functions that the costs count; PyTorch's own counter loads its compiler."""

    def __init__(self) -> None:
        super().__init__()
        self.macs = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run `func`, and add what it costs."""
        del types
        out = func(*args, **(kwargs or {}))
        if func in _INNER:
            self.macs += out.numel() * _INNER[func](*args[:2])
        elif func is F.scaled_dot_product_attention:
            query, key = args[:2]
            self.macs += (query.numel() + out.numel()) * key.shape[-2]
        elif func is torch.einsum:
            self.macs += _einsum(*args)
        return out


def _columns(first: Tensor, _: Tensor) -> int:
    return first.shape[-1]


_MATMULS = (torch.matmul, torch.mm, torch.bmm, Tensor.matmul, Tensor.mm, Tensor.bmm, Tensor.__matmul__, F.linear)
_INNER: dict[Callable[..., Any], Callable[[Tensor, Tensor], int]] = {
    F.conv2d: lambda _, weight: weight[0].numel(),
    **dict.fromkeys(_MATMULS, _columns),
}
"""How many products a number of the output sums."""


def _einsum(equation: str, *factors: Tensor) -> int:
    """All combinations of the indices; sums over one factor alone are no products."""
    if len(factors) < 2:
        return 0
    names = equation.replace(" ", "").partition("->")[0].split(",")
    sizes = {
        name: size
        for part, factor in zip(names, factors, strict=True)
        for name, size in zip(part, factor.shape, strict=True)
    }
    return prod(sizes.values())
