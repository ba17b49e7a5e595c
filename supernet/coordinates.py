"""What each index of each parameter means, so that a sub-network reads the right part of shared parameters.

A module names the coordinate of every index of every parameter dimension. A sub-network's parameter is the shared
parameter at the coordinates of the same name. Plain channels are numbered from 0, which makes narrower layers take
the leading channels; kernels are numbered from their centre, which makes smaller kernels centre crops; attention
modules name heads, parts and scales.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

Labels = range | tuple[tuple[int, ...], ...]
Coordinates = dict[str, tuple[Labels, ...]]  # parameter name -> one entry per dimension


def coordinates(module: nn.Module, *, own: bool = True) -> Coordinates:
    """Coordinates of all parameters of `module`; a part with a `coordinates` method speaks for itself.

    `own=False` ignores the method of `module` itself, for use inside it.
    """
    special = getattr(module, "coordinates", None)
    if own and callable(special):
        found: Coordinates = special()
        return found
    result: Coordinates = {}
    for name, parameter in module.named_parameters(recurse=False):
        sizes: list[Labels] = [range(size) for size in parameter.shape]
        if isinstance(module, nn.Conv2d) and name == "weight":
            sizes[2:] = [range(-(size // 2), size - size // 2) for size in parameter.shape[2:]]
        result[name] = tuple(sizes)
    for name, child in module.named_children():
        result |= {f"{name}.{inner}": labels for inner, labels in coordinates(child).items()}
    return result


def union(parts: Iterable[Labels]) -> Labels:
    """All labels of all parts, which are of one kind, in ascending order."""
    ranges, names = list[range](), set[tuple[int, ...]]()
    for part in {id(part): part for part in parts}.values():
        if isinstance(part, range):
            ranges.append(part)
        else:
            names.update(part)
    if ranges:
        return range(min(part.start for part in ranges), max(part.stop for part in ranges))
    return tuple(sorted(names))


def pick(part: Labels, whole: Labels) -> range | Tensor:
    """Where the labels of `part` are in `whole`: a range when they are consecutive, else an index tensor.

    Raises:
        KeyError: a label of `part` is not in `whole`.
    """
    if isinstance(part, range) and isinstance(whole, range):
        if part.start < whole.start or part.stop > whole.stop:
            raise KeyError(f"{part} is not within {whole}")
        return range(part.start - whole.start, part.stop - whole.start)
    place = {label: index for index, label in enumerate(whole)}
    found = [place[label] for label in part]
    if found == list(range(found[0], found[0] + len(found))):
        return range(found[0], found[0] + len(found))
    return torch.tensor(found)


def take(shared: Tensor, rules: Sequence[range | Tensor]) -> Tensor:
    """The contiguous part of `shared` that the rules of each dimension select; differentiable."""
    for dim, rule in enumerate(rules):
        if isinstance(rule, range):
            if len(rule) != shared.shape[dim]:
                shared = shared.narrow(dim, rule.start, len(rule))
        else:
            shared = shared.index_select(dim, rule.to(shared.device))
    return shared.contiguous()


def put(shared: Tensor, rules: Sequence[range | Tensor], part: Tensor) -> None:
    """Write `part` where `take` with the same rules reads it, in place."""
    places = [torch.arange(rule.start, rule.stop) if isinstance(rule, range) else rule for rule in rules]
    index = torch.meshgrid(*places, indexing="ij") if len(places) > 1 else tuple(places)
    shared[index] = part.to(shared)
