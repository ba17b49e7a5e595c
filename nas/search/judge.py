"""The judges of a search: accuracy (prior or supernet) and latency, one `Candidate` per architecture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from nas.runs import KNOWN_ORIGINS
from nas.search.evaluations import EvaluationLog
from nas.search.known import Download, Known
from nas.search.networks import Network, network_name
from predictors import LatencyPredictor, MeasuredLatency
from search_space import ArchConfig

if TYPE_CHECKING:
    from supernet import DataSource, Supernet

WILSON_Z = 1.645  # 90 % two-sided


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Top-1 accuracy in percent with its interval; `origin` is `measured`, `published`, `predicted` or `prior`."""

    value: float
    low: float
    high: float
    origin: str
    extrapolated: bool = False  # an expectation beyond the evidence, its interval widened

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
    """One judged network; latencies in ms. `download` is where it can be had, where it can."""

    network: Network
    accuracy: Accuracy
    latency_p50_ms: float
    latency_low_ms: float
    latency_high_ms: float
    latency_origin: str
    latency_extrapolated: bool
    further_p50_ms: tuple[float, ...] = ()  # medians on further devices
    further_high_ms: tuple[float, ...] = ()  # upper ends on them
    latency_measured: bool = False  # the latencies are of this very network, not predicted
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
        """See `network_name`."""
        return network_name(self.network)

    @property
    def latencies_ms(self) -> tuple[float, ...]:
        """Upper end of the latency on each device."""
        return self.latency_high_ms, *self.further_high_ms

    @property
    def medians_ms(self) -> tuple[float, ...]:
        """Median of the latency on each device: what two networks are compared by."""
        return self.latency_p50_ms, *self.further_p50_ms

    @property
    def objectives(self) -> tuple[float, ...]:
        """(error in percent, upper end of the latency interval in ms on each device), all minimised."""
        return 100 - self.accuracy.judged, *self.latencies_ms


class Judge:
    """All judges together, each architecture judged once; `further` predicts latencies on further devices.

    What is `known` of a network is taken instead of what would be predicted of it.
    """

    def __init__(
        self,
        accuracy: AccuracyJudge,
        latency: LatencyPredictor,
        confidence: float,
        further: Sequence[LatencyPredictor] = (),
        known: Known = Known(),
    ) -> None:
        self.accuracy, self.latency, self.confidence, self.further = accuracy, latency, confidence, tuple(further)
        self.known = known
        self._judged: dict[ArchConfig, Candidate] = {}

    def __call__(self, archs: Sequence[ArchConfig]) -> list[Candidate]:
        """Candidates in the order of `archs`."""
        new = [arch for arch in dict.fromkeys(archs) if arch not in self._judged]
        if new:
            latency = self.latency.predict(new, confidence=self.confidence)
            further = [each.predict(new, confidence=self.confidence) for each in self.further]
            for index, (arch, accuracy) in enumerate(zip(new, self._accuracies(new), strict=True)):
                candidate = Candidate(
                    network=arch,
                    accuracy=accuracy,
                    latency_p50_ms=float(latency.p50_ms[index]),
                    latency_low_ms=float(latency.low_ms[index]),
                    latency_high_ms=float(latency.high_ms[index]),
                    latency_origin=latency.origin,
                    latency_extrapolated=bool(latency.extrapolated[index]),
                    further_p50_ms=tuple(float(each.p50_ms[index]) for each in further),
                    further_high_ms=tuple(float(each.high_ms[index]) for each in further),
                    download=self.known.published.get(arch),
                )
                if (measured := self.known.measured.get(arch)) is not None:
                    candidate = measured_candidate(candidate, measured, self.confidence)
                self._judged[arch] = candidate
        return [self._judged[arch] for arch in archs]

    def blind(self) -> "Judge":
        """The same without what is known: a search spends its trials by what it may expect everywhere alike."""
        if not (self.known.published or self.known.measured):
            return self
        return Judge(self.accuracy, self.latency, self.confidence, self.further)

    def with_latency(self, latency: LatencyPredictor) -> "Judge":
        """The same with another predictor for the first device, over what was measured on it before."""
        known = replace(self.known, measured={})
        return Judge(self.accuracy, latency, self.confidence, self.further, known)

    def rivals(self) -> list[Candidate]:
        """The networks of other libraries whose latency is known."""
        found = []
        for each in self.known.rivals:
            ends = [latency.ends(self.confidence) for latency in each.latencies]
            top1 = each.download.top1
            found.append(
                Candidate(
                    network=each.network,
                    accuracy=Accuracy(value=top1, low=top1, high=top1, origin="published"),
                    latency_p50_ms=each.latencies[0].p50_ms,
                    latency_low_ms=ends[0][0],
                    latency_high_ms=ends[0][1],
                    latency_origin="measured",
                    latency_extrapolated=False,
                    further_p50_ms=tuple(latency.p50_ms for latency in each.latencies[1:]),
                    further_high_ms=tuple(high for _, high in ends[1:]),
                    latency_measured=True,
                    download=each.download,
                )
            )
        return found

    def _accuracies(self, archs: Sequence[ArchConfig]) -> list[Accuracy]:
        """Published scores where there are, the judge's for the others."""
        published = self.known.published
        judged = iter(self.accuracy([arch for arch in archs if arch not in published]))
        return [
            Accuracy(value=score.top1, low=score.top1, high=score.top1, origin="published")
            if (score := published.get(arch)) is not None
            else next(judged)
            for arch in archs
        ]

    @property
    def judged(self) -> list[ArchConfig]:
        """Every architecture judged so far, by its id."""
        return sorted(self._judged, key=lambda arch: arch.arch_id)

    def latencies_ms(self, archs: Sequence[ArchConfig]) -> np.ndarray:
        """Upper ends on each device, (n, devices); costs no accuracy evaluation."""
        found = [
            each.predict(archs, confidence=self.confidence).high_ms.copy() for each in (self.latency, *self.further)
        ]
        for row, arch in enumerate(archs):
            if (measured := self.known.measured.get(arch)) is not None:
                found[0][row] = measured.ends(self.confidence)[1]
        return np.stack(found, axis=1)


def measured_candidate(candidate: Candidate, measured: MeasuredLatency, confidence: float) -> Candidate:
    """The same network with its measured latency on the first device."""
    low_ms, high_ms = measured.ends(confidence)
    return replace(
        candidate,
        latency_p50_ms=measured.p50_ms,
        latency_low_ms=low_ms,
        latency_high_ms=high_ms,
        latency_origin="measured",
        latency_extrapolated=False,
        latency_measured=True,
    )
