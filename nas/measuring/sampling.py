"""Which networks and blocks of a space are worth measuring."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from nas.measuring.plan import Item, Plan, Split
from search_space import ArchConfig, OperatorSpec, SearchSpace, arch_cost, operators

MIN_NETWORKS = 12


def make_plan(
    space: SearchSpace,
    *,
    networks: int,
    blocks: int,
    seed: int,
    passes: int = 1,
    extra: Sequence[ArchConfig] = (),
) -> Plan:
    """Networks and blocks of a space, the same for the same seed, measured in so many passes.

    Half of the networks to fit on: the corners at the smallest, a middle and the largest input, then a set that is
    stratified by input size and multiply-adds. A quarter each to calibrate the interval and to report on: independent
    random members. `extra` networks, such as a front to look at more closely, are fitted on as well. The blocks are
    all those of as many held-out networks as half of them can cover, so that sums can be compared with wholes, and
    others spread over kinds and costs.
    """
    rng = np.random.default_rng(seed)
    n_cal = n_test = networks // 4
    seen = dict.fromkeys(_corners(space)[: max(2, (networks - n_cal - n_test) // 2)])
    pool = [arch for arch in (space.sample(rng) for _ in range(8 * networks)) if arch not in seen]
    pool.sort(key=lambda arch: (arch.resolution, arch_cost(arch).macs))
    wanted = max(0, networks - n_cal - n_test - len(seen))
    for index in np.linspace(0, len(pool) - 1, wanted).round().astype(int):
        seen[pool[index]] = None
    splits: dict[ArchConfig, Split] = dict.fromkeys(seen, "fit")
    while len(splits) < min(networks, space.size):
        arch = space.sample(rng)
        if arch not in splits:
            splits[arch] = "cal" if sum(split == "cal" for split in splits.values()) < n_cal else "test"
    for arch in extra:
        splits.setdefault(arch, "fit")
    items = [Item.of_network(arch, split) for arch, split in splits.items()]
    chosen = _blocks([arch for arch, split in splits.items() if split == "test"], list(splits), blocks)
    anchors = (*_spread(_fit(items), 3), *_spread(chosen, 2))
    return Plan(items=(*items, *chosen), anchors=anchors, passes=passes)


def _corners(space: SearchSpace) -> list[ArchConfig]:
    """The smallest and the largest network, each at the smallest, a middle and the largest input of the space."""
    sides = sorted(space.resolutions)
    extremes = space.smallest(), space.largest()
    others = [
        replace(arch, resolution=(side, side))
        for side in (sides[0], sides[len(sides) // 2], sides[-1])
        for arch in extremes
    ]
    return list(dict.fromkeys([*extremes, *(arch for arch in others if arch in space)]))


def _blocks(whole: Iterable[ArchConfig], archs: Iterable[ArchConfig], wanted: int) -> list[Item]:
    picked = dict[str, OperatorSpec]()
    for arch in whole:
        more = {op.key_json: op for _, op in operators(arch)}
        if len(picked | more) <= wanted // 2:
            picked |= more
    found = {op.key_json: op for arch in archs for _, op in operators(arch)}
    left = [op for key, op in found.items() if key not in picked]
    left.sort(key=lambda op: (op.kind, op.cost.macs, op.key_json))
    wanted = min(wanted - len(picked), len(left))
    places = np.linspace(0, len(left) - 1, wanted).round().astype(int)
    return [Item.of_block(op) for op in (*picked.values(), *(left[place] for place in places))]


def _fit(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.split == "fit"]


def _spread(items: Sequence[Item], wanted: int) -> list[Item]:
    """Up to `wanted` items at even distances, neither the cheapest nor the dearest."""
    ordered = sorted(items, key=lambda item: (item.macs, item.key))
    places = (len(ordered) * place // (wanted + 1) for place in range(1, wanted + 1))
    return list(dict.fromkeys(ordered[place] for place in places if ordered))
