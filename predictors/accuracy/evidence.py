"""What is published about accuracy on ImageNet-1k: results of EfficientViT and of other families, with their costs.

Two tables ship with the package. `published_accuracy.csv` holds results of both EfficientViT families, whose costs
follow from their architectures. `other_families_accuracy.csv` holds results of convolutional and hybrid families with
similar operators, from 0.1 to 210 million parameters; `scripts/collect_published_accuracy.py` traces their costs and
names the sources. Its rows `held_out` are fitted by nothing and judge the prior.

Shapes: n networks. Capacities are natural logarithms of multiply-adds, parameters and activations of a backbone
without head (`CAPACITIES` columns); `whole` of the multiply-adds and parameters with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np

from predictors.features.costs import cost_column, cost_matrix, macs
from predictors.intervals.unseen import unseen_networks
from predictors.latency.calibrated import read_data
from search_space import (
    PUBLISHED,
    STRIDES,
    ArchConfig,
    LevelConfig,
    published,
    traits_of,
)
from search_space.attention import AttentionConfig

CAPACITIES = 3
MIT, MSRA = "efficientvit-mit", "efficientvit-msra"
EFFICIENTVIT_EPOCHS = 300
# Share of attention blocks among blocks at strides 16 and above below which attention counts as partly removed;
# arXiv 2305.07027 finds 20-40 % of layers best.
ENOUGH_ATTENTION = 0.3
DEEP_STRIDE = 16
# What no fitted result tells the worth of. Depthwise 7x7 convolutions occur among them, in MCUNet and ConvNeXt, but
# never as what one of two otherwise equal networks has. The networks with published accuracies have 5x5 scales, and
# queries with some kernel above 3; scales were removed in an ablation.
LARGEST_KERNEL = 5
UNKNOWN_SETTINGS: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("linear", "scales"): lambda scales: scales not in ((), (5,)),
    ("cascaded_group", "query_kernels"): lambda kernels: max(kernels) == 3,
}
SANDWICH = "sandwich"  # the trait of blocks of the Microsoft kind


@dataclass(frozen=True, kw_only=True, eq=False)
class Shapes:
    """What the prior looks at in n networks.

    `capacity` (n, 3), `whole` (n, 2), infinite without a head, and `layout` (n, 11), as in `layout_of` and NaN where
    the layers are not known; `attention` (n,) from none, 0, to enough, 1; `sandwich` (n,) the share of levels of the
    Microsoft kind; `without_scales` (n,) the share of attention blocks that lost their scales; `unseen` (n,) whether
    a choice was made that no evidence tells the worth of.
    """

    capacity: np.ndarray
    whole: np.ndarray
    layout: np.ndarray
    attention: np.ndarray
    sandwich: np.ndarray
    without_scales: np.ndarray
    unseen: np.ndarray

    def where(self, rows: np.ndarray) -> "Shapes":
        """The networks that `rows` picks."""
        return Shapes(**{field.name: getattr(self, field.name)[rows] for field in fields(Shapes)})


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """n published results: names (n,), top-1 in percent (n,) and how the networks were trained.

    `doublings` (n,) counts how often 300 epochs were doubled, 0 where the epochs are not known; `distilled` (n,) is 0
    or 1.
    """

    models: np.ndarray
    families: np.ndarray
    weights: np.ndarray
    sides: np.ndarray
    top1: np.ndarray
    doublings: np.ndarray
    distilled: np.ndarray
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.top1)

    def where(self, rows: np.ndarray) -> "Results":
        """The results that `rows` picks."""
        picked = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "shapes"}
        return Results(**picked, shapes=self.shapes.where(rows))


def efficientvit_results() -> tuple[tuple[ArchConfig, ...], Results]:
    """The published results of both EfficientViT families with their architectures."""
    rows = read_data("published_accuracy.csv")
    archs = [replace(published(row["model"]), resolution=(int(row["height"]), int(row["width"]))) for row in rows]
    zeros = np.zeros(len(rows))
    found = Results(
        models=_column(rows, "model"),
        families=np.array([MSRA if row["model"].startswith("msra") else MIT for row in rows]),
        weights=np.array([""] * len(rows)),
        sides=_numbers(rows, "height"),
        top1=_numbers(rows, "top1"),
        doublings=zeros,
        distilled=zeros,
        shapes=shapes_of(archs),
    )
    return tuple(archs), found


def other_results() -> tuple[Results, Results]:
    """Published results of other families: those to fit on, and those held out."""
    rows = read_data("other_families_accuracy.csv")
    epochs = np.array([float(row["epochs"] or EFFICIENTVIT_EPOCHS) for row in rows])
    zeros = np.zeros(len(rows))
    found = Results(
        models=_column(rows, "model"),
        families=_column(rows, "family"),
        weights=_column(rows, "weights"),
        sides=_numbers(rows, "height"),
        top1=_numbers(rows, "top1"),
        doublings=np.log2(epochs / EFFICIENTVIT_EPOCHS),
        distilled=_numbers(rows, "distilled"),
        shapes=Shapes(
            capacity=np.log(np.stack([_numbers(rows, key) for key in ("macs", "parameters", "activations")], axis=1)),
            whole=np.log(np.stack([_numbers(rows, key) for key in ("whole_macs", "whole_parameters")], axis=1)),
            layout=np.full((len(rows), CAPACITIES + 2 + len(STRIDES)), np.nan),
            attention=_numbers(rows, "attention"),
            sandwich=zeros,
            without_scales=zeros,
            unseen=zeros.astype(bool),
        ),
    )
    held = _numbers(rows, "held_out").astype(bool)
    return found.where(~held), found.where(held)


def joined(first: Results, second: Results) -> Results:
    """All results of both."""
    shapes = {
        field.name: np.concatenate([getattr(first.shapes, field.name), getattr(second.shapes, field.name)])
        for field in fields(Shapes)
    }
    rest = {
        field.name: np.concatenate([getattr(first, field.name), getattr(second, field.name)])
        for field in fields(Results)
        if field.name != "shapes"
    }
    return Results(**rest, shapes=Shapes(**shapes))


def shapes_of(archs: Sequence[ArchConfig]) -> Shapes:
    """What the prior looks at in these architectures."""
    backbones = cost_matrix([arch if arch.head is None else replace(arch, head=None) for arch in archs])
    capacity = log_capacity(backbones)
    heads = np.array([arch.head is not None for arch in archs], dtype=bool)
    layers, counts = np.zeros((len(archs), len(STRIDES))), np.zeros((3, len(archs)))
    levels = np.zeros((2, len(archs)))
    for row, arch in enumerate(archs):
        for level in arch.levels:
            layers[row, STRIDES.index(level.stride)] = level.depth + 1
        for level in _deep(arch):
            counts[:, row] += [level.depth, level.attended, level.attended * lost_scales(level.attention)]
            levels[:, row] += [1, any(SANDWICH in block.traits for block in level.blocks)]
    return Shapes(
        capacity=capacity,
        whole=np.where(heads[:, None], log_whole(cost_matrix(archs)), np.inf),
        layout=layout_of(capacity, np.array([arch.resolution[0] for arch in archs], dtype=float), layers),
        attention=attention_share(counts[0], counts[1]),
        sandwich=levels[1] / np.maximum(levels[0], 1),
        without_scales=counts[2] / np.maximum(counts[1], 1),
        unseen=np.array([any(unseen(level) for level in arch.levels) for arch in archs], dtype=bool)
        | (unseen_networks(archs, known_traits()) > 1),
    )


@cache
def known_traits() -> frozenset[str]:
    """What the published networks are made of."""
    return traits_of(map(published, PUBLISHED))


def _deep(arch: ArchConfig) -> Iterator[LevelConfig]:
    return (level for level in arch.levels if level.stride >= DEEP_STRIDE and level.depth)


def attention_share(blocks: np.ndarray, attended: np.ndarray) -> np.ndarray:
    """How much of enough attention there is, 0 to 1, from numbers of blocks at strides 16 and above (n,)."""
    return np.minimum(1.0, attended / np.maximum(blocks, 1) / ENOUGH_ATTENTION)


def unseen(level: LevelConfig) -> bool:
    """Whether the level has a kernel or attention setting that no evidence tells the worth of."""
    return any(
        block.kernel > LARGEST_KERNEL or (block.attention is not None and unseen_attention(block.attention))
        for block in level.blocks
    )


def unseen_attention(attention: AttentionConfig) -> bool:
    """Whether no published network with a known accuracy has attention settings like these.

    Types that no network has at all are unseen by their traits.
    """
    return any(
        unknown(getattr(attention, setting))
        for (kind, setting), unknown in UNKNOWN_SETTINGS.items()
        if kind == attention.type
    )


def lost_scales(attention: AttentionConfig | None) -> bool:
    """Whether attention that may aggregate over scales does without."""
    return getattr(attention, "scales", None) == ()


def log_capacity(costs: np.ndarray) -> np.ndarray:
    """Logarithms (n, 3) of multiply-adds, parameters and activations of backbones with these costs."""
    found = [macs(costs), cost_column(costs, "parameters"), cost_column(costs, "activations")]
    return np.asarray(np.log(np.stack(found, axis=1)))


def log_whole(costs: np.ndarray) -> np.ndarray:
    """Logarithms (n, 2) of multiply-adds and parameters of networks with these costs."""
    return np.asarray(np.log(np.stack([macs(costs), cost_column(costs, "parameters")], axis=1)))


def layout_of(capacity: np.ndarray, sides: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Where architectures are among others: capacities (n, 3), resolution (n,), layers by stride (n, 6) as a total
    and shares; shape (n, 11).
    """
    total = layers.sum(axis=1, keepdims=True)
    return np.concatenate([capacity, np.log(sides)[:, None], np.log(total), layers / total], axis=1)


def _column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows])


def _numbers(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])
