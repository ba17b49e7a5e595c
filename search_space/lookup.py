"""Numbers for the blocks of a level, so that what is known of each choice of blocks is found in a table.

Shapes: n genotypes, g genes of the level.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product as cartesian
from math import prod

import numpy as np

from search_space.attention import AttentionConfig
from search_space.choices import LevelChoices


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockRows:
    """Rows of a table over the choices of blocks of a level, in the order of `LevelChoices.settings`.

    With `attention_settings` there is a row for each setting of the attention, too. A level without blocks has one
    row.
    """

    choices: LevelChoices
    attention_settings: bool = False

    def __len__(self) -> int:
        return int(self._counts[-1]) or 1

    @cached_property
    def _options(self) -> list[int]:
        """Rows of each choice of attention."""
        if not self.attention_settings:
            return [1] * len(self.choices.attentions)
        return [1 if each is None else prod(map(len, each.genes().values())) for each in self.choices.attentions]

    def _options_of(self, pattern: int) -> int:
        return sum(self._options) if self.choices.has_attention(pattern) else 1

    @cached_property
    def _counts(self) -> np.ndarray:
        """First row of each pattern, and the number of all."""
        genes = self.choices.block_genes
        sizes = [
            prod(len(genes[name]) for name in names) * self._options_of(pattern)
            for pattern, names in enumerate(self.choices.own_genes)
        ]
        return np.cumsum([0, *sizes])

    @cached_property
    def _weights(self) -> np.ndarray:
        """What a step of each gene adds to the row, (patterns, g)."""
        found = np.zeros((max(1, len(self.choices.blocks)), len(self.choices.choices)), dtype=np.int64)
        for pattern, names in enumerate(self.choices.own_genes):
            step = self._options_of(pattern)
            for name in reversed(names):
                found[pattern, self.choices.place[name]] = step
                step *= len(self.choices.block_genes[name])
        return found

    @cached_property
    def _attention_weights(self) -> np.ndarray:
        """The same of the settings of each choice of attention, (attentions, g)."""
        found = np.zeros((len(self.choices.attentions), len(self.choices.choices)), dtype=np.int64)
        for row, each in enumerate(self.choices.attentions):
            step = 1
            for name, options in reversed(each.genes().items() if each and self.attention_settings else ()):
                assert each is not None
                found[row, self.choices.place[f"{each.type}.{name}"]] = step
                step *= len(options)
        return found

    @cached_property
    def has_attention(self) -> np.ndarray:
        """Whether each pattern has room for attention, (patterns,)."""
        return np.array([self.choices.has_attention(i) for i in range(len(self.choices.blocks))] or [False])

    def of(self, genes: np.ndarray) -> np.ndarray:
        """The row (n,) of each genotype; `genes` is (g, n), those of the level."""
        place = self.choices.place
        pattern, attention = genes[place["block"]], genes[place["attention"]]
        rows = self._counts[:-1][pattern] if len(self._counts) > 1 else np.zeros_like(pattern)
        for gene in np.flatnonzero(self._weights.any(axis=0)):
            rows = rows + self._weights[pattern, gene] * genes[gene]
        if len(self.choices.attentions) > 1 or self.attention_settings:
            inner = np.cumsum([0, *self._options[:-1]])[attention]
            for gene in np.flatnonzero(self._attention_weights.any(axis=0)):
                inner = inner + self._attention_weights[attention, gene] * genes[gene]
            rows = rows + inner * self.has_attention[pattern]
        return np.asarray(rows)

    def settings(self, width: int) -> Iterator[tuple[int, dict[str, int], AttentionConfig | None]]:
        """What each row stands for on a level of that width: the pattern, the indices of its own genes and its
        attention, without `attention_settings` the first of its type.
        """
        for pattern, names in enumerate(self.choices.own_genes):
            attentions = self.attentions(pattern, width)
            for indices in cartesian(*(range(len(self.choices.block_genes[name])) for name in names)):
                for attention in attentions:
                    yield pattern, dict(zip(names, indices, strict=True)), attention

    def attentions(self, pattern: int, width: int) -> list[AttentionConfig | None]:
        """The attention of the rows that share the other genes of a pattern."""
        if not self.choices.has_attention(pattern):
            return [None]
        found: list[AttentionConfig | None] = []
        for each in self.choices.attentions:
            if each is None:
                found.append(None)
                continue
            genes = each.genes()
            options = [range(len(values) if self.attention_settings else 1) for values in genes.values()]
            found += [each.decode(dict(zip(genes, indices, strict=True)), width) for indices in cartesian(*options)]
        return found
