"""Can a budget be met on a device, and what does each choice of a network buy: what `nas explain` answers."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nas.archs import arch_name
from nas.caution import caution
from nas.devices import Device, find_device, latency_predictor
from nas.search.feasibility import Choice, Latencies, choices, latencies, plain, start_of_choices
from nas.units import about_ms, format_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, SearchSpace, named_space

SHOWN = 5  # choices on screen, of which at most this many buy accuracy:
GAINS = 3
LINE = 78  # characters of the line that a search begins with, at most
_LEAST_SAVED = 0.02  # of the latency: what saves less is not worth a line
LEAST_LOST = 0.05  # points: what loses less loses nothing that the prior could tell


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplainedBudget:
    """Latencies of a space on a device against a budget, and `choices` one by one from the network `start`.

    Milliseconds; `start_ms` is the median of `start`.
    """

    device: Device
    space: SearchSpace
    budget_ms: float
    confidence: float
    predictor: LatencyPredictor
    latencies: Latencies
    start: ArchConfig
    start_ms: float
    choices: tuple[Choice, ...]

    @property
    def can_be_met(self) -> bool:
        """Whether the fastest network keeps the budget."""
        return self.latencies.smallest_ms <= self.budget_ms

    @property
    def verdict(self) -> str:
        """One sentence on the budget."""
        return verdict(self.latencies, self.device.name, self.budget_ms, self.confidence)

    @property
    def caution(self) -> str | None:
        """What to read the latencies with, where they are contested."""
        return caution(self.device.name, self.predictor.origin)

    @property
    def that_matter(self) -> list[Choice]:
        """The few choices to show."""
        return that_matter(self.choices, self.start_ms, self.budget_ms)

    def to_json(self) -> dict[str, Any]:
        """The object of `nas explain --json`."""
        found = self.latencies
        return {
            "device": self.device.name,
            "space": self.space.name,
            "budget_ms": self.budget_ms,
            "confidence": self.confidence,
            "can_be_met": self.can_be_met,
            "verdict": self.verdict,
            "nearest_budget_ms": found.nearest_budget_ms,
            "smallest": {"arch_id": found.smallest.arch_id, "latency_high_ms": found.smallest_ms},
            "median": {"latency_high_ms": found.median_ms},
            "largest": {"arch_id": found.largest.arch_id, "latency_high_ms": found.largest_ms},
            "choices_of": arch_name(self.start),
            "choices_of_latency_ms": self.start_ms,
            "choices": [
                {**asdict(each), "before": plain(each.before), "after": plain(each.after)} for each in self.choices
            ],
            "that_matter": [each.words for each in self.that_matter],
            "latency": self.predictor.describe(),
            "caution": self.caution,
        }


def explain_budget(
    device_name: str, budget_ms: float, *, space_name: str, confidence: float, predictor: Path | None = None
) -> ExplainedBudget:
    """What a budget means for the networks of a space.

    Raises:
        UserError: no such device or space, or nothing predicts its latencies.
    """
    device, space = find_device(device_name), named_space(space_name)
    latency = latency_predictor(device, space.name, predictor)
    found = latencies(space, latency=latency, confidence=confidence)
    start = start_of_choices(space, latency, found, budget_ms)
    return ExplainedBudget(
        device=device,
        space=space,
        budget_ms=budget_ms,
        confidence=confidence,
        predictor=latency,
        latencies=found,
        start=start,
        start_ms=float(latency.predict([start], confidence=0.5).p50_ms[0]),
        choices=tuple(choices(space, start, latency)),
    )


def verdict(found: Latencies, device: str, budget_ms: float, confidence: float) -> str:
    """One sentence: can the budget be met, by how much, and what the space's networks take."""
    fits, ratio = found.smallest_ms <= budget_ms, budget_ms / found.smallest_ms
    times = f"{float(f'{max(ratio, 1 / ratio):.2g}'):g}"
    room = f"takes {times} times less than that" if fits else f"takes {times} times as long"
    limit = "" if found.largest_ms > budget_ms else "; even the slowest keeps it, so that it limits nothing"
    return (
        f"{format_ms(budget_ms)} {'can' if fits else 'cannot'} be met on {device}: the fastest network {room}, "
        f"{about_ms(found.smallest_ms)}, the median one {about_ms(found.median_ms)} and the slowest "
        f"{about_ms(found.largest_ms)} (upper ends at {confidence:.0%} confidence){limit}"
    )


def verdict_line(found: Latencies, device: str, budget_ms: float) -> str:
    """`verdict` in one line of at most `LINE` characters, for the start of a search."""
    what = f"{format_ms(budget_ms)} {'can' if found.smallest_ms <= budget_ms else 'cannot'} be met"
    ends = f"fastest {about_ms(found.smallest_ms)}, median {about_ms(found.median_ms)}"
    both = f"{ends}, slowest {about_ms(found.largest_ms)}"
    for line in (f"{what} on {device}: {both}", f"{what} there: {both}", f"{what}: {both}"):
        if len(line) <= LINE:
            return line
    return what


def that_matter(near: Sequence[Choice], start_ms: float, budget_ms: float) -> list[Choice]:
    """At most `SHOWN` choices, one for each gene: what buys most within the budget, then what saves most cheaply.

    Where no accuracy is known, those with the largest part in the latency.
    """
    if all(each.accuracy is None for each in near):
        return _one_each(sorted(near, key=lambda each: -abs(each.latency_ms)))[:SHOWN]
    room = budget_ms - start_ms
    gains = [each for each in near if (each.accuracy or 0.0) > 0 and each.latency_ms <= room]
    saves = [each for each in near if each.latency_ms < -_LEAST_SAVED * start_ms and each not in gains]
    gains = _one_each(sorted(gains, key=lambda each: (-(each.accuracy or 0.0), each.latency_ms)))
    saves = _one_each(sorted(saves, key=_price))
    first = gains[: max(GAINS, SHOWN - len(saves))]
    return _one_each([*first, *saves, *gains])[:SHOWN]


def _one_each(ordered: Iterable[Choice]) -> list[Choice]:
    """The first of every gene."""
    found: dict[str, Choice] = {}
    for each in ordered:
        found.setdefault(each.gene, each)
    return list(found.values())


def _price(choice: Choice) -> float:
    """Milliseconds saved (below 0) per point of accuracy lost."""
    return choice.latency_ms / max(abs(choice.accuracy or 0.0), LEAST_LOST)
