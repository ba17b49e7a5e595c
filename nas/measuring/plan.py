"""What to measure for a space: networks and blocks, in groups that are linked by anchors."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from predictors.latency.table import key_hash
from search_space import ArchConfig, OperatorSpec, arch_cost

if TYPE_CHECKING:
    from torch import nn

GROUP_SIZE = 16  # models loaded at once, anchors not counted
GROUP_WEIGHTS = 128 << 20  # weights loaded at once: 512 MiB in fp32, so that a group fits a small board
Split = Literal["", "fit", "cal", "test"]


class Named(Protocol):
    """What a table is of: a search space, or the networks that it is compared with."""

    @property
    def name(self) -> str:
        """Its name in manifests."""
        ...


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to measure, a whole network, a block or a reference of another project, with what a table says of it.

    `arch`, `operator` or `module` is there where the model has still to be built; `module` makes a reference of RGB
    images, ready to deploy. Activations and weights are in elements.
    """

    key_json: str
    kind: Literal["network", "block", "reference"]
    arch_id: str = ""
    split: Split = ""
    height: int
    width: int
    macs: int
    activations: int
    weights: int
    kernels: int
    arch: ArchConfig | None = field(default=None, compare=False, repr=False)
    operator: OperatorSpec | None = field(default=None, compare=False, repr=False)
    module: "Callable[[], nn.Module] | None" = field(default=None, compare=False, repr=False)

    @classmethod
    def of_network(cls, arch: ArchConfig, split: Split = "") -> "Item":
        """A whole network."""
        (height, width), cost = arch.resolution, arch_cost(arch)
        return cls(
            key_json=arch.to_json(),
            kind="network",
            arch_id=arch.arch_id,
            split=split,
            height=height,
            width=width,
            macs=cost.macs,
            activations=cost.activations,
            weights=cost.weights,
            kernels=cost.kernels,
            arch=arch,
        )

    @classmethod
    def of_block(cls, operator: OperatorSpec) -> "Item":
        """A single block."""
        cost = operator.cost
        return cls(
            key_json=operator.key_json,
            kind="block",
            height=operator.height,
            width=operator.width,
            macs=cost.macs,
            activations=cost.activations,
            weights=cost.weights,
            kernels=cost.kernels,
            operator=operator,
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Item":
        """The item that `record` was made of, without what is needed to build it."""
        return cls(**record)

    def record(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in _RECORD}

    @property
    def block_type(self) -> str:
        """What kind of block it is; empty for what is none."""
        return str(json.loads(self.key_json)["kind"]) if self.kind == "block" else ""

    @property
    def key(self) -> str:
        """Digest of the key: its name in the journal and the table."""
        return key_hash(self.key_json)


_RECORD = ("key_json", "kind", "arch_id", "split", "height", "width", "macs", "activations", "weights", "kernels")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to measure, in groups; the anchors are measured in each group and hold the groups together.

    With two `passes` all is measured a second time later on, in other company: what the two disagree by is the honest
    noise of the table, as two visits minutes apart differ by more than the rounds of one.
    """

    items: tuple[Item, ...]
    anchors: tuple[Item, ...]
    passes: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.passes <= GROUP_SIZE:
            raise ValueError(f"passes must lie between 1 and {GROUP_SIZE}, got {self.passes}")

    @property
    def groups(self) -> list[tuple[Item, ...]]:
        """Items in groups of `GROUP_SIZE` at most and of like size, since a much larger neighbour disturbs a small
        model; large ones in smaller groups, to fit into memory.
        """
        anchors = {item.key for item in self.anchors}
        items = sorted((item for item in self.items if item.key not in anchors), key=lambda item: item.macs)
        packed = [group for index in range(self.passes) for group in _packed(items, index / self.passes)]
        return [(*self.anchors, *group) for group in packed]

    @property
    def anchor_keys(self) -> tuple[str, ...]:
        """Keys of the anchors."""
        return tuple(item.key for item in self.anchors)

    @property
    def digest(self) -> str:
        """Digest of the items, their splits and the anchors."""
        text = json.dumps([[[i.key, i.split] for i in self.items], self.anchor_keys, self.passes])
        return hashlib.sha256(text.encode()).hexdigest()

    def describe(self) -> str:
        """One line on what it holds."""
        counts = {split: sum(item.split == split for item in self.items) for split in ("fit", "cal", "test", "")}
        return (
            f"{counts['fit']} networks to fit, {counts['cal']} to calibrate, {counts['test']} held out, "
            f"{counts['']} blocks, in {len(self.groups)} groups"
            + (f", {self.passes} passes" if self.passes > 1 else "")
        )


def _packed(items: Sequence[Item], start: float) -> list[list[Item]]:
    """Groups of the items in their order, the first smaller by the share `start`."""
    groups: list[list[Item]] = [[]]
    for item in items:
        size = GROUP_SIZE - round(start * GROUP_SIZE) if len(groups) == 1 else GROUP_SIZE
        full = sum(other.weights for other in groups[-1]) + item.weights > GROUP_WEIGHTS
        if groups[-1] and (full or len(groups[-1]) == size):
            groups.append([])
        groups[-1].append(item)
    return groups
