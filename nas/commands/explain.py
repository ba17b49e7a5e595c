"""`nas explain`: can a budget be met, and what does each choice buy."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from nas.archs import arch_name
from nas.commands.console import print_json, stdout
from nas.devices import find_device, latency_predictor
from nas.search.feasibility import Choice, Latencies, check_feasible, choices, latencies, plain, start_of_choices
from nas.units import format_ms, parse_budget
from search_space import named_space

ROWS = 12  # choices of each kind on screen


def explain_command(
    device_name: str, *, budget: str, space_name: str, confidence: float, predictor: Path | None, as_json: bool
) -> None:
    """Print the latencies of the space and what the choices cost.

    Raises:
        BudgetError: the budget cannot be met; after printing.
    """
    budget_ms, device, space = parse_budget(budget), find_device(device_name), named_space(space_name)
    latency = latency_predictor(device, space.name, predictor)
    found = latencies(space, latency, confidence)
    start = start_of_choices(space, latency, found, budget_ms)
    near = choices(space, start, latency)
    if as_json:
        print_json(
            {
                "device": device.name,
                "space": space.name,
                "budget_ms": budget_ms,
                "confidence": confidence,
                "can_be_met": found.smallest_ms <= budget_ms,
                "nearest_budget_ms": found.nearest_budget_ms,
                "smallest": {"arch_id": found.smallest.arch_id, "latency_high_ms": found.smallest_ms},
                "median": {"latency_high_ms": found.median_ms},
                "largest": {"arch_id": found.largest.arch_id, "latency_high_ms": found.largest_ms},
                "choices_of": arch_name(start),
                "choices": [
                    {**asdict(each), "before": plain(each.before), "after": plain(each.after)} for each in near
                ],
                "latency": latency.describe(),
            }
        )
    else:
        stdout.print(describe(found, device.name, space.name, confidence), highlight=False)
        _print(near, arch_name(start))
        stdout.print(f"latency of {latency.describe()}", highlight=False, markup=False)
    check_feasible(space, latency, device, budget_ms=budget_ms, confidence=confidence)
    if not as_json:
        stdout.print(f"budget {format_ms(budget_ms)}: can be met", highlight=False)


def describe(found: Latencies, device: str, space: str, confidence: float) -> str:
    """Latencies of a space in one line."""
    return (
        f"space {space} on {device} at {confidence:.0%} confidence: fastest {format_ms(found.smallest_ms)}, median "
        f"{format_ms(found.median_ms)}, slowest {format_ms(found.largest_ms)}"
    )


def _print(near: list[Choice], name: str) -> None:
    """The dearest and the most saving choices; by what accuracy they buy where it is known."""
    table = Table(title=f"what one choice buys, from {name}", title_justify="left")
    for heading in ("choice", "from", "to", "ms", "accuracy, points"):
        table.add_column(heading, justify="right" if heading in ("ms", "accuracy, points") else "left")
    gains = sorted((c for c in near if (c.accuracy or 0) > 0), key=_price)
    saves = sorted((c for c in near if c.latency_ms < 0 and c not in gains), key=_price)
    if all(each.accuracy is None for each in near):
        gains = sorted((c for c in near if c.latency_ms >= 0), key=lambda c: -c.latency_ms)
        saves = sorted((c for c in near if c.latency_ms < 0), key=lambda c: c.latency_ms)
    for part in (gains[:ROWS], saves[:ROWS]):
        for each in part:
            table.add_row(*_row(each))
        table.add_section()
    if any(each.accuracy is None for each in near):
        table.caption = "?: the published models do not tell"
    stdout.print(table)


def _price(choice: Choice) -> float:
    """Milliseconds per point of accuracy; below 0 where both get better."""
    return choice.latency_ms / max(abs(choice.accuracy or 0.0), 1e-6)


def _row(choice: Choice) -> tuple[Any, ...]:
    accuracy = "?" if choice.accuracy is None else f"{choice.accuracy:+.2f}"
    before, after = str(plain(choice.before)), str(plain(choice.after))
    return choice.gene.removeprefix("levels."), before[:28], after[:28], f"{choice.latency_ms:+.3g}", accuracy
