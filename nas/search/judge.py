"""The judges of a search: accuracy (prior or supernet) and latency, one `Candidate` per architecture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from nas.search.evaluations import EvaluationLog
from predictors import LatencyPredictor
from search_space import ArchConfig

if TYPE_CHECKING:
    from supernet import DataSource, Supernet

WILSON_Z = 1.645  # 90 % two-sided


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Top-1 accuracy in percent with its interval; `origin` is `measured`, `predicted` or `prior`."""

    value: float
    low: float
    high: float
    origin: str

    @property
    def judged(self) -> float:
        """What a search may count on: the value when measured, the lower end otherwise."""
        return self.value if self.origin == "measured" else self.low


class AccuracyJudge(Protocol):
    """Gives each architecture an accuracy; `cheap` where that takes no evaluation."""

    cheap: bool

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Accuracies in the order of `archs`."""
        ...

    def describe(self) -> str:
        """One line for people: where the figures come from and how far to trust them."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A judge of accuracy that keeps its evaluations for later searches."""

    def earlier(self) -> list[ArchConfig]:
        """The networks evaluated so far; asked again they cost nothing."""
        ...


class PriorJudge:
    """ImageNet accuracy expected from the published models; no training needed."""

    cheap = True

    def __init__(self) -> None:
        from predictors import AccuracyPrior

        self._prior = AccuracyPrior.fit()

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Prior accuracies; `low` is what the search works with."""
        found = self._prior.predict(archs)
        return [
            Accuracy(value=float(mean), low=float(low), high=float(high), origin="prior")
            for mean, low, high in zip(found.mean, found.low, found.high, strict=True)
        ]

    def describe(self) -> str:
        """Where the prior comes from and its leave-one-out error."""
        return self._prior.describe()


class SupernetJudge:
    """Accuracy on held-out images with the supernet's weights, batch-norm statistics re-estimated.

    Every evaluation is appended, with its architecture, to `evaluations.jsonl` in the supernet's folder under the
    digest of its weights, and never done twice.

    Args:
        folder: the trained supernet.
        data: name of the data set to judge on; None for the one it was trained on.

    Raises:
        ValueError: the supernet cannot be read, or the data have other channels or classes.
    """

    cheap = False

    def __init__(self, folder: Path, data: str | None = None) -> None:
        from supernet import check_fits, load_dataset, load_supernet, supernet_dataset, supernet_digest

        self.supernet: Supernet = load_supernet(folder)
        trained_on = supernet_dataset(folder)
        self.data: DataSource = load_dataset(data or trained_on)
        check_fits(self.supernet.space, self.data)
        self.digest: str = supernet_digest(folder)
        # Evaluations on other data are kept apart; those on the supernet's own data name none.
        labels, other = {"supernet": self.digest}, self.data.name != trained_on
        self._log = EvaluationLog(
            folder / "evaluations.jsonl",
            labels | ({"data": self.data.name} if other else {}),
            absent=frozenset() if other else frozenset({"data"}),
        )
        self._made_from = folder.resolve(), data
        self.on_evaluation: Callable[[], None] = lambda: None

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Measured accuracies with Wilson score intervals for the number of held-out images."""
        return [self._interval(self._accuracy(arch)) for arch in archs]

    def earlier(self) -> list[ArchConfig]:
        """See `Remembering`; evaluations of versions that kept no architecture are not among them."""
        return self._log.archs()

    def describe(self) -> str:
        """What was measured on what."""
        return (
            f"accuracy: measured with the supernet's inherited weights on {self.data.test_count} held-out "
            f"images of {self.data.name}; 90 % Wilson intervals"
        )

    def recall(self, arch: ArchConfig) -> Accuracy | None:
        """The accuracy if it was evaluated before, by this process or another."""
        percent = self._log.get(arch.arch_id)
        return None if percent is None else self._interval(percent)

    def learn(self, arch: ArchConfig, accuracy: Accuracy) -> None:
        """Keep what another process evaluated."""
        if self._log.get(arch.arch_id) is None:  # a machine that does not share this folder
            self._log.add(arch, accuracy.value)
        self.on_evaluation()

    def __reduce__(self) -> tuple[type["SupernetJudge"], tuple[Path, str | None]]:
        """Other processes are told the folder and read the weights there."""
        return SupernetJudge, self._made_from

    def _accuracy(self, arch: ArchConfig) -> float:
        from supernet import evaluate

        known = self._log.get(arch.arch_id)
        if known is None:
            known = evaluate(self.supernet, arch, self.data)
            self._log.add(arch, known)
            self.on_evaluation()
        return known

    def _interval(self, percent: float) -> Accuracy:
        n, p, z = self.data.test_count, percent / 100, WILSON_Z
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        low, high = max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))
        return Accuracy(value=percent, low=min(low, percent), high=max(high, percent), origin="measured")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One judged architecture; latencies in ms."""

    arch: ArchConfig
    accuracy: Accuracy
    latency_p50_ms: float
    latency_low_ms: float
    latency_high_ms: float
    latency_origin: str
    latency_extrapolated: bool
    further_high_ms: tuple[float, ...] = ()  # upper ends on further devices
    latency_measured: bool = False  # the latencies are of this very network, not predicted

    @property
    def latencies_ms(self) -> tuple[float, ...]:
        """Upper end of the latency on each device."""
        return self.latency_high_ms, *self.further_high_ms

    @property
    def objectives(self) -> tuple[float, ...]:
        """(error in percent, upper end of the latency interval in ms on each device), all minimised."""
        return 100 - self.accuracy.judged, *self.latencies_ms


class Judge:
    """All judges together, each architecture judged once; `further` predicts latencies on further devices."""

    def __init__(
        self,
        accuracy: AccuracyJudge,
        latency: LatencyPredictor,
        confidence: float,
        further: Sequence[LatencyPredictor] = (),
    ) -> None:
        self.accuracy, self.latency, self.confidence, self.further = accuracy, latency, confidence, tuple(further)
        self._known: dict[ArchConfig, Candidate] = {}

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Candidate]:
        """Candidates in the order of `archs`."""
        new = [arch for arch in dict.fromkeys(archs) if arch not in self._known]
        if new:
            latency = self.latency.predict(new, confidence=self.confidence)
            further = [each.predict(new, confidence=self.confidence).high_ms for each in self.further]
            for index, (arch, accuracy) in enumerate(zip(new, self.accuracy(new), strict=True)):
                self._known[arch] = Candidate(
                    arch=arch,
                    accuracy=accuracy,
                    latency_p50_ms=float(latency.p50_ms[index]),
                    latency_low_ms=float(latency.low_ms[index]),
                    latency_high_ms=float(latency.high_ms[index]),
                    latency_origin=latency.origin,
                    latency_extrapolated=bool(latency.extrapolated[index]),
                    further_high_ms=tuple(float(high_ms[index]) for high_ms in further),
                )
        return [self._known[arch] for arch in archs]

    @property
    def judged(self) -> list[ArchConfig]:
        """Every architecture judged so far, by its id."""
        return sorted(self._known, key=lambda arch: arch.arch_id)

    def latencies_ms(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Upper ends on each device, (n, devices); costs no accuracy evaluation."""
        found = [each.predict(archs, confidence=self.confidence).high_ms for each in (self.latency, *self.further)]
        return np.stack(found, axis=1)
