"""Shared weights: a sub-network is its extracted network, reads what its coordinates name, and all of it is used."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from search_space import ArchConfig, OperatorSpec
from supernet.building import build_operator
from supernet.coordinates import Coordinates, Labels, coordinates
from supernet.doctor.check import CounterexampleError
from supernet.doctor.subject import Subject, distinct_operators, place, skeleton, stir, words
from supernet.layers import ConvUnit
from supernet.network import Network
from supernet.supernet import Read, Supernet

Mask = npt.NDArray[np.bool_]
Index = tuple[slice | npt.NDArray[np.intp], ...]
ROUNDS = 4  # other random weights for what no gradient has reached: a ReLU may be shut by chance


def equals_extracted(subject: Subject) -> str:
    """Compare in both modes, in evaluation with statistics of its own and without."""
    supernet = subject.stirred.eval()
    for arch in subject.archs:
        supernet.statistics.clear()
        images, network = subject.images(arch), supernet.eval().extract(arch)
        _agree(supernet.eval(), network.eval(), images, "evaluation")
        _agree(supernet.train(), network.train(), images, "training")
        supernet.calibrate(arch, [subject.images(arch, seed=1)])
        _agree(supernet.eval(), supernet.extract(arch), images, "evaluation after re-estimation")
    supernet.statistics.clear()
    return f"{len(subject.archs)} sub-networks"


@torch.no_grad()
def _agree(supernet: Supernet, network: Network, images: Tensor, mode: str) -> None:
    here, there = supernet(images, network.arch), network(images)
    if not torch.equal(here, there):
        raise CounterexampleError(
            f"{place(network.arch)}, {mode} mode",
            expected="the extracted network's output to the bit",
            found=f"outputs up to {float((here - there).abs().max()):.3g} apart",
        )


def coordinates_are_sound(subject: Subject) -> str:
    """One label for each index, no label twice, and the rows of a convolution named as those of its norm."""
    found = distinct_operators(subject.archs)
    for op, (arch, path) in found.items():
        module = skeleton(op)
        named, where = coordinates(module), f"{place(arch, path)} ({words(op)})"
        shapes = {name: tuple(value.shape) for name, value in module.named_parameters()}
        if set(named) != set(shapes):
            odd = sorted(set(named) ^ set(shapes))[0]
            raise CounterexampleError(
                f"{where}, {odd}", expected="coordinates for every parameter and no others", found="a difference"
            )
        for name, labels in named.items():
            if tuple(map(len, labels)) != shapes[name]:
                raise CounterexampleError(
                    f"{where}, {name}", expected=f"{shapes[name]} labels", found=tuple(map(len, labels))
                )
            for dim, part in enumerate(labels):
                if len(set(part)) != len(part):
                    raise CounterexampleError(
                        f"{where}, {name}, dimension {dim}", expected="distinct labels", found=part
                    )
        for name, unit in module.named_modules():
            if isinstance(unit, ConvUnit) and unit.norm is not None:
                dot = f"{name}." if name else ""
                _rows_agree(named, f"{dot}conv.weight", f"{dot}norm.weight", where)
    return f"{len(found)} operators"


def _rows_agree(named: Coordinates, conv: str, norm: str, where: str) -> None:
    if tuple(named[conv][0]) != tuple(named[norm][0]):
        raise CounterexampleError(f"{where}, {norm}", expected=f"the labels of the rows of {conv}", found="others")


def gradients_stay_inside(subject: Subject) -> str:
    """Every number that a gradient reaches is one that the coordinates give to the sub-network."""
    supernet = subject.stirred.train()
    for arch in subject.archs:
        for key, gradient, parts in _gradients(supernet, arch, subject.images(arch)):
            inside = max((int(np.count_nonzero(gradient[index])) for index in parts), default=0)
            everywhere = int(np.count_nonzero(gradient))
            if inside < everywhere:
                raise CounterexampleError(
                    f"{place(arch)}, shared parameter {key}",
                    expected="no gradient outside the part that the coordinates of its operator name",
                    found=f"{everywhere - inside} of {everywhere} reached numbers outside",
                )
    return f"{len(subject.archs)} sub-networks"


def everything_is_reached(subject: Subject) -> str:
    """Every shared number has a gradient in some sub-network, but for taps that see nothing but padding.

    Quick: a number of every shared parameter has.
    """
    coverage = _Coverage.of(subject.stirred, whole=subject.quick)
    supernet = subject.stirred.train()
    for turn in range(ROUNDS):
        if turn:
            supernet = copy.deepcopy(supernet)
            stir(supernet, seed=subject.seed + turn, redraw=True)
        for index, arch in enumerate((subject.space.largest(), *subject.space.covering_archs())):
            if coverage.wants(supernet, arch, whole=subject.quick):
                for key, gradient, _ in _gradients(supernet, arch, subject.images(arch, seed=index)):
                    coverage.reached[key] |= gradient != 0
        missing = coverage.missing(whole=subject.quick)
        if not missing:
            return f"{sum(mask.size for mask in coverage.needed.values()):,} numbers"
    key = missing[0]
    left = coverage.left(key)
    raise CounterexampleError(
        f"shared parameter {key}",
        expected="a gradient of some sub-network for every number",
        found=f"none for {int(left.sum())} of {left.size}, such as index {tuple(map(int, np.argwhere(left)[0]))}",
    )


@dataclass(frozen=True, kw_only=True)
class _Coverage:
    """By shared parameter: the numbers that some sub-network can use, and those that a gradient has reached."""

    needed: dict[str, Mask]
    reached: dict[str, Mask]

    @classmethod
    def of(cls, supernet: Supernet, *, whole: bool) -> "_Coverage":
        """What covering sub-networks read; a number that none of them reads is needed, too, and never reached.

        Taps on nothing but padding are left out; `whole` parameters need not tell.
        """
        shapes = {key: tuple(value.shape) for key, value in supernet.shared.items()}
        read = {key: np.zeros(shape, bool) for key, shape in shapes.items()}
        needed = {key: np.zeros(shape, bool) for key, shape in shapes.items()}
        seen: set[tuple[str, OperatorSpec, str]] = set()
        for arch in supernet.space.covering_archs():
            for each in supernet.reads(arch):
                if (each.path, each.op, each.name) not in seen:
                    seen.add((each.path, each.op, each.name))
                    index = owned(each)
                    read[each.key][index] = True
                    needed[each.key][index] |= True if whole else _useful(each.op).get(each.name, np.True_)
        return cls(
            needed={key: needed[key] | ~read[key] for key in shapes},
            reached={key: np.zeros(shape, bool) for key, shape in shapes.items()},
        )

    def wants(self, supernet: Supernet, arch: ArchConfig, *, whole: bool) -> bool:
        """Whether a gradient of `arch` may reach what none has reached."""
        for each in supernet.reads(arch):
            if whole and self.reached[each.key].any():
                continue
            index = owned(each)
            if (self.needed[each.key][index] & ~self.reached[each.key][index]).any():
                return True
        return False

    def left(self, key: str) -> Mask:
        """The numbers of a parameter that no gradient has reached."""
        found: Mask = self.needed[key] & ~self.reached[key]
        return found

    def missing(self, *, whole: bool) -> list[str]:
        """Parameters with such numbers, or `whole` ones without any reached."""
        return [
            key for key in sorted(self.needed) if self.left(key).any() and not (whole and self.reached[key].any())
        ]


def owned(read: Read) -> Index:
    """Where a parameter's numbers are in the shared one, found label by label; `pick` takes shorter ways."""
    places = [_places(part, whole) for part, whole in zip(_named(read.op)[read.name], read.labels, strict=True)]
    if all(isinstance(each, slice) for each in places):
        return tuple(places)
    lists = [np.arange(p.start, p.stop) if isinstance(p, slice) else p for p in places]
    return np.ix_(*lists)


