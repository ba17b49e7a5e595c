"""Pareto evolution that looks ahead: for evaluations that cost seconds, a model chooses what is evaluated.

The first networks are seeds, extremes and random ones. From then on, round by round, a model of the error is refitted
to all evaluations, an inner evolution runs on its predictions, and of what it finds the networks are evaluated whose
predictions add most hypervolume to the evaluated front. Objectives other than the error, and all constraints, are
known without an evaluation, so that none is spent on a network that breaks one.

Shapes: n genotypes, g genes, m objectives, k features.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nas.search.front import hypervolume, pareto_mask
from nas.search.pareto import ParetoEvolution, Told
from predictors.accuracy.surrogate import Kernel, Surrogate, fit_surrogate

FIRST = 12  # evaluations before the first model
INNER, INNER_BATCH = 3000, 100  # candidates that the inner evolution tries in a round
RECHOOSE = 1.25  # growth of the evaluations after which the kernel is chosen anew
SCATTER = 0.35  # of the sizes of genes about that of their network, at the start
ATTEMPTS = 10  # at finding networks that keep the constraints


@dataclass(frozen=True, kw_only=True, eq=False)
class Cheap:
    """What is known of genotypes without evaluating them: objectives but the error (n, m - 1), violations (n,), and
    features (n, k) for the model.
    """

    objectives: np.ndarray
    violations: np.ndarray
    features: np.ndarray


@dataclass(kw_only=True, eq=False)
class GuidedEvolution:
    """Ask for genotypes, tell what they are worth; see `ParetoEvolution`, which `tracker` is.

    The corner (m,) up to which hypervolume counts is `reference`; `cheap` knows all but the error.
    """

    tracker: ParetoEvolution
    cheap: Callable[[np.ndarray], Cheap]
    reference: Sequence[float]
    canonical: Callable[[np.ndarray], np.ndarray] = lambda genotypes: genotypes
    first: int = FIRST
    predicted: dict[bytes, float] = field(default_factory=dict)  # errors predicted before they were evaluated
    _told: Told | None = None
    _features: np.ndarray | None = None
    _kernel: Kernel | None = None
    _chosen_at: int = 0

    @property
    def front(self) -> Told | None:
        """The front of everything evaluated."""
        return self.tracker.front

    def ask(self, count: int) -> np.ndarray:
        """Genotypes to evaluate (at most `count`, g)."""
        if self._told is None or len(self._told) < self.first:
            done = 0 if self._told is None else len(self._told)
            return self._start(min(count, self.first - done))
        model = self._refit()
        genotypes = self._inner_evolution(model)
        if not len(genotypes):
            return self.tracker.ask(count)
        cheap = self.cheap(genotypes)
        mean, std = model.predict(cheap.features)
        rows = self._most_volume(mean, std, cheap.objectives, count)
        for row in rows:
            self.predicted[key_of(genotypes[row])] = float(mean[row])
        return self.tracker.claim(genotypes[rows])

    def verification(self) -> list[tuple[tuple[int, ...], float, float]]:
        """Genotype, predicted and evaluated error in percent of every network that the model chose, in order."""
        if self._told is None:
            return []
        pairs = zip(self._told.genotypes, self._told.objectives[:, 0].tolist(), strict=True)
        return [
            (tuple(genotype.tolist()), self.predicted[key], error)
            for genotype, error in pairs
            if (key := key_of(genotype)) in self.predicted
        ]

    def tell(self, told: Told) -> np.ndarray:
        """Take in evaluated genotypes; which joined the front, (n,) bool."""
        features = self.cheap(told.genotypes).features
        self._told = told if self._told is None else self._told.joined(told)
        self._features = features if self._features is None else np.concatenate([self._features, features])
        return self.tracker.tell(told)

    def _start(self, count: int) -> np.ndarray:
        """Seeds, then members of every size that keep the constraints, while any are found.

        Genes drawn independently give networks of middling size; here each network draws how large its genes are.
        """
        seeds = self.tracker.take_seeds(count)
        found, wanted = [seeds], count - len(seeds)
        for _ in range(ATTEMPTS):
            if wanted <= 0:
                break
            size = self.tracker.rng.random((20 * wanted, 1))
            noise = self.tracker.rng.normal(scale=SCATTER, size=(20 * wanted, len(self.tracker.cardinalities)))
            share = np.clip(size + noise, 0, 1 - 1e-9)
            drawn = self.canonical(np.floor(share * self.tracker.cardinalities).astype(np.int64))
            drawn = drawn[self.tracker.unseen(drawn)]
            drawn = drawn[self.cheap(drawn).violations <= 0][:wanted]
            found.append(self.tracker.claim(drawn))
            wanted -= len(drawn)
        return np.concatenate(found) if wanted < count else self.tracker.ask(count)

    def _refit(self) -> Surrogate:
        assert self._told is not None
        assert self._features is not None
        grown = len(self._told) >= RECHOOSE * self._chosen_at
        model = fit_surrogate(self._features, self._told.objectives[:, 0], None if grown else self._kernel)
        if grown:
            self._kernel, self._chosen_at = model.kernel, len(self._told)
        return model

    def _inner_evolution(self, model: Surrogate) -> np.ndarray:
        """New genotypes that the model finds good and that keep the constraints."""
        assert self._told is not None
        start = self._told.genotypes if self.front is None else self.front.genotypes
        inner = ParetoEvolution(
            self.tracker.cardinalities, self.tracker.rng, population=50, canonical=self.canonical, seeds=start
        )
        tried = []
        for _ in range(INNER // INNER_BATCH):
            genotypes = inner.ask(INNER_BATCH)
            if not len(genotypes):
                break
            cheap = self.cheap(genotypes)
            mean, _ = model.predict(cheap.features)
            objectives = np.concatenate([mean[:, None], cheap.objectives], axis=1)
            inner.tell(Told(genotypes=genotypes, objectives=objectives, violations=cheap.violations))
            tried.append(genotypes[cheap.violations <= 0])
        found = np.concatenate(tried) if tried else start[:0]
        return found[self.tracker.unseen(found)]

    def _most_volume(self, mean: np.ndarray, std: np.ndarray, known: np.ndarray, count: int) -> list[int]:
        """Rows whose predictions add most hypervolume, one after another, taken as what is predicted."""
        front = np.zeros((0, known.shape[1] + 1)) if self.front is None else self.front.objectives
        chosen: list[int] = []
        points = np.concatenate([mean[:, None], known], axis=1)
        for _ in range(min(count, len(mean))):
            added = gains(points, front, self.reference)
            added[chosen] = -1.0
            row = int(np.argmax(added)) if added.max() > 0 else _least_certain(points, std, chosen)
            chosen.append(row)
            front = np.concatenate([front, points[row : row + 1]])
        return chosen


def gains(points: np.ndarray, front: np.ndarray, reference: Sequence[float]) -> np.ndarray:
    """What each of `points` (n, m) alone adds to the hypervolume of `front` (k, m), (n,)."""
    found, corner = np.zeros(len(points)), np.asarray(reference)
    rows = np.flatnonzero((points < corner).all(axis=1))
    if points.shape[1] == 2:
        found[rows] = _gains_2d(points[rows], front, corner)
        return found
    rows = rows[pareto_mask(points[rows])][:200]
    before = hypervolume(front, reference)
    found[rows] = [hypervolume(np.concatenate([front, [points[row]]]), reference) - before for row in rows]
    return found


def _gains_2d(points: np.ndarray, front: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Closed form: the strip of each step of the front that a point covers."""
    inside = front[(front < corner).all(axis=1)]
    inside = inside[pareto_mask(inside)]
    inside = inside[np.argsort(inside[:, 0])]
    left = np.concatenate([[-np.inf], inside[:, 0]])
    right = np.concatenate([inside[:, 0], corner[:1]])
    top = np.concatenate([corner[1:], inside[:, 1]])
    width = np.maximum(0, right[None] - np.maximum(left[None], points[:, :1]))
    return np.asarray((width * np.maximum(0, top[None] - points[:, 1:])).sum(axis=1))


def _least_certain(points: np.ndarray, std: np.ndarray, chosen: Sequence[int]) -> int:
    """The least certain of the predicted front, or of all, that is not chosen yet."""
    mask = pareto_mask(points)
    mask[list(chosen)] = False
    if not mask.any():
        mask = np.ones(len(points), dtype=bool)
        mask[list(chosen)] = False
    return int(np.argmax(np.where(mask, std, -1.0)))


def key_of(genotype: np.ndarray) -> bytes:
    """A genotype as a key."""
    return np.ascontiguousarray(genotype, dtype=np.uint16).tobytes()
