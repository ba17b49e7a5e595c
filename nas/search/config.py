"""A search as one value: what is asked for, with every default, every line of help and every check.

Light to import: the command line makes its options of the fields before anything is loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nas.errors import UserError
from nas.options import check_bounds, option
from nas.search.targets import Target

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from nas.search.goals import Goals
    from nas.search.judge import AccuracyJudge
    from predictors import LatencyPredictor
    from search_space import SearchSpace

GUIDED_BATCH = 8  # evaluations between two fits of the model in the loop
PARETO = "pareto"


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What is asked of a search; on one machine, with the same versions, the same values give the same front.

    Devices and objectives are names; spaces, samplers, judges of accuracy and predictors of latency are names, paths
    or the objects themselves: a `SearchSpace`, a `BaseSampler`, what follows `AccuracyJudge` or `LatencyPredictor`.

    `limits` are upper ones by the name of an objective, numbers in its unit or text such as `500M`. Networks are
    measured where the device named first is this machine.
    """

    targets: tuple[Target, ...]
    limits: Mapping[str, float | str] = field(default_factory=dict)
    space: "str | SearchSpace | None" = field(
        default=None,
        metadata=option(
            "Search space, see `nas spaces`, several joined by +; default: the supernet's, or all of ImageNet.",
            type=str | None,
        ),
    )
    confidence: float = field(
        default=0.9,
        metadata=option("Chance that the latency stays within the budget; 0.5: the median."),
    )
    accuracy: "str | Path | AccuracyJudge | None" = field(
        default=None,
        metadata=option("Trained supernet (`nas train`).", names=("--supernet",), metavar="DIR", type=Path | None),
    )
    data: str | None = field(
        default=None,
        metadata=option("Judge on this data set; default: the one the supernet was trained on."),
    )
    latency: "str | Path | LatencyPredictor | Sequence[LatencyPredictor] | None" = field(
        default=None,
        metadata=option(
            "Latency predictor (`nas fit --out`).", names=("--predictor",), metavar="FILE", type=Path | None
        ),
    )
    trials: int | None = field(
        default=None,
        metadata=option("Architectures to try in a space; default 2000, with a supernet 400."),
    )
    evaluations: int | None = field(
        default=None,
        metadata=option("With --supernet: new sub-networks to evaluate at most; 0: none.", least=0),
    )
    sampler: "str | BaseSampler" = field(
        default=PARETO,
        metadata=option(
            "pareto, nsga2, nsga3, tpe, gp, random or a class of optuna.samplers.", names=("--algorithm",), type=str
        ),
    )
    fleet: bool = field(
        default=False,
        metadata=option("Networks for any of the devices; what sharing costs.", names=("--fleet",)),
    )
    objectives: Sequence[str] = field(
        default=(),
        metadata=option(
            "Minimise this too, of {objectives}; several. Error and latency are.",
            names=("--objective",),
            type=list[str],
        ),
    )
    rounds: int = field(
        default=3,
        metadata=option("With --measure: search, measure and refit at most so often; 1: no refit.", least=1),
    )
    warm: bool = field(
        default=True,
        metadata=option("With --supernet: start from all earlier evaluations of it.", names=("--warm/--cold",)),
    )
    seed: int = field(
        default=0,
        metadata=option("Same seed, same result (same machine and versions)."),
    )
    out: str | Path | None = field(
        default=None,
        metadata=option("Run folder; default results/search/NAME.", metavar="DIR", type=Path | None),
    )
    measure: bool | None = field(
        default=None,
        metadata=option("Measure the front; default: if the device is here.", names=("--measure/--no-measure",)),
    )
    rivals: bool = field(
        default=True,
        metadata=option("Let networks compete that `nas rivals` measured.", names=("--rivals/--no-rivals",)),
    )
    engine: str = field(
        default="local",
        metadata=option("With --supernet, who evaluates: local (this process), processes, ray."),
    )
    workers: int | None = field(
        default=None,
        metadata=option("Workers of --engine; default one per core, at most 8.", least=1),
    )
    address: str | None = field(
        default=None,
        metadata=option("Ray cluster: auto or HEAD:6379; default: one on this machine."),
    )
    population: int = 50
    batch: int = GUIDED_BATCH

    def __post_init__(self) -> None:
        from nas.search.algorithms import check_sampler
        from nas.search.objectives import further_objectives, parse_limit

        object.__setattr__(self, "targets", tuple(self.targets))
        object.__setattr__(self, "objectives", further_objectives(self.objectives))
        object.__setattr__(self, "limits", {name: parse_limit(name, each) for name, each in self.limits.items()})
        self._check_targets()
        check_sampler(self.sampler)
        check_bounds(self)
        if not 0 < self.confidence < 1:
            raise UserError(f"confidence must lie between 0 and 1, got {self.confidence}", fields=("confidence",))
        for name in ("population", "batch"):
            if getattr(self, name) < 2:
                raise UserError(f"{name} must be at least 2, got {getattr(self, name)}")
        if self.trials is not None and self.trials < 2 and not (self.trials == 0 and self.warm):
            raise UserError(
                f"trials must be at least 2, or 0 for earlier evaluations alone; got {self.trials}",
                fields=("trials",),
            )

    def _check_targets(self) -> None:
        names = [each.device for each in self.targets]
        if not names:
            raise UserError("a search needs a device with its budget", fields=("device", "budget"))
        if len(set(names)) < len(names):
            raise UserError(f"every device needs to be another one, got {', '.join(names)}", fields=("device",))
        if self.fleet and len(names) < 2:
            raise UserError(
                "fleet needs several devices: device A, budget 10ms, device B, budget 40ms", fields=("fleet",)
            )

    @property
    def goals(self) -> "Goals":
        """Budgets and limits, and what is minimised."""
        from nas.search.goals import Goals
        from nas.search.objectives import parse_limit

        return Goals(
            budgets_ms=tuple(each.budget_ms for each in self.targets),
            limits={name: parse_limit(name, each) for name, each in self.limits.items()},
            minimised=tuple(self.objectives),
            any_device=self.fleet,
        )

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what is minimised, in the order of the objectives."""
        from nas.search.objectives import OBJECTIVES

        costs = [OBJECTIVES[name] for name in self.objectives]
        return (
            "error, %",
            *(f"latency on {each.device}, ms" for each in self.targets),
            *(f"{each.name}, {each.unit}" if each.unit else each.name for each in costs),
        )

    @property
    def supernet(self) -> Path | None:
        """The folder of the supernet that judges, where one was asked for by its path."""
        return Path(self.accuracy) if isinstance(self.accuracy, str | Path) else None
