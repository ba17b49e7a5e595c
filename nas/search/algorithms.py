"""Search algorithms by name: our own Pareto evolution, and every sampler that Optuna has.

`pareto` is run by `nas.search.evolve`, whole batches at a time. Each generation of the others gets a sampler with a
seed of its own, drawn from the search's seed and the generation's number, so that a search that was killed and goes
on draws what the uninterrupted one would have drawn.
"""

import inspect
import warnings
from typing import TYPE_CHECKING

from nas.errors import UserError
from search_space.checks import did_you_mean

if TYPE_CHECKING:
    import optuna

PARETO = "pareto"
SHORT = {
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "tpe": "TPESampler",
    "gp": "GPSampler",
    "random": "RandomSampler",
}


def check_algorithm(name: str) -> None:
    """Raise UserError for a name that is neither ours nor an `optuna.samplers` class; names the known ones."""
    if name in (PARETO, *SHORT):
        return
    import optuna

    if not (name.endswith("Sampler") and name in optuna.samplers.__all__):
        raise UserError(
            f"unknown algorithm {name!r}{did_you_mean(name, (PARETO, *SHORT, *optuna.samplers.__all__))}; "
            f"known: {', '.join((PARETO, *SHORT))}, or a class of optuna.samplers"
        )


def optuna_sampler(name: str, seed: int, population: int) -> "optuna.samplers.BaseSampler":
    """The sampler of one generation.

    Raises:
        UserError: the sampler needs more than a seed and a population.
    """
    import optuna

    cls = getattr(optuna.samplers, SHORT.get(name, name))
    takes = inspect.signature(cls).parameters
    given = {"seed": seed, "population_size": population}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # NSGA-III, GP
            return cls(**{key: value for key, value in given.items() if key in takes})
    except TypeError as error:
        raise UserError(f"algorithm {name!r} cannot be made from a seed alone: {error}") from None
