"""The Pareto evolution as an Optuna sampler, for studies that Optuna runs: on one machine, in several processes, on
a cluster.

What a trial costs does not grow with the study: survivors and front stay in memory, finished trials are read once,
and on a study that exists already they are rebuilt from its trials.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nas.search.pareto import ParetoEvolution, Told

BATCH = 10  # children made at a time; also how often trials of other processes are read


class ParetoSampler(optuna.samplers.BaseSampler):  # type: ignore[misc]
    """Pareto evolution over whole-number and categorical parameters.

    Args:
        distributions: the parameters of every trial; each suggestion needs to name one of these.
        seed: of all randomness; processes that share a study need different ones.
        population: how many survive.
        canonical: gives genotypes (n, g), indices in the order of `distributions`, the form that equals share.
        seeds: genotypes that are tried first.

    Raises:
        ValueError: a distribution that is neither whole numbers nor categories; names it.
    """

    def __init__(
        self,
        distributions: Mapping[str, BaseDistribution],
        *,
        seed: int,
        population: int = 50,
        canonical: Callable[[np.ndarray], np.ndarray] = lambda genotypes: genotypes,
        seeds: Sequence[Sequence[int]] = (),
    ) -> None:
        self._distributions = dict(distributions)
        cardinalities = [_choices(name, each) for name, each in self._distributions.items()]
        rng = np.random.default_rng(seed)
        self.evolution = ParetoEvolution(cardinalities, rng, population=population, canonical=canonical, seeds=seeds)
        self._queue: list[np.ndarray] = []
        self._read = 0  # trials below this number are told
        self._open: set[int] = set()  # numbers below `_read` that were unfinished when read

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All parameters, the same for every trial."""
        del study, trial
        return self._distributions

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Parameters of the next child."""
        del trial
        if not search_space:
            return {}
        if not self._queue:
            self._catch_up(study)
            self._queue = list(self.evolution.ask(BATCH))
        if not self._queue:  # everything there is has been tried
            return {}
        genotype = self._queue.pop(0)
        return {
            name: _value(each, int(index))
            for (name, each), index in zip(self._distributions.items(), genotype, strict=True)
        }

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A random value, for parameters that were not announced and where everything has been tried."""
        seed = int(self.evolution.rng.integers(2**32))
        return optuna.samplers.RandomSampler(seed=seed).sample_independent(
            study, trial, param_name, param_distribution
        )

    def _catch_up(self, study: optuna.Study) -> None:
        """Tell the evolution every trial that finished since the last time, in the order of their numbers."""
        trials = study.get_trials(deepcopy=False)
        finished, names = list[FrozenTrial](), self._distributions.keys()
        for number in [*sorted(self._open), *range(self._read, len(trials))]:
            self._open.discard(number)
            if not trials[number].state.is_finished():
                self._open.add(number)
            elif trials[number].state == TrialState.COMPLETE and names <= trials[number].params.keys():
                finished.append(trials[number])
        self._read = len(trials)
        if finished:
            signs = [1.0 if each == StudyDirection.MINIMIZE else -1.0 for each in study.directions]
            self.evolution.tell(told_of(finished, self._distributions, np.array(signs)))


def told_of(trials: Sequence[FrozenTrial], distributions: Mapping[str, BaseDistribution], signs: np.ndarray) -> Told:
    """Finished trials as arrays; `signs` (m,) turn objectives that are maximised."""
    genotypes = [[_index(each, trial.params[name]) for name, each in distributions.items()] for trial in trials]
    return Told(
        genotypes=np.array(genotypes),
        objectives=np.array([trial.values for trial in trials]) * signs,
        violations=np.array([sum(max(0.0, each) for each in trial.constraints.values()) for trial in trials]),
    )


def _choices(name: str, distribution: BaseDistribution) -> int:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    raise ValueError(f"parameter {name!r}: Pareto evolution takes whole numbers and categories, got {distribution}")


def _value(distribution: BaseDistribution, index: int) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[index]
    assert isinstance(distribution, IntDistribution)
    return distribution.low + index * distribution.step


def _index(distribution: BaseDistribution, value: Any) -> int:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices.index(value)
    assert isinstance(distribution, IntDistribution)
    return int((value - distribution.low) // distribution.step)