@cache
def _named(op: OperatorSpec) -> Coordinates:
    return coordinates(skeleton(op))


@cache
def _places(part: Labels, whole: Labels) -> slice | npt.NDArray[np.intp]:
    where = {label: index for index, label in enumerate(whole)}
    found = np.array([where[label] for label in part])
    if (np.diff(found) == 1).all():
        return slice(int(found[0]), int(found[-1]) + 1)
    return found


def _gradients(
    supernet: Supernet, arch: ArchConfig, images: Tensor
) -> Iterator[tuple[str, npt.NDArray[np.float32], Sequence[Index]]]:
    """Each shared parameter with its gradient, zeros where there is none, and the parts that `arch` owns.

    The loss is a random weighting of the outputs, since a plain sum may cancel.
    """
    supernet.zero_grad(set_to_none=True)
    out = supernet(images, arch)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(len(images)))
    (out * weights).sum().backward()
    parts: dict[str, list[Index]] = {}
    for each in supernet.reads(arch):
        parts.setdefault(each.key, []).append(owned(each))
    for key, parameter in supernet.shared.items():
        if parameter.grad is not None:
            yield key, parameter.grad.numpy(), parts.get(key, [])
    supernet.zero_grad(set_to_none=True)


@cache
def _useful(op: OperatorSpec) -> dict[str, Mask]:
    """Taps (1, 1, k, k) of each convolution that meet more than padding on the operator's map."""
    found: dict[str, Mask] = {}
    module = build_operator(op).eval()

    def note(name: str, conv: nn.Conv2d, size: Sequence[int]) -> None:
        rows, columns = (_taps(size[d], conv.kernel_size[d], conv.stride[d], int(conv.padding[d])) for d in (0, 1))
        seen = found.setdefault(f"{name}.weight", np.zeros(tuple(conv.kernel_size), bool))
        seen[rows[:, None] & columns] = True

    for name, part in module.named_modules():
        if isinstance(part, nn.Conv2d):
            part.register_forward_pre_hook(lambda conv, inputs, name=name: note(name, conv, inputs[0].shape[2:]))
    with torch.no_grad():
        module(*[torch.zeros(1, *shape) for shape in op.inputs])
    return found


def _taps(size: int, kernel: int, stride: int, padding: int) -> Mask:
    starts = np.arange((size + 2 * padding - kernel) // stride + 1) * stride - padding
    met = starts[:, None] + np.arange(kernel)
    inside: Mask = np.any((met >= 0) & (met < size), axis=0, keepdims=False)
    return inside
