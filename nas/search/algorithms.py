"""Search algorithms: name -> how to make the Optuna sampler of one generation.

Each generation gets a sampler with a seed of its own, drawn from the search's seed and the generation's number, so
that a search that was killed and goes on draws what the uninterrupted one would have drawn.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import optuna


def _nsga2(seed: int, population: int) -> "optuna.samplers.BaseSampler":
    """NSGA-II (Deb et al., 2002, IEEE TEVC 6(2)) with constrained domination."""
    import optuna

    return optuna.samplers.NSGAIISampler(seed=seed, population_size=population)


def _random(seed: int, population: int) -> "optuna.samplers.BaseSampler":
    """Uniform random search, the baseline."""
    import optuna

    del population
    return optuna.samplers.RandomSampler(seed=seed)


ALGORITHMS: dict[str, Callable[[int, int], "optuna.samplers.BaseSampler"]] = {"nsga2": _nsga2, "random": _random}
