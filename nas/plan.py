"""What to measure for a space: networks and blocks, in groups that are linked by anchors."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from predictors.table import key_hash
from search_space import ArchConfig, OperatorSpec, SearchSpace, arch_cost, operators

GROUP_SIZE = 16  # models loaded at once, anchors not counted
GROUP_WEIGHTS = 128 << 20  # weights loaded at once: 512 MiB in fp32, so that a group fits a small board
Split = Literal["", "fit", "cal", "test"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to measure, a whole network or a block, with what a table says about it.

    `arch` or `operator` is there where the model has still to be built. Activations and weights are in elements.
    """

    key_json: str
    kind: Literal["network", "block"]
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
    def key(self) -> str:
        """Digest of the key: its name in the journal and the table."""
        return key_hash(self.key_json)


_RECORD = ("key_json", "kind", "arch_id", "split", "height", "width", "macs", "activations", "weights", "kernels")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to measure, in groups; the anchors are measured in each group and hold the groups together."""

    items: tuple[Item, ...]
    anchors: tuple[Item, ...]

    @property
    def groups(self) -> list[tuple[Item, ...]]:
        """Items in groups of `GROUP_SIZE` at most and of like size, since a much larger neighbour disturbs a small
        model; large ones in smaller groups, to fit into memory.
        """
        groups: list[list[Item]] = [[]]
        anchors = {item.key for item in self.anchors}
        for item in sorted((item for item in self.items if item.key not in anchors), key=lambda item: item.macs):
            full = sum(other.weights for other in groups[-1]) + item.weights > GROUP_WEIGHTS
            if groups[-1] and (full or len(groups[-1]) == GROUP_SIZE):
                groups.append([])
            groups[-1].append(item)
        return [(*self.anchors, *group) for group in groups]

    @property
    def anchor_keys(self) -> tuple[str, ...]:
        """Keys of the anchors."""
        return tuple(item.key for item in self.anchors)

    @property
    def digest(self) -> str:
        """Digest of the items, their splits and the anchors."""
        text = json.dumps([[[i.key, i.split] for i in self.items], self.anchor_keys])
        return hashlib.sha256(text.encode()).hexdigest()

    def describe(self) -> str:
        """One line on what it holds."""
        counts = {split: sum(item.split == split for item in self.items) for split in ("fit", "cal", "test", "")}
        return (
            f"{counts['fit']} networks to fit, {counts['cal']} to calibrate, {counts['test']} held out, "
            f"{counts['']} blocks, in {len(self.groups)} groups"
        )


def make_plan(space: SearchSpace, *, networks: int, blocks: int, seed: int) -> Plan:
    """Networks and blocks of a space: both corners and a set stratified by multiply-adds to fit on, independent
    random members to calibrate the interval and to report on (half, a quarter and a quarter), and the blocks that
    occur in them, spread over their costs.
    """
    rng = np.random.default_rng(seed)
    n_cal = n_test = networks // 4
    seen = dict.fromkeys([space.smallest(), space.largest()])
    pool = [arch for arch in (space.sample(rng) for _ in range(8 * networks)) if arch not in seen]
    pool.sort(key=lambda arch: arch_cost(arch).macs)
    wanted = max(0, networks - n_cal - n_test - len(seen))
    for index in np.linspace(0, len(pool) - 1, wanted).round().astype(int):
        seen[pool[index]] = None
    splits: dict[ArchConfig, Split] = dict.fromkeys(seen, "fit")
    while len(splits) < min(networks, space.size):
        arch = space.sample(rng)
        if arch not in splits:
            splits[arch] = "cal" if sum(split == "cal" for split in splits.values()) < n_cal else "test"
    items = [Item.of_network(arch, split) for arch, split in splits.items()]
    return Plan(items=(*items, *_blocks(list(splits), blocks)), anchors=_anchors(items))


def _blocks(archs: Sequence[ArchConfig], wanted: int) -> list[Item]:
    found = {op.key_json: op for arch in archs for _, op in operators(arch)}
    by_cost = sorted(found.values(), key=lambda op: (op.cost.macs, op.key_json))
    picked = np.unique(np.linspace(0, len(by_cost) - 1, min(wanted, len(by_cost))).round().astype(int))
    return [Item.of_block(by_cost[i]) for i in picked]


def _anchors(items: Sequence[Item]) -> tuple[Item, ...]:
    fit = sorted((item for item in items if item.split == "fit"), key=lambda item: item.macs)
    return tuple(dict.fromkeys(fit[len(fit) * k // 4] for k in (1, 2, 3)))
