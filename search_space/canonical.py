"""Canonical genotypes of many genotypes at once: what `encode(decode(genotype))` gives, by lookup tables.

Two genotypes describe the same network, and so have one `arch_id`, exactly when their canonical genotypes are equal.

Shapes: n genotypes, g genes.
"""

from dataclasses import dataclass
from itertools import product as cartesian
from math import prod

import numpy as np

from search_space.choices import ATTENTION, BLOCK, DEPTH, DOWNSAMPLE, PRESENT, SETTINGS, WIDTH, LevelChoices
from search_space.space import FIRST_LEVEL, SearchSpace


@dataclass(frozen=True, kw_only=True, eq=False)
class _Settings:
    """One attention type: its columns in the level, and `table` (widths, options of each gene..., genes)."""

    choice: int
    columns: slice
    table: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """Rules of one level; `block` (blocks, expands, kernels, attentions, 4) holds canonical indices of a block."""

    columns: slice
    optional: bool
    firsts: tuple[np.ndarray, ...]  # of present, width, depth and downsample
    deep: np.ndarray
    block: np.ndarray
    settings: tuple[_Settings, ...]

    def rewrite(self, genes: np.ndarray) -> None:
        """Make the level's columns (n, genes of the level) canonical in place."""
        for column, first in enumerate(self.firsts):
            genes[:, column] = first[genes[:, column]]
        plain = self.block[tuple(genes[:, BLOCK : ATTENTION + 1].T)]
        genes[:, BLOCK : ATTENTION + 1] = np.where(self.deep[genes[:, DEPTH]][:, None], plain, 0)
        for each in self.settings:
            used = self.deep[genes[:, DEPTH]] & (genes[:, ATTENTION] == each.choice)
            found = each.table[(genes[:, WIDTH], *genes[:, each.columns].T)]
            genes[:, each.columns] = np.where(used[:, None], found, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Canonical:
    """Called with genotypes (n, g), gives the canonical ones (n, g)."""

    levels: tuple[_Level, ...]
    firsts: tuple[np.ndarray, ...]

    @classmethod
    def build(cls, space: SearchSpace) -> "Canonical":
        """The tables of a space; a tenth of a second."""
        levels, start = [], FIRST_LEVEL
        for choices in space.levels:
            levels.append(_level(choices, start))
            start += len(choices.genes)
        return cls(levels=tuple(levels), firsts=tuple(_firsts(gene.choices) for gene in space.genes[:FIRST_LEVEL]))

    def __call__(self, genotypes: np.ndarray) -> np.ndarray:
        """Canonical genotypes in the same order."""
        found = np.array(genotypes, copy=True)
        for column, first in enumerate(self.firsts):
            found[:, column] = first[found[:, column]]
        alive = np.ones(len(found), dtype=bool)
        for level in self.levels:
            genes = found[:, level.columns]
            if level.optional:
                alive &= genes[:, PRESENT] == 1
            level.rewrite(genes)
            genes[~alive] = 0
        return found


def _level(choices: LevelChoices, start: int) -> _Level:
    settings, column = [], SETTINGS
    for position, each in enumerate(choices.attentions):
        if each is None:
            continue
        lengths = [len(options) for options in each.genes().values()]
        columns = slice(column, column + len(lengths))
        settings.append(_Settings(choice=position, columns=columns, table=_settings(choices, position, lengths)))
        column += len(lengths)
    return _Level(
        columns=slice(start, start + len(choices.genes)),
        optional=choices.optional,
        firsts=tuple(_firsts(gene.choices) for gene in choices.genes[: DOWNSAMPLE + 1]),
        deep=np.array(choices.depths) > 0,
        block=_blocks(choices),
        settings=tuple(settings),
    )


def _blocks(choices: LevelChoices) -> np.ndarray:
    shape = tuple(map(len, (choices.blocks, choices.expands, choices.kernels, choices.attentions)))
    found = np.zeros((*shape, 4), dtype=np.int64)
    deep = [index for index, depth in enumerate(choices.depths) if depth]
    if not deep:
        return found
    for place in cartesian(*map(range, shape)):
        genes = [0] * len(choices.genes)
        genes[PRESENT], genes[DEPTH] = int(choices.optional), deep[0]
        genes[BLOCK : ATTENTION + 1] = place
        found[place] = choices.encode(choices.decode(genes))[BLOCK : ATTENTION + 1]
    return found


def _settings(choices: LevelChoices, position: int, lengths: list[int]) -> np.ndarray:
    each = choices.attentions[position]
    assert each is not None
    rows = []
    for width in choices.widths:
        seen: dict[object, tuple[int, ...]] = {}
        for indices in cartesian(*map(range, lengths)):
            setting = each.decode(dict(zip(each.genes(), indices, strict=True)), width)
            rows.append(seen.setdefault(setting, indices))
    assert len(rows) == len(choices.widths) * prod(lengths)
    return np.array(rows).reshape(len(choices.widths), *lengths, len(lengths))


def _firsts(choices: tuple[object, ...]) -> np.ndarray:
    return np.array([choices.index(choice) for choice in choices])
