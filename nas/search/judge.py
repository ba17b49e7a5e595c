"""The judges of a search: accuracy (prior or supernet) and latency, one `Candidate` per architecture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from nas.runs import KNOWN_ORIGINS, METRIC
from nas.search.evaluations import EvaluationLog
from nas.search.known import Download, Known
from nas.search.networks import Network, network_name
from predictors import LatencyPrediction, LatencyPredictor, MeasuredLatency
from search_space import ArchConfig

if TYPE_CHECKING:
    from supernet import DataSource, Score, Supernet, Task


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """A score in percent with its interval, of that `metric`; `origin` is `measured`, `published`, `predicted` or
    `prior`.
    """

    value: float
    low: float
    high: float
    origin: str
    extrapolated: bool = False  # an expectation beyond the evidence, its interval widened
    metric: str = METRIC

    @property
    def judged(self) -> float:
        """What a search may count on: the value where it is known, the lower end otherwise."""
        return self.value if self.known else self.low

    @property
    def known(self) -> bool:
        """Whether somebody found the value with the weights that go with it: here, or its authors."""
        return self.origin in KNOWN_ORIGINS

    @property
    def half_width(self) -> float:
        """Half the interval, in points."""
        return (self.high - self.low) / 2


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
            Accuracy(value=float(mean), low=float(low), high=float(high), origin="prior", extrapolated=bool(beyond))
            for mean, low, high, beyond in zip(found.mean, found.low, found.high, found.extrapolated, strict=True)
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
        from supernet import check_fits, load_dataset, load_supernet, supernet_dataset, supernet_digest, task_of

        self.supernet: Supernet = load_supernet(folder)
        trained_on = supernet_dataset(folder)
        self.data: DataSource = load_dataset(data or trained_on)
        check_fits(self.supernet.space, self.data)
        self.task: Task = task_of(self.data)
        self.digest: str = supernet_digest(folder)
        # Evaluations on other data are kept apart; those on the supernet's own data name none.
        labels, other = {"supernet": self.digest}, self.data.name != trained_on
        self._log = EvaluationLog(
            folder / "evaluations.jsonl",
            labels | ({"data": self.data.name} if other else {}),
            images=self.data.test_count,
            absent=frozenset() if other else frozenset({"data"}),
        )
        self._made_from = folder.resolve(), data
        self.on_evaluation: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """The trained supernet."""
        return self._made_from[0]

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Measured scores, each with the interval that its task gives it."""
        return [_measured(self._score(arch)) for arch in archs]

    def earlier(self) -> list[ArchConfig]:
        """See `Remembering`; evaluations of versions that kept no architecture are not among them."""
        return self._log.archs()

    def describe(self) -> str:
        """What was measured on what."""
        return (
            f"{self.task.metric.words}: measured with the supernet's inherited weights on {self.data.test_count} "
            f"held-out images of {self.data.name}; 90 % {self.task.metric.interval} intervals"
        )

    def recall(self, arch: ArchConfig) -> Accuracy | None:
        """The accuracy if it was evaluated before, by this process or another."""
        score = self._log.get(arch.arch_id)
        return None if score is None else _measured(score)

    def learn(self, arch: ArchConfig, accuracy: Accuracy) -> None:
        """Keep what another process evaluated."""
        if self._log.get(arch.arch_id) is None:  # a machine that does not share this folder
            self._log.add(arch, self._score_of(accuracy))
        self.on_evaluation()

    def __reduce__(self) -> tuple[type["SupernetJudge"], tuple[Path, str | None]]:
        """Other processes are told the folder and read the weights there."""
        return SupernetJudge, self._made_from

    def _score(self, arch: ArchConfig) -> "Score":
        from supernet import evaluate

        known = self._log.get(arch.arch_id)
        if known is None:
            known = evaluate(self.supernet, arch, self.data)
            self._log.add(arch, known)
            self.on_evaluation()
        return known

    def _score_of(self, accuracy: Accuracy) -> "Score":
        from supernet import Score

        return Score(
            metric=accuracy.metric,
            value=accuracy.value,
            low=accuracy.low,
            high=accuracy.high,
            images=self.data.test_count,
        )


def _measured(score: "Score") -> Accuracy:
    return Accuracy(value=score.value, low=score.low, high=score.high, origin="measured", metric=score.metric)


