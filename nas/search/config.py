"""What a search was asked for, and the folder that holds it."""

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path

from nas.errors import UserError
from nas.files import read_json, write_json
from nas.search.algorithms import PARETO, check_algorithm
from nas.search.goals import Goals
from nas.search.objectives import further_objectives
from nas.search.rounds import DEFAULT_ROUNDS

GUIDED_BATCH = 8  # evaluations between two fits of the model


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What a search was asked for; on one machine, with the same versions, the same values give the same front.

    Several spaces are one name, joined by `+`.

    `further` are budgets in ms on more devices, by name.
    """

    device: str
    space: str
    budget_ms: float
    confidence: float = 0.9
    algorithm: str = PARETO
    trials: int = 2000
    population: int = 50
    seed: int = 0
    batch: int = GUIDED_BATCH  # evaluations between two fits of the model in the loop
    latency: str = ""  # which predictor: its description
    accuracy: str = ""  # which judge: its description
    known: str = ""  # published and measured before, in words
    further: tuple[tuple[str, float], ...] = ()
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_mb: float | None = None
    fleet: bool = False  # networks for any of the devices, not for all at once
    warm: bool = True  # start from what earlier searches evaluated
    objectives: tuple[str, ...] = ()  # minimised beside error and latency: macs, params, memory
    rounds: int = DEFAULT_ROUNDS  # of predicting, measuring and refitting at most, where the device is at hand

    def __post_init__(self) -> None:
        check_algorithm(self.algorithm)
        object.__setattr__(self, "objectives", further_objectives(self.objectives))
        names = [self.device, *(name for name, _ in self.further)]
        if len(set(names)) < len(names):
            raise UserError(f"every --device needs to be another one, got {', '.join(names)}")
        if not 0 < self.confidence < 1:
            raise UserError(f"--confidence must lie between 0 and 1, got {self.confidence}")
        if self.rounds < 1:
            raise UserError(f"--rounds must be at least 1, got {self.rounds}")
        for name in ("population", "batch"):
            if getattr(self, name) < 2:
                raise UserError(f"--{name} must be at least 2, got {getattr(self, name)}")
        if self.trials < 2 and not (self.trials == 0 and self.warm):
            raise UserError(f"--trials must be at least 2, or 0 for earlier evaluations alone; got {self.trials}")

    @property
    def goals(self) -> Goals:
        """Budgets and limits."""
        return Goals(
            budgets_ms=(self.budget_ms, *(budget for _, budget in self.further)),
            max_parameters=self.max_parameters,
            max_macs=self.max_macs,
            max_memory_mb=self.max_memory_mb,
            any_device=self.fleet,
            minimised=self.objectives,
        )

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what is minimised, in the order of the objectives."""
        latencies = [f"latency on {name}, ms" for name in (self.device, *(name for name, _ in self.further))]
        units = {"memory": "memory, MB"}
        return ("error, %", *latencies, *(units.get(name, name) for name in self.objectives))

    @property
    def digest(self) -> str:
        """8 hexadecimal digits that identify these settings; the batch goes with the workers at hand."""
        settings = {key: value for key, value in asdict(self).items() if key != "batch"}
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def default_name(self) -> str:
        """Folder name under `results/search`."""
        return f"{self.device}-{self.space}-{self.budget_ms:g}ms-{self.digest}"


def claim(folder: Path, config: SearchConfig) -> SearchConfig:
    """Write `config.json`, or check that the folder holds this very search; with the batch that it was begun with."""
    path, wanted = folder / "config.json", json.loads(json.dumps(asdict(config)))
    if not path.exists():
        write_json(path, wanted)
        return config
    try:
        found = read_json(path)
    except ValueError:
        raise UserError(f"{path} is not JSON; delete the folder or choose another --out") from None
    keys = wanted.keys() - {"batch"}
    known = {field.name: field.default for field in fields(SearchConfig) if field.default is not MISSING}
    unset = json.loads(json.dumps(known))  # what a folder of an older version was not asked
    differing = [
        key for key in sorted(keys) if not isinstance(found, dict) or found.get(key, unset.get(key)) != wanted[key]
    ]
    if differing:
        raise UserError(f"{folder} holds another search (differs in {', '.join(differing)}); choose another --out")
    return replace(config, batch=int(found.get("batch", config.batch)))
