"""What the run says of itself against the published models, simple methods, and what is known at the same latency."""

from dataclasses import dataclass
from typing import Any

from nas.runs.fields import Fields
from nas.runs.network import KNOWN_ORIGINS, NetworkRow

_MODEL_NUMBERS = ("accuracy", "accuracy_low", "accuracy_high", "latency_p50_ms", "latency_high_ms")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One side of a comparison: accuracies in percent, latencies in ms; None where an older run does not say."""

    arch_id: str
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    latency_p50_ms: float
    latency_high_ms: float | None
    latency_extrapolated: bool

    def to_row(self, what: str) -> dict[str, Any]:
        """The columns that begin with `what`; the id has a column that differs by side."""
        found = {f"{what}_{name}": getattr(self, name) for name in _MODEL_NUMBERS}
        return {**found, f"{what}_latency_extrapolated": self.latency_extrapolated}

    @classmethod
    def from_row(cls, row: Fields, what: str, arch_id: str) -> "Compared":
        """Read what `to_row` gave.

        Raises:
            ValueError: the accuracy or the median is missing; names place and column.
        """
        return cls(
            arch_id=arch_id,
            accuracy=row.number(f"{what}_accuracy"),
            accuracy_low=row.optional_number(f"{what}_accuracy_low"),
            accuracy_high=row.optional_number(f"{what}_accuracy_high"),
            latency_p50_ms=row.number(f"{what}_latency_p50_ms"),
            latency_high_ms=row.optional_number(f"{what}_latency_high_ms"),
            latency_extrapolated=row.flag(f"{what}_latency_extrapolated", False),
        )


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What was `found` instead of a published model, and the points of accuracy by which it is better.

    `judged_points` compares what the search goes by: the lower end unless the accuracy was found. There is `evidence`
    of a gain or a loss where it exceeds the noise of both accuracies.
    """

    found: Compared
    points: float
    judged_points: float | None
    evidence_of_gain: bool
    evidence_of_loss: bool
    accuracy_origin: str
    latency_origin: str

    def to_row(self) -> dict[str, Any]:
        """The columns after those of the published model."""
        return {
            "found": self.found.arch_id,
            **self.found.to_row("found"),
            "gain_points": self.points,
            "gain_judged_points": self.judged_points,
            "evidence_of_gain": self.evidence_of_gain,
            "evidence_of_loss": self.evidence_of_loss,
            "accuracy_origin": self.accuracy_origin,
            "latency_origin": self.latency_origin,
        }

    @classmethod
    def from_row(cls, row: Fields) -> "Gain":
        """Read what `to_row` gave.

        Raises:
            ValueError: a figure is missing; names place and column.
        """
        return cls(
            found=Compared.from_row(row, "found", row.text("found")),
            points=row.number("gain_points"),
            judged_points=row.optional_number("gain_judged_points"),
            evidence_of_gain=row.flag("evidence_of_gain"),
            evidence_of_loss=row.flag("evidence_of_loss", False),
            accuracy_origin=row.text("accuracy_origin", ""),
            latency_origin=row.text("latency_origin", ""),
        )


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """A published model by `name` and what was found instead, None where nothing was: a line of the CSV.

    Outside the goals (`within_goals` False) a model is slower or larger than the search was allowed to go.
    """

    name: str
    published: Compared
    within_goals: bool
    gain: Gain | None

    @property
    def verdict(self) -> str:
        """What may be said of it, in a few words."""
        if self.gain is None:
            words = "nothing found"
        elif not (self.gain.evidence_of_gain or self.gain.evidence_of_loss):
            words = "cannot be told apart"
        else:
            words = "gain" if self.gain.evidence_of_gain else "loss"
            # a score that nobody found yet is no gain over one that somebody did
            words = words if self.gain.accuracy_origin in KNOWN_ORIGINS else f"expected {words}"
        return words if self.within_goals else f"{words}; over the budget or a limit"

    @property
    def is_gain(self) -> bool:
        """True where both scores are known and the gain exceeds the noise."""
        return self.verdict.startswith("gain")

    @property
    def is_expected_gain(self) -> bool:
        """True where an expectation exceeds a known score by more than its noise."""
        return self.verdict.startswith("expected gain")

    def to_row(self) -> dict[str, Any]:
        """The columns of `found-against-published.csv`, in their order."""
        model: dict[str, Any] = {"published": self.name, "published_arch_id": self.published.arch_id}
        model |= {**self.published.to_row("published"), "within_goals": self.within_goals}
        return {**model, "found": None} if self.gain is None else {**model, **self.gain.to_row()}

    @classmethod
    def from_row(cls, row: Fields) -> "ComparisonRow":
        """Read what `to_row` gave; an older run names the published model alone, without its id.

        Raises:
            ValueError: a figure is missing; names place and column.
        """
        return cls(
            name=row.text("published"),
            published=Compared.from_row(row, "published", row.text("published_arch_id", "")),
            within_goals=row.flag("within_goals"),
            gain=Gain.from_row(row) if row.text("found", "") else None,
        )


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best network of a simple method: accuracy in percent, the upper end in ms, and what the answer gains."""

    arch_id: str
    accuracy: float
    accuracy_origin: str
    latency_high_ms: float | None
    gain_points: float
    evidence_of_gain: bool


@dataclass(frozen=True, kw_only=True)
class BaselineRow:
    """A simple method, the networks that it `tried`, and the `best` of them within the goals, if one is."""

    name: str
    tried: int
    best: Best | None

    def to_json(self) -> dict[str, Any]:
        """As an object of `baselines`."""
        found = {"name": self.name, "tried": self.tried, "accuracy": None, "gain_points": None}
        if self.best is None:
            return found
        return found | {name: getattr(self.best, name) for name in Best.__dataclass_fields__}

    @classmethod
    def from_json(cls, row: Fields) -> "BaselineRow":
        """Read what `to_json` gave.

        Raises:
            ValueError: a figure is missing; names place and column.
        """
        name, tried = row.text("name"), row.whole("tried")
        if row.optional_number("accuracy") is None:
            return cls(name=name, tried=tried, best=None)
        best = Best(
            arch_id=row.text("arch_id", ""),
            accuracy=row.number("accuracy"),
            accuracy_origin=row.text("accuracy_origin", "not stated"),
            latency_high_ms=row.optional_number("latency_high_ms"),
            gain_points=row.number("gain_points"),
            evidence_of_gain=row.flag("evidence_of_gain"),
        )
        return cls(name=name, tried=tried, best=best)


@dataclass(frozen=True, kw_only=True)
class ProspectRow:
    """A network worth training, the best known one that is no slower, if one is, and the points expected beyond."""

    network: NetworkRow
    known: str | None
    known_accuracy: float | None
    points: float

    def gain(self) -> dict[str, Any]:
        """What it is worth, without what it is."""
        return {
            "arch_id": self.network.arch_id,
            "known": self.known,
            "known_accuracy": self.known_accuracy,
            "points": self.points,
        }

    def to_json(self) -> dict[str, Any]:
        """As an object of `prospects`."""
        return {**self.network.to_row(), **self.gain()}

    @classmethod
    def from_json(cls, row: Fields) -> "ProspectRow":
        """Read what `to_json` gave.

        Raises:
            ValueError: a figure is missing; names place and column.
        """
        own = ("known", "known_accuracy", "points")
        network = {name: value for name, value in row.values.items() if name not in own}
        return cls(
            network=NetworkRow.from_row(Fields(network, row.where)),
            known=row.text("known", "") or None,
            known_accuracy=row.optional_number("known_accuracy"),
            points=row.number("points"),
        )
