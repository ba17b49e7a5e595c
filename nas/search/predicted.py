"""Accuracy of every candidate from few evaluations: the least certain of the promising are evaluated, the rest
predicted.

What is evaluated is settled before the search and depends on the seed alone, so that an interrupted search goes on to
the same front.
"""

from collections.abc import Sequence

import numpy as np

from nas.errors import UserError
from nas.search.judge import Accuracy, AccuracyJudge
from predictors import AccuracyPrior, LatencyPredictor
from predictors.accuracy_model import AccuracyModel, choose_evaluations, fit_accuracy
from predictors.conformal import MIN_CALIBRATION
from search_space import ArchConfig, SearchSpace

POOL, BATCH = 400, 8  # architectures to choose from in each round, and how many are chosen


class PredictedJudge:
    """Half of `evaluations` are random members of `space`, half are chosen round by round where the front of
    accuracy and `latency` is uncertain; `measured` evaluates them.

    Raises:
        UserError: fewer evaluations than an interval needs.
    """

    def __init__(
        self, measured: AccuracyJudge, space: SearchSpace, latency: LatencyPredictor, *, evaluations: int, seed: int
    ) -> None:
        if evaluations < 2 * MIN_CALIBRATION:
            raise UserError(f"--evaluations must be at least {2 * MIN_CALIBRATION}, got {evaluations}")
        self._measured, self._space, self._latency = measured, space, latency
        self._evaluations, self._seed = evaluations, seed
        self._prior = AccuracyPrior.fit() if space.members else None
        self._known: dict[ArchConfig, Accuracy] = {}
        self._model: AccuracyModel | None = None

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Measured accuracies of what was evaluated, predicted ones of the rest, of which a search takes `low`."""
        model = self._model or self.prepare()
        mean, low, high = model.predict(self._features(archs), self._expected(archs))
        predicted = [
            # rounded: the last bits depend on how many are asked about at once
            Accuracy(value=round(float(m), 6), low=round(float(lo), 6), high=round(float(hi), 6), origin="predicted")
            for m, lo, hi in zip(mean, low, high, strict=True)
        ]
        return [self._known.get(arch, found) for arch, found in zip(archs, predicted, strict=True)]

    def prepare(self) -> AccuracyModel:
        """Evaluate and fit."""
        rng = np.random.default_rng([self._seed, 1])
        start = dict.fromkeys(self._space.sample(rng) for _ in range(self._evaluations // 2))
        self._evaluate(list(start))
        while (left := self._evaluations - len(self._known)) > 0:
            pool = [a for a in dict.fromkeys(self._space.sample(rng) for _ in range(POOL)) if a not in self._known]
            if not pool:
                break
            model, features, expected = self._fit(), self._features(pool), self._expected(pool)
            latency_ms = self._latency.predict(pool, confidence=0.5).p50_ms
            high, spread = model.predict(features, expected)[2], model.spread(features, expected)
            rows = choose_evaluations(high, spread, latency_ms, count=min(BATCH, left))
            self._evaluate([pool[row] for row in rows])
        self._model = self._fit()
        return self._model

    def describe(self) -> str:
        """Evaluations, held-out error and rank correlation."""
        return (self._model or self.prepare()).report.describe()

    def plan(self) -> str:
        """What is going to be done; the same before and after."""
        return f"{self._evaluations} evaluations from seed {self._seed}, the rest predicted"

    def _evaluate(self, archs: Sequence[ArchConfig]) -> None:
        self._known |= dict(zip(archs, self._measured(archs), strict=True))

    def _fit(self) -> AccuracyModel:
        archs = list(self._known)
        values = np.array([self._known[arch].value for arch in archs])
        return fit_accuracy(self._features(archs), values, self._expected(archs))

    def _features(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        return np.array([self._space.features(arch) for arch in archs])

    def _expected(self, archs: Sequence[ArchConfig]) -> np.ndarray | None:
        return None if self._prior is None else self._prior.predict(archs).mean
