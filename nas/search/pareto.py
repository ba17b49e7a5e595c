"""Pareto evolution over genotypes: what a trial costs does not grow with the trials before it.

A steady state: a bounded population, ranked by constrained domination and crowding as in NSGA-II (Deb et al., 2002,
IEEE TEVC 6(2)), gives a batch of children at a time by crossover and mutation of whole arrays. No network is asked
twice. The front of everything seen is kept beside the population and shares in the parents.

Shapes: n genotypes, g genes, m objectives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nas.search.front import crowding, front_ranks, pareto_mask

MUTATED = 2.0  # genes redrawn in a child, on average; at least one is
STEPS = 0.6  # share of mutations that go to a neighbouring choice
CROSSED = 0.7  # share of children with two parents
FRONT_PARENTS = 0.5  # share of parents taken from the front of everything seen
ATTEMPTS = 20  # rounds of children before a batch stays short


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """Judged genotypes (n, g), minimised objectives (n, m), and violations (n,), 0 where every constraint holds."""

    genotypes: np.ndarray
    objectives: np.ndarray
    violations: np.ndarray

    def __len__(self) -> int:
        return len(self.genotypes)

    def at(self, rows: np.ndarray) -> "Told":
        """Some of the rows."""
        return Told(
            genotypes=self.genotypes[rows], objectives=self.objectives[rows], violations=self.violations[rows]
        )

    def joined(self, other: "Told") -> "Told":
        """The rows of both."""
        return Told(
            genotypes=np.concatenate([self.genotypes, other.genotypes]),
            objectives=np.concatenate([self.objectives, other.objectives]),
            violations=np.concatenate([self.violations, other.violations]),
        )


class ParetoEvolution:
    """Ask for genotypes, tell what they are worth.

    Args:
        cardinalities: number of choices of each gene, (g,).
        rng: all randomness comes from it.
        population: how many survive.
        canonical: gives genotypes (n, g) the one form that equal networks share.
        seeds: genotypes that are asked first.
    """

    def __init__(
        self,
        cardinalities: Sequence[int] | np.ndarray,
        rng: np.random.Generator,
        *,
        population: int = 50,
        canonical: Callable[[np.ndarray], np.ndarray] = lambda genotypes: genotypes,
        seeds: Sequence[Sequence[int]] | np.ndarray = (),
    ) -> None:
        if population < 2:
            raise ValueError(f"population must be at least 2, got {population}")
        self.cardinalities, self.population, self.rng = np.asarray(cardinalities), population, rng
        self._canonical, self._seen = canonical, set[bytes]()
        if (self.cardinalities < 1).any() or (self.cardinalities > 65536).any():
            raise ValueError("every gene needs 1 to 65536 choices")
        self._weights = (self.cardinalities > 1) / max(1, int((self.cardinalities > 1).sum()))
        self._seeds = np.asarray(seeds, dtype=np.int64).reshape(-1, len(self.cardinalities))
        self.survivors: Told | None = None
        self.front: Told | None = None

    def ask(self, count: int) -> np.ndarray:
        """New canonical genotypes (at most `count`, g); fewer when hardly anything new is left."""
        found = [self._new(self._seeds, count)]
        for _ in range(ATTEMPTS):
            wanted = count - sum(map(len, found))
            if not wanted:
                break
            drawn = self._random(wanted) if self._young else self._children(wanted)
            found.append(self._new(drawn, wanted))
        wanted = count - sum(map(len, found))
        if wanted:  # the neighbourhood is exhausted
            found.append(self._new(self._random(4 * wanted), wanted))
        return np.concatenate(found)

    def tell(self, told: Told) -> np.ndarray:
        """Take in judged genotypes; which of them joined the front of everything seen, (n,) bool."""
        self._seen.update(_keys(told.genotypes))
        everyone = told if self.survivors is None else self.survivors.joined(told)
        self.survivors = everyone.at(_best(everyone, self.population))
        rows = np.flatnonzero(told.violations <= 0)
        rows = rows[pareto_mask(told.objectives[rows])]
        if self.front is not None:
            rows = rows[~_covered(told.objectives[rows], self.front.objectives)]
            kept = self.front.at(np.flatnonzero(~_covered(self.front.objectives, told.objectives[rows])))
            self.front = kept.joined(told.at(rows))
        else:
            self.front = told.at(rows)
        joined = np.zeros(len(told), dtype=bool)
        joined[rows] = True
        return joined

    def take_seeds(self, count: int) -> np.ndarray:
        """The next seeds (at most `count`, g) that were not asked yet."""
        return self._new(self._seeds, count)

    def unseen(self, genotypes: np.ndarray) -> np.ndarray:
        """Rows of canonical genotypes (n, g) that were never asked, each once."""
        rows = {key: row for row, key in reversed(list(enumerate(_keys(genotypes)))) if key not in self._seen}
        return np.array(sorted(rows.values()), dtype=int)

    def claim(self, genotypes: np.ndarray) -> np.ndarray:
        """Count canonical genotypes as asked and return them."""
        self._seen.update(_keys(genotypes))
        return genotypes

    @property
    def _young(self) -> bool:
        """While the population is less than full, random members are added."""
        return self.survivors is None or len(self.survivors) < self.population

    def _random(self, count: int) -> np.ndarray:
        return self.rng.integers(self.cardinalities, size=(count, len(self.cardinalities)))

    def _children(self, count: int) -> np.ndarray:
        first, second = self._parents(count), self._parents(count)
        shape = first.shape
        take = (self.rng.random(shape) < 0.5) & (self.rng.random((count, 1)) < CROSSED)
        children = np.where(take, second, first)
        redraw = self.rng.random(shape) < MUTATED * self._weights
        redraw[np.arange(count), self.rng.choice(shape[1], size=count, p=_share(self._weights))] = True
        step = np.clip(children + self.rng.choice([-1, 1], size=shape), 0, self.cardinalities - 1)
        other = np.where(self.rng.random(shape) < STEPS, step, self.rng.integers(self.cardinalities, size=shape))
        return np.where(redraw, other, children)

    def _parents(self, count: int) -> np.ndarray:
        """Genotypes (count, g): the better of two survivors, or any of the front."""
        assert self.survivors is not None
        pairs = self.rng.integers(len(self.survivors), size=(count, 2))
        chosen = self.survivors.genotypes[pairs.min(axis=1)]  # survivors are sorted, best first
        if self.front is not None and len(self.front):
            rows = self.rng.integers(len(self.front), size=count)
            from_front = self.rng.random((count, 1)) < FRONT_PARENTS
            chosen = np.where(from_front, self.front.genotypes[rows], chosen)
        return chosen

    def _new(self, genotypes: np.ndarray, count: int) -> np.ndarray:
        """The first `count` of `genotypes` that were never asked, canonical."""
        canonical = self._canonical(genotypes)
        rows: list[int] = []
        for row, key in enumerate(_keys(canonical)):
            if len(rows) == count:
                break
            if key not in self._seen:
                self._seen.add(key)
                rows.append(row)
        return canonical[rows]


def _best(told: Told, count: int) -> np.ndarray:
    """Rows of the best `count`, best first: fewest violations, then rank, then crowding."""
    feasible = np.flatnonzero(told.violations <= 0)
    ranks = front_ranks(told.objectives[feasible], count)
    spread = np.zeros(len(feasible))
    for rank in range(ranks.max(initial=-1) + 1):
        here = np.flatnonzero(ranks == rank)
        spread[here] = crowding(told.objectives[feasible[here]]) if len(here) else 0
    found = feasible[np.lexsort((-spread, ranks))]
    worse = np.flatnonzero(told.violations > 0)
    worse = worse[np.argsort(told.violations[worse], kind="stable")]
    return np.concatenate([found, worse])[:count]


def _covered(objectives: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Which rows (n, m) some row of `by` (k, m) equals or dominates, (n,) bool."""
    nowhere_worse = np.all(by[None] <= objectives[:, None], axis=2)
    return np.asarray(np.any(nowhere_worse, axis=1))


def _keys(genotypes: np.ndarray) -> list[bytes]:
    small = np.ascontiguousarray(genotypes, dtype=np.uint16)
    return [row.tobytes() for row in small]


def _share(weights: np.ndarray) -> np.ndarray:
    total = weights.sum()
    return weights / total if total else np.full(len(weights), 1 / len(weights))
