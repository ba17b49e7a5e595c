"""Latency features of many genotypes at once, by lookup tables built once from the operators of a space.

Every quantity adds up over operators, and an operator depends on few genes: a downsample operator on the input size,
two widths and its kind; a block on the input size, its width and its settings; a head on the last level. Costs are
whole numbers below 2**53 and so exact in any order.

Shapes: n genotypes, g genes, q quantities (`Design.additive`), r pairs of resolution and activation, w widths of a
level.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as cartesian
from math import prod

import numpy as np

from predictors.blocks import BlockLatencies
from predictors.estimate import LatencyPrediction
from predictors.fitted import FittedPredictor
from predictors.unseen import unseen_genotypes
from search_space import (
    COST_FIELDS,
    ArchConfig,
    LevelChoices,
    LevelConfig,
    OperatorSpec,
    SearchSpace,
    level_operators,
    operator_cost_vector,
    operators,
)
from search_space.choices import ATTENTION, BLOCK, DEPTH, DOWNSAMPLE, EXPAND, KERNEL, PRESENT, SETTINGS, WIDTH
from search_space.space import FIRST_LEVEL

_CHUNK = 4096  # rows whose intermediate arrays stay in the cache


@dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """One level's tables: `down` (r, widths above, w, downsamples, q) and `block` (r, w, settings..., a, q).

    The a attention settings of a block are numbered by `offsets` (types,) plus genes times `weights` (types, genes).
    """

    start: int
    down: np.ndarray
    block: np.ndarray
    depths: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    optional: bool

    def columns(self, genes: np.ndarray, given: np.ndarray, above: np.ndarray) -> np.ndarray:
        """What the level adds, shape (n, q); `genes` (g, n), `given` (n,) the index of the pair, `above` (n,) that of
        the width of the level above.
        """
        own = genes[self.start :]
        attention = own[ATTENTION]
        setting = self.offsets[attention]
        for gene in range(self.weights.shape[1]):
            setting = setting + self.weights[attention, gene] * own[SETTINGS + gene]
        place = (given, own[WIDTH], own[BLOCK], own[EXPAND], own[KERNEL], setting)
        down = self.down[given, above, own[WIDTH], own[DOWNSAMPLE]]
        return np.asarray(down + self.depths[own[DEPTH]][:, None] * self.block[place])


@dataclass(frozen=True, kw_only=True, eq=False)
class GenotypeTables:
    """Lookup tables of a space; `heads` by the index of the level they follow, (r, w, heads, q) each."""

    cardinalities: np.ndarray
    levels: tuple[_Level, ...]
    heads: dict[int, np.ndarray]

    @classmethod
    def build(cls, space: SearchSpace, blocks: BlockLatencies | None = None) -> "GenotypeTables":
        """Price every operator of the space; with `blocks` their latencies too. Takes a second or two.

        Raises:
            ValueError: a head of the space reads several levels.
        """
        return _without_blocks_of(space) if blocks is None else _tables(space, blocks)

    def additive(self, genotypes: np.ndarray) -> np.ndarray:
        """Quantities (n, q) of genotypes (n, g), equal to those of the decoded architectures.

        Raises:
            ValueError: wrong shape, or an index outside a gene's choices.
        """
        if genotypes.ndim != 2 or genotypes.shape[1] != len(self.cardinalities):
            raise ValueError(f"genotypes must be (n, {len(self.cardinalities)}), got {genotypes.shape}")
        if ((genotypes < 0) | (genotypes >= self.cardinalities)).any():
            raise ValueError("a genotype has an index outside its gene's choices")
        chunks = [self._additive(genotypes[i : i + _CHUNK]) for i in range(0, max(len(genotypes), 1), _CHUNK)]
        return np.concatenate(chunks)

    def _additive(self, genotypes: np.ndarray) -> np.ndarray:
        genes = np.ascontiguousarray(genotypes.T)
        given = genes[0] * self.cardinalities[1] + genes[1]
        above = np.zeros(len(genotypes), dtype=genes.dtype)
        alive, end = np.ones(len(genotypes), dtype=bool), np.zeros(len(genotypes), dtype=int)
        total = np.zeros((len(genotypes), self.levels[0].down.shape[-1]))
        last = above
        for index, level in enumerate(self.levels):
            if level.optional:
                alive = alive & (genes[level.start + PRESENT] == 1)
            found = level.columns(genes, given, above)
            total += found if alive.all() else found * alive[:, None]
            above = genes[level.start + WIDTH]
            last, end = np.where(alive, above, last), np.where(alive, index, end)
        for index, table in self.heads.items():
            here = np.flatnonzero(end == index)
            total[here] += table[given[here], last[here], genes[2, here]]
        return total


def _tables(space: SearchSpace, blocks: BlockLatencies | None) -> GenotypeTables:
    for head in space.heads:
        if head.strides:
            raise ValueError(f"space {space.name}: a {head.type} head reads several levels; it has no fast path")
    start, levels = FIRST_LEVEL, []
    for index in range(len(space.levels)):
        levels.append(_level(space, index, start, blocks))
        start += len(space.levels[index].genes)
    ends = [i for i in range(len(levels)) if i + 1 == len(levels) or space.levels[i + 1].optional]
    return GenotypeTables(
        cardinalities=np.array([len(gene.choices) for gene in space.genes]),
        levels=tuple(levels),
        heads={end: _heads(space, end, blocks) for end in ends},
    )


@lru_cache(maxsize=4)
def _without_blocks_of(space: SearchSpace) -> GenotypeTables:
    """Costs alone, which every device and every search in a space share."""
    return _tables(space, None)


def _level(space: SearchSpace, index: int, start: int, blocks: BlockLatencies | None) -> _Level:
    choices = space.levels[index]
    above = (space.in_channels,) if index == 0 else space.levels[index - 1].widths
    given = [
        (_halved(side, index), activation) for side, activation in cartesian(space.resolutions, space.activations)
    ]
    lengths = [1 if each is None else prod(map(len, each.genes().values())) for each in choices.attentions]
    weights = np.zeros((len(lengths), sum(len(each.genes()) for each in choices.attentions if each)), dtype=np.int64)
    column = 0
    for position, each in enumerate(choices.attentions):
        options = list(map(len, each.genes().values())) if each else []
        for gene in range(len(options)):
            weights[position, column + gene] = prod(options[gene + 1 :])
        column += len(options)
    down = [
        _operators(space, _without_blocks(choices, w, d), (c, side, side), activation)[0]
        for (side, activation), c, w, d in cartesian(given, above, choices.widths, range(len(choices.downsamples)))
    ]
    shape = (len(given), len(above), len(choices.widths), len(choices.downsamples), -1)
    return _Level(
        start=start,
        down=_priced(down, blocks).reshape(shape),
        block=_blocks(space, choices, given, blocks),
        depths=np.array(choices.depths, dtype=float),
        offsets=np.cumsum([0, *lengths[:-1]]),
        weights=weights,
        optional=choices.optional,
    )


def _blocks(
    space: SearchSpace, choices: LevelChoices, given: list[tuple[int, str]], blocks: BlockLatencies | None
) -> np.ndarray:
    """Table of the blocks, shape (r, w, blocks, expands, kernels, a, q).

    The convolutions of a block do not depend on its attention's settings, nor the attention on the convolutions'.
    """

    def op(
        given: tuple[int, str], width: int, block: str, expand: int, kernel: int, attention: object
    ) -> OperatorSpec | None:
        side, activation = given
        level = LevelConfig(
            stride=choices.stride,
            width=width,
            depth=int(block != "none"),
            block=block,
            expand=expand,
            kernel=kernel,
            attention=attention,  # type: ignore[arg-type]
            fewer_norm=choices.fewer_norm,
        )
        return _operators(space, level, (1, side, side), activation)[1]

    plain = [
        op(each, w, b, e, k, None)
        for each, w, b, e, k in cartesian(given, choices.widths, choices.blocks, choices.expands, choices.kernels)
    ]
    attended = [
        op(each, w, b, choices.expands[0], choices.kernels[0], attention)
        for each, w, b in cartesian(given, choices.widths, choices.blocks)
        for attention in _attentions(choices, w)
    ]
    shape = (len(given), len(choices.widths), len(choices.blocks))
    first = _costs(plain).reshape(*shape, len(choices.expands), len(choices.kernels), 1, -1)
    second = _costs(attended).reshape(*shape, 1, 1, len(attended) // prod(shape), len(COST_FIELDS))
    costs = first + (second - first[:, :, :, :1, :1])
    if blocks is None:
        return np.asarray(costs)
    groups = np.array([0 if each is None else blocks.group(each) for each in attended]).reshape(second.shape[:-1])
    present = np.array([each is not None for each in attended]).reshape(second.shape[:-1])
    columns = _columns(blocks, costs, np.broadcast_to(groups, costs.shape[:-1]))
    return np.concatenate([costs, columns * present[..., None]], axis=-1)


def _attentions(choices: LevelChoices, width: int) -> Iterable[object]:
    for each in choices.attentions:
        if each is None:
            yield None
            continue
        genes = each.genes()
        for indices in cartesian(*(range(len(options)) for options in genes.values())):
            yield each.decode(dict(zip(genes, indices, strict=True)), width)


def _heads(space: SearchSpace, end: int, blocks: BlockLatencies | None) -> np.ndarray:
    """Table of the heads on level `end`, shape (r, w, heads, q)."""
    found = []
    given = list(cartesian(space.resolutions, space.activations))
    for (side, activation), width, head in cartesian(given, space.levels[end].widths, space.heads):
        levels = [_without_blocks(each, each.widths[0]) for each in space.levels[:end]]
        levels.append(_without_blocks(space.levels[end], width))
        arch = ArchConfig(
            levels=tuple(levels),
            head=head,
            resolution=(side, side),
            activation=activation,
            in_channels=space.in_channels,
        )
        found.append(operators(arch)[-1][1])
    return _priced(found, blocks).reshape(len(given), len(space.levels[end].widths), len(space.heads), -1)


def _without_blocks(choices: LevelChoices, width: int, index: int = 0) -> LevelConfig:
    op, expand = choices.downsamples[index]
    return LevelConfig(
        stride=choices.stride,
        width=width,
        downsample=op,
        downsample_expand=expand,
        fewer_norm=choices.fewer_norm,
    )


def _operators(
    space: SearchSpace, level: LevelConfig, shape: tuple[int, int, int], activation: str
) -> tuple[OperatorSpec, OperatorSpec | None]:
    return level_operators(level, shape, activation, space.norm_eps, 1e-15)


def _halved(side: int, times: int) -> int:
    for _ in range(times):
        side = (side + 1) // 2
    return side


def _costs(ops: Iterable[OperatorSpec | None]) -> np.ndarray:
    return np.array([np.zeros(len(COST_FIELDS)) if op is None else operator_cost_vector(op) for op in ops])


def _priced(ops: list[OperatorSpec], blocks: BlockLatencies | None) -> np.ndarray:
    costs = _costs(ops)
    if blocks is None:
        return costs
    groups = np.array([blocks.group(op) for op in ops])
    return np.concatenate([costs, _columns(blocks, costs, groups)], axis=-1)


def _columns(blocks: BlockLatencies, costs: np.ndarray, groups: np.ndarray) -> np.ndarray:
    flat, group = costs.reshape(-1, len(COST_FIELDS)), groups.reshape(-1)
    found = [blocks.columns(flat[i : i + _CHUNK], group[i : i + _CHUNK]) for i in range(0, len(flat), _CHUNK)]
    return np.concatenate(found).reshape(*costs.shape[:-1], -1)


@dataclass(frozen=True, kw_only=True, eq=False)
class GenotypePredictor:
    """A fitted predictor that answers for genotypes of one space, 100,000 and more a second."""

    predictor: FittedPredictor
    tables: GenotypeTables
    space: SearchSpace

    @classmethod
    def build(cls, predictor: FittedPredictor, space: SearchSpace) -> "GenotypePredictor":
        """See `GenotypeTables.build`."""
        tables = GenotypeTables.build(space, predictor.design.blocks)
        return cls(predictor=predictor, tables=tables, space=space)

    def predict(self, genotypes: np.ndarray, *, confidence: float) -> LatencyPrediction:
        """Latencies of genotypes (n, g); see `LatencyPrediction`."""
        additive = self.tables.additive(genotypes)
        unseen = unseen_genotypes(self.space, genotypes, self.predictor.traits)
        parts = [
            self.predictor.predict_additive(additive[i : i + _CHUNK], unseen[i : i + _CHUNK], confidence=confidence)
            for i in range(0, max(len(additive), 1), _CHUNK)
        ]
        return LatencyPrediction(
            p50_ms=np.concatenate([part.p50_ms for part in parts]),
            low_ms=np.concatenate([part.low_ms for part in parts]),
            high_ms=np.concatenate([part.high_ms for part in parts]),
            extrapolated=np.concatenate([part.extrapolated for part in parts]),
            confidence=confidence,
            origin=self.predictor.origin,
        )
