"""`nas explain`: can a budget be met, and what does each choice buy."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from nas.archs import arch_name
from nas.caution import caution
from nas.commands.console import plain_table, print_json, stdout, tell
from nas.devices import find_device, latency_predictor
from nas.search.feasibility import Choice, Latencies, check_feasible, choices, latencies, plain, start_of_choices
from nas.search.objectives import OBJECTIVES, further_objectives
from nas.search.objectives.objective import Objective
from nas.units import about_ms, format_ms, format_signed, parse_budget
from search_space import named_space

SHOWN = 5  # choices on screen, of which at most this many buy accuracy:
GAINS = 3
LINE = 78  # characters of the line that a search begins with, at most
_LEAST_SAVED = 0.02  # of the latency: what saves less is not worth a line
_LEAST_LOST = 0.05  # points: what loses less loses nothing that the prior could tell


def explain_command(
    device_name: str,
    *,
    budget: str,
    space_name: str,
    confidence: float,
    predictor: Path | None,
    as_json: bool,
    everything: bool = False,
    objectives: Sequence[str] = (),
) -> None:
    """Print whether the budget can be met and what the choices cost; `everything` is all of them.

    What a choice adds to `objectives`, by name, stands beside its latency.

    Raises:
        BudgetError: the budget cannot be met; after printing.
    """
    costs = [OBJECTIVES[name] for name in further_objectives(objectives)]
    budget_ms, device, space = parse_budget(budget), find_device(device_name), named_space(space_name)
    latency = latency_predictor(device, space.name, predictor)
    found = latencies(space, latency=latency, confidence=confidence)
    start = start_of_choices(space, latency, found, budget_ms)
    start_ms = float(latency.predict([start], confidence=0.5).p50_ms[0])
    near = choices(space, start, latency)
    warning = caution(device.name, latency.origin)
    if as_json:
        print_json(
            {
                "device": device.name,
                "space": space.name,
                "budget_ms": budget_ms,
                "confidence": confidence,
                "can_be_met": found.smallest_ms <= budget_ms,
                "verdict": verdict(found, device.name, budget_ms, confidence),
                "nearest_budget_ms": found.nearest_budget_ms,
                "smallest": {"arch_id": found.smallest.arch_id, "latency_high_ms": found.smallest_ms},
                "median": {"latency_high_ms": found.median_ms},
                "largest": {"arch_id": found.largest.arch_id, "latency_high_ms": found.largest_ms},
                "choices_of": arch_name(start),
                "choices_of_latency_ms": start_ms,
                "choices": [
                    {**asdict(each), "before": plain(each.before), "after": plain(each.after)} for each in near
                ],
                "that_matter": [each.words for each in that_matter(near, start_ms, budget_ms)],
                "latency": latency.describe(),
                "caution": warning,
            }
        )
    else:
        tell(verdict(found, device.name, budget_ms, confidence))
        if warning:
            tell(warning, style="yellow")
        shown = near if everything else that_matter(near, start_ms, budget_ms)
        _print(shown, f"{arch_name(start)} ({about_ms(start_ms)})", len(near) - len(shown), costs)
        tell(f"latency of {latency.describe()}")
    check_feasible(space, latency, device, budget_ms=budget_ms, confidence=confidence)


def describe(found: Latencies, device: str, space: str, confidence: float) -> str:
    """Latencies of a space in one line."""
    return (
        f"space {space} on {device} at {confidence:.0%} confidence: fastest {about_ms(found.smallest_ms)}, median "
        f"{about_ms(found.median_ms)}, slowest {about_ms(found.largest_ms)}"
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
    return choice.latency_ms / max(abs(choice.accuracy or 0.0), _LEAST_LOST)


def _print(shown: Sequence[Choice], name: str, left_out: int, costs: Sequence[Objective]) -> None:
    """The choices with what they cost and buy, and what the marks mean."""
    names = [each.name for each in costs]
    table = plain_table("choice", "ms", "points", *names, text=("choice",), wrapped=("choice",))
    for each in shown:
        points = "?" if each.accuracy is None else _points(each.accuracy) + "*" * each.accuracy_extrapolated
        added = [_added(each.costs[cost.name], cost) for cost in costs]
        table.add_row(each.words, format_signed(each.latency_ms) + "*" * each.latency_extrapolated, points, *added)
    notes = ["points: of expected top-1, a prior"]
    if any(each.latency_extrapolated or each.accuracy_extrapolated for each in shown):
        notes.append("* extrapolated")
    if any(each.accuracy is None for each in shown):
        notes.append("? not known")
    if left_out:
        notes.append(f"{left_out} more with --all")
    tell(f"what one choice buys, starting from {name}:")
    stdout.print(table)
    tell("; ".join(notes))


def _added(change: float, cost: Objective) -> str:
    """A change with its sign and unit."""
    return f"{'-' if change < 0 else '+'}{cost.shown(abs(change))}" if change else "0"


def _points(gain: float) -> str:
    """Points of accuracy with one decimal, which is more than the prior knows; no sign where they are 0."""
    return f"{gain:+.1f}" if abs(gain) >= _LEAST_LOST else "0.0"