@dataclass(frozen=True, kw_only=True)
class TargetLatency:
    """A latency in ms on one target; `measured` of this very network, otherwise predicted."""

    p50_ms: float
    low_ms: float
    high_ms: float
    origin: str
    extrapolated: bool = False
    measured: bool = False


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One judged network, its latency on each target; `download` is where it can be had, where it can."""

    network: Network
    accuracy: Accuracy
    latencies: tuple[TargetLatency, ...]
    download: Download | None = None

    @property
    def arch(self) -> ArchConfig:
        """The architecture.

        Raises:
            TypeError: a network of another library has none here.
        """
        if not isinstance(self.network, ArchConfig):
            raise TypeError(f"{self.network.name} is a network of another library, without an architecture here")
        return self.network

    @property
    def is_rival(self) -> bool:
        """Whether it is a network of another library."""
        return not isinstance(self.network, ArchConfig)

    @property
    def name(self) -> str:
        """A published name, the beginning of an id, or a name in another library."""
        return network_name(self.network)

    @property
    def latencies_ms(self) -> tuple[float, ...]:
        """Upper end of the latency on each target."""
        return tuple(each.high_ms for each in self.latencies)

    @property
    def medians_ms(self) -> tuple[float, ...]:
        """Median of the latency on each target: what two networks are compared by."""
        return tuple(each.p50_ms for each in self.latencies)

    @property
    def objectives(self) -> tuple[float, ...]:
        """(error in percent, upper end of the latency interval in ms on each target), all minimised."""
        return 100 - self.accuracy.judged, *self.latencies_ms

    # What is shown of one device is shown of the one that was named first.

    @property
    def latency_p50_ms(self) -> float:
        """Median on the target named first."""
        return self.latencies[0].p50_ms

    @property
    def latency_low_ms(self) -> float:
        """Lower end there."""
        return self.latencies[0].low_ms

    @property
    def latency_high_ms(self) -> float:
        """Upper end there."""
        return self.latencies[0].high_ms

    @property
    def latency_origin(self) -> str:
        """What that latency rests on."""
        return self.latencies[0].origin

    @property
    def latency_extrapolated(self) -> bool:
        """Whether it is unlike all that it rests on."""
        return self.latencies[0].extrapolated

    @property
    def latency_measured(self) -> bool:
        """Whether it was measured of this very network."""
        return self.latencies[0].measured


class Judge:
    """All judges together, each architecture judged once; `latencies` predicts on each target.

    What is `known` of a network is taken instead of what would be predicted of it.
    """

    def __init__(
        self,
        accuracy: AccuracyJudge,
        latencies: Sequence[LatencyPredictor],
        confidence: float,
        known: Known = Known(),
    ) -> None:
        self.accuracy, self.latencies, self.confidence = accuracy, tuple(latencies), confidence
        self.known = known
        self._judged: dict[ArchConfig, Candidate] = {}

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Candidate]:
        """Candidates in the order of `archs`."""
        new = [arch for arch in dict.fromkeys(archs) if arch not in self._judged]
        if new:
            found = [_latencies(each.predict(new, confidence=self.confidence)) for each in self.latencies]
            for arch, accuracy, *latencies in zip(new, self._accuracies(new), *found, strict=True):
                self._judged[arch] = self._candidate(arch, accuracy, tuple(latencies))
        return [self._judged[arch] for arch in archs]

    def _candidate(self, arch: ArchConfig, accuracy: Accuracy, latencies: tuple[TargetLatency, ...]) -> Candidate:
        """With the measured latency on the first target where it is known."""
        if (measured := self.known.measured.get(arch)) is not None:
            latencies = measured_latency(measured, self.confidence), *latencies[1:]
        return Candidate(
            network=arch, accuracy=accuracy, latencies=latencies, download=self.known.published.get(arch)
        )

    def blind(self) -> "Judge":
        """The same without what is known: a search spends its trials by what it may expect everywhere alike."""
        if not (self.known.published or self.known.measured):
            return self
        return Judge(self.accuracy, self.latencies, self.confidence)

    def with_latency(self, latency: LatencyPredictor) -> "Judge":
        """The same with another predictor for the first target, over what was measured on it before."""
        known = replace(self.known, measured={})
        return Judge(self.accuracy, (latency, *self.latencies[1:]), self.confidence, known)

    def rivals(self) -> list[Candidate]:
        """The networks of other libraries whose latency is known."""
        return [
            Candidate(
                network=each.network,
                accuracy=published_score(each.download.top1),
                latencies=tuple(measured_latency(latency, self.confidence) for latency in each.latencies),
                download=each.download,
            )
            for each in self.known.rivals
        ]

    def _accuracies(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Published scores where there are, the judge's for the others."""
        published = self.known.published
        judged = iter(self.accuracy([arch for arch in archs if arch not in published]))
        return [
            published_score(score.top1) if (score := published.get(arch)) is not None else next(judged)
            for arch in archs
        ]

    @property
    def judged(self) -> list[ArchConfig]:
        """Every architecture judged so far, by its id."""
        return sorted(self._judged, key=lambda arch: arch.arch_id)

    def latencies_ms(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Upper ends on each target, (n, targets); costs no accuracy evaluation."""
        found = [each.predict(archs, confidence=self.confidence).high_ms.copy() for each in self.latencies]
        for row, arch in enumerate(archs):
            if (measured := self.known.measured.get(arch)) is not None:
                found[0][row] = measured.ends(self.confidence)[1]
        return np.stack(found, axis=1)


def published_score(top1: float) -> Accuracy:
    """A score that its authors published, in percent."""
    return Accuracy(value=top1, low=top1, high=top1, origin="published")


def measured_latency(measured: MeasuredLatency, confidence: float) -> TargetLatency:
    """What was measured, with the ends that hold with that chance."""
    low_ms, high_ms = measured.ends(confidence)
    return TargetLatency(p50_ms=measured.p50_ms, low_ms=low_ms, high_ms=high_ms, origin="measured", measured=True)


def _latencies(found: LatencyPrediction) -> list[TargetLatency]:
    """One for each network."""
    rows = zip(found.p50_ms, found.low_ms, found.high_ms, found.extrapolated, strict=True)
    return [
        TargetLatency(
            p50_ms=float(p50),
            low_ms=float(low),
            high_ms=float(high),
            origin=found.origin,
            extrapolated=bool(extrapolated),
        )
        for p50, low, high, extrapolated in rows
    ]
