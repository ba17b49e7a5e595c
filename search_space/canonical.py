"""Canonical genotypes of many genotypes at once: what `encode(decode(genotype))` gives, by lookup tables.

Two genotypes describe the same network, and so have one `arch_id`, exactly when their canonical genotypes are equal.

Shapes: n genotypes, g genes.
"""

from dataclasses import dataclass
from itertools import product as cartesian

import numpy as np

from search_space.choices import LevelChoices
from search_space.lookup import BlockRows
from search_space.space import FIRST_LEVEL, SearchSpace

_PLAIN = ("present", "width", "depth", "downsample")  # of which equal values count as the first of them


@dataclass(frozen=True, kw_only=True, eq=False)
class _Settings:
    """One attention type: its columns in the level, and `table` (widths, options of each gene..., genes)."""

    choice: int
    columns: list[int]
    table: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """Rules of one level; `blocks` (depths, rows, len(columns)) holds canonical indices of the genes `columns`."""

    choices: LevelChoices
    start: int
    rows: BlockRows
    firsts: tuple[np.ndarray, ...]  # of the genes in `_PLAIN`
    columns: list[int]
    blocks: np.ndarray
    settings: tuple[_Settings, ...]

    def rewrite(self, genes: np.ndarray) -> None:
        """Make the level's columns (n, genes of the level) canonical in place."""
        place, deep = self.choices.place, np.array(self.choices.depths) > 0
        for name, first in zip(_PLAIN, self.firsts, strict=True):
            genes[:, place[name]] = first[genes[:, place[name]]]
        depth = genes[:, place["depth"]]
        genes[:, self.columns] = self.blocks[depth, self.rows.of(genes.T)]
        attended = deep[depth] & self.rows.has_attention[genes[:, place["block"]]]
        for each in self.settings:
            used = attended & (genes[:, place["attention"]] == each.choice)
            found = each.table[(genes[:, place["width"]], *genes[:, each.columns].T)]
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
            genes = found[:, level.start : level.start + len(level.choices.genes)]
            if level.choices.optional:
                alive &= genes[:, level.choices.place["present"]] == 1
            level.rewrite(genes)
            genes[~alive] = 0
        return found


def _level(choices: LevelChoices, start: int) -> _Level:
    rows = BlockRows(choices=choices)
    names = ["block", *choices.block_genes, "attention"]
    settings = []
    for position, each in enumerate(choices.attentions):
        if each is not None:
            columns = [choices.place[f"{each.type}.{name}"] for name in each.genes()]
            settings.append(_Settings(choice=position, columns=columns, table=_settings(choices, position)))
    return _Level(
        choices=choices,
        start=start,
        rows=rows,
        firsts=tuple(_firsts(choices.choices[name]) for name in _PLAIN),
        columns=[choices.place[name] for name in names],
        blocks=_blocks(choices, rows, names),
        settings=tuple(settings),
    )


def _blocks(choices: LevelChoices, rows: BlockRows, names: list[str]) -> np.ndarray:
    """Canonical indices of the named genes for each depth and each row, shape (depths, rows, names)."""
    found = np.zeros((len(choices.depths), len(rows), len(names)), dtype=np.int64)
    longest = max((len(choices.pattern(i)) for i in range(len(choices.blocks))), default=0)
    done = dict[int, int]()  # depths beyond twice the longest pattern give the same
    for place, depth in enumerate(choices.depths):
        if not depth:
            continue
        shown = min(depth, 2 * longest)
        if shown in done:
            found[place] = found[done[shown]]
            continue
        done[shown] = place
        for row, setting in enumerate(choices.settings()):
            chosen = dict.fromkeys(choices.choices, 0) | {"present": int(choices.optional), "depth": place}
            chosen |= {"block": setting.pattern, **setting.indices, "attention": setting.attention or 0}
            canonical = choices.encode(choices.decode(list(chosen.values())))
            found[place, row] = [canonical[choices.place[name]] for name in names]
    return found


def _settings(choices: LevelChoices, position: int) -> np.ndarray:
    each = choices.attentions[position]
    assert each is not None
    lengths = [len(options) for options in each.genes().values()]
    rows = []
    for width in choices.widths:
        seen: dict[object, tuple[int, ...]] = {}
        for indices in cartesian(*map(range, lengths)):
            setting = each.decode(dict(zip(each.genes(), indices, strict=True)), width)
            rows.append(seen.setdefault(setting, indices))
    return np.array(rows).reshape(len(choices.widths), *lengths, len(lengths))


def _firsts(choices: tuple[object, ...]) -> np.ndarray:
    return np.array([choices.index(choice) for choice in choices])
