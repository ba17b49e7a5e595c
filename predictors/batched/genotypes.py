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

import numpy as np

from predictors.features.blocks import BlockLatencies
from predictors.intervals.unseen import unseen_genotypes
from predictors.latency.measured import FittedPredictor
from predictors.prediction import LatencyPrediction
from search_space import (
    COST_FIELDS,
    ArchConfig,
    BlockRows,
    LevelChoices,
    LevelConfig,
    OperatorSpec,
    SearchSpace,
    level_operators,
    operator_cost_vector,
    operators,
)
from search_space.blocks import BlockConfig
from search_space.costs import out_size
from search_space.space import FIRST_LEVEL

_CHUNK = 4096  # rows whose intermediate arrays stay in the cache


@dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """One level's tables: `down` (r, widths above, w, downsamples, q) and `blocks` (positions, r, w, rows, q).

    A position is a place in the pattern of the blocks, `rows` numbers their settings, and `counts` (depths, patterns,
    positions) says how many blocks of a level are at each place.
    """

    start: int
    choices: LevelChoices
    rows: BlockRows
    down: np.ndarray
    blocks: np.ndarray
    counts: np.ndarray

    def columns(self, genes: np.ndarray, given: np.ndarray, above: np.ndarray) -> np.ndarray:
        """What the level adds, shape (n, q); `genes` (g, n), `given` (n,) the index of the pair, `above` (n,) that of
        the width of the level above.
        """
        own = genes[self.start : self.start + len(self.choices.genes)]
        place = self.choices.place
        width, rows = own[place["width"]], self.rows.of(own)
        found = self.down[given, above, width, own[place["downsample"]]]
        counts = self.counts[own[place["depth"]], own[place["block"]]]
        for position, table in enumerate(self.blocks):
            found = found + counts[:, position][:, None] * table[given, width, rows]
        return np.asarray(found)


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
            if level.choices.optional:
                alive = alive & (genes[level.start + level.choices.place["present"]] == 1)
            found = level.columns(genes, given, above)
            total += found if alive.all() else found * alive[:, None]
            above = genes[level.start + level.choices.place["width"]]
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
    divided = 1 if index == 0 else space.levels[index - 1].stride
    given = list(cartesian(space.resolutions, space.activations))
    rows = BlockRows(choices=choices, attention_settings=True)
    down = [
        _operators(space, _without_blocks(choices, w, d), (c, *(out_size(side, divided),) * 2), activation)[0]
        for (side, activation), c, w, d in cartesian(given, above, choices.widths, range(len(choices.downsamples)))
    ]
    shape = (len(given), len(above), len(choices.widths), len(choices.downsamples), -1)
    return _Level(
        start=start,
        choices=choices,
        rows=rows,
        down=_priced(down, blocks).reshape(shape),
        blocks=_blocks(space, rows, given, blocks),
        counts=_counts(choices),
    )


def _counts(choices: LevelChoices) -> np.ndarray:
    """How many of the blocks are at each place of each pattern, (depths, patterns, positions)."""
    periods = [len(choices.pattern(index)) for index in range(len(choices.blocks))]
    found = np.zeros((len(choices.depths), max(1, len(periods)), max(periods, default=0)))
    for row, depth in enumerate(choices.depths):
        for pattern, period in enumerate(periods):
            for block in range(depth):
                found[row, pattern, block % period] += 1
    return found


def _blocks(
    space: SearchSpace, rows: BlockRows, given: list[tuple[int, str]], blocks: BlockLatencies | None
) -> np.ndarray:
    """Table of the blocks, shape (positions, r, w, rows, q)."""
    choices = rows.choices
    shape = (len(given), len(choices.widths), len(rows))
    found = []
    for position in range(_counts(choices).shape[-1]):
        costs, groups = np.zeros((*shape, len(COST_FIELDS))), np.zeros(shape, dtype=int)
        for place, ((side, activation), width) in enumerate(cartesian(given, choices.widths)):
            at = divmod(place, len(choices.widths))
            maps = (width, *(out_size(side, choices.stride),) * 2)
            costs[at], groups[at] = _block_costs(space, rows, position, maps, activation, blocks)
        if blocks is None:
            found.append(costs)
        else:
            there = np.asarray(costs.any(axis=-1))
            found.append(np.concatenate([costs, _columns(blocks, costs, groups) * there[..., None]], axis=-1))
    quantities = len(COST_FIELDS) + (len(blocks.names) if blocks is not None else 0)
    return np.array(found) if found else np.zeros((0, *shape, quantities))


def _block_costs(
    space: SearchSpace,
    rows: BlockRows,
    position: int,
    maps: tuple[int, int, int],
    activation: str,
    blocks: BlockLatencies | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Costs (rows, c) and latency groups (rows,) of the block at a place of every pattern, 0 where it is shorter.

    What a block costs beside its attention does not depend on the attention's settings, nor these on the block's.
    """
    choices = rows.choices
    costs, groups = [], []
    for pattern, names in enumerate(choices.own_genes):
        attentions = rows.attentions(pattern, maps[0])
        settings = [
            dict(zip(names, indices, strict=True))
            for indices in cartesian(*(range(len(choices.block_genes[name])) for name in names))
        ]
        if position >= len(choices.pattern(pattern)):
            costs.append(np.zeros((len(settings) * len(attentions), len(COST_FIELDS))))
            groups += [0] * len(costs[-1])
            continue
        block = choices.pattern(pattern)[position]
        plain = [_block(space, block.decode(each, None), maps, activation) for each in settings]
        attended = [_block(space, block.decode(settings[0], each), maps, activation) for each in attentions]
        first, second = _costs(plain), _costs(attended)
        costs.append((first[:, None] + (second - first[0])).reshape(-1, len(COST_FIELDS)))
        if blocks is not None:
            groups += [blocks.group(op) for op in attended] * len(settings)
    if blocks is None:
        groups = [0] * len(rows)
    return np.concatenate(costs), np.array(groups)


def _block(space: SearchSpace, block: BlockConfig, maps: tuple[int, int, int], activation: str) -> OperatorSpec:
    return OperatorSpec(
        part=block.canonical().at(maps),
        inputs=(maps,),
        out_channels=maps[0],
        activation=activation,
        norm_eps=space.norm_eps,
    )


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
    return LevelConfig(stride=choices.stride, width=width, downsample=choices.downsamples[index])


def _operators(
    space: SearchSpace, level: LevelConfig, shape: tuple[int, int, int], activation: str
) -> tuple[OperatorSpec, tuple[OperatorSpec, ...]]:
    return level_operators(level, shape, activation, space.norm_eps, 1e-15)


def _costs(ops: Iterable[OperatorSpec]) -> np.ndarray:
    return np.array([operator_cost_vector(op) for op in ops])


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
