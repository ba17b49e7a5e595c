"""Search algorithms by name: our own Pareto evolution, and every sampler that Optuna has.

`pareto` is run by `nas.search.evolve`, whole batches at a time. Each generation of the others gets a sampler with a
seed of its own, drawn from the search's seed and the generation's number, so that a search that was killed and goes
on draws what the uninterrupted one would have drawn.
"""

import inspect
import warnings
from typing import TYPE_CHECKING

from nas.errors import UserError
from nas.search.config import PARETO
from search_space.checks import did_you_mean

if TYPE_CHECKING:
    import optuna

SHORT = {
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "tpe": "TPESampler",
    "gp": "GPSampler",
    "random": "RandomSampler",
}


def check_sampler(sampler: "str | optuna.samplers.BaseSampler") -> None:
    """Raise UserError for a name that is neither ours nor an `optuna.samplers` class; names the known ones."""
    if not isinstance(sampler, str) or sampler in (PARETO, *SHORT):
        return
    import optuna

    if not (sampler.endswith("Sampler") and sampler in optuna.samplers.__all__):
        raise UserError(
            f"unknown algorithm {sampler!r}{did_you_mean(sampler, (PARETO, *SHORT, *optuna.samplers.__all__))}; "
            f"known: {', '.join((PARETO, *SHORT))}, or a class of optuna.samplers"
        )


def sampler_name(sampler: "str | optuna.samplers.BaseSampler") -> str:
    """A name as it was given, or that of the class of an object."""
    return sampler if isinstance(sampler, str) else type(sampler).__name__


def optuna_sampler(
    sampler: "str | optuna.samplers.BaseSampler", seed: int, population: int
) -> "optuna.samplers.BaseSampler":
    """The sampler of one generation; an object serves all of them, and a kill loses what it has learnt.

    Raises:
        UserError: a named sampler needs more than a seed and a population.
    """
    if not isinstance(sampler, str):
        return sampler
    import optuna

    cls = getattr(optuna.samplers, SHORT.get(sampler, sampler))
    takes = inspect.signature(cls).parameters
    given = {"seed": seed, "population_size": population}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # NSGA-III, GP
            return cls(**{key: value for key, value in given.items() if key in takes})
    except TypeError as error:
        raise UserError(f"algorithm {sampler!r} cannot be made from a seed alone: {error}") from None
