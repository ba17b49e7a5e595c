"""Fair sampling: each choice of each gene is drawn equally often, without anything to remember.

Every gene has a deck of its choices that is shuffled anew when it runs out (strict fairness within each deck, after
FairNAS, arXiv 1907.01845). The n-th draw is a function of (seed, n), so a resumed run draws what it would have drawn.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from search_space import ArchConfig, Genotype, SearchSpace


@dataclass(frozen=True, kw_only=True)
class FairSampler:
    """Members of `space` by number; genes that are not among `open_genes` stay as in `base`."""

    space: SearchSpace
    seed: int

    def draw(self, number: int, *, fixed: Collection[str] = (), base: Genotype = ()) -> ArchConfig:
        """The member with that number; genes named in `fixed` (`levels.16.width`) are those of `base`."""
        genotype = []
        for position, gene in enumerate(self.space.genes):
            if gene.name in fixed:
                genotype.append(base[position])
                continue
            if len(gene.choices) == 1:
                genotype.append(0)
                continue
            deck, place = divmod(number, len(gene.choices))
            genotype.append(_deck(self.seed, position, deck, len(gene.choices))[place])
        return self.space.decode(genotype)


@lru_cache(maxsize=4096)
def _deck(seed: int, position: int, deck: int, size: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng([seed, position, deck]).permutation(size).tolist())
