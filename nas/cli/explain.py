"""`nas explain`: can a budget be met, and what does each choice buy."""

from collections.abc import Sequence
from typing import Annotated

import typer

from nas.archs import arch_name
from nas.cli.console import plain_table, print_json, stdout, tell
from nas.cli.shared import ConfidenceOption, DeviceOption, JsonOption, PredictorOption, SpaceOption
from nas.describing.budgets import LEAST_LOST, explain_budget
from nas.search.config import SearchConfig
from nas.search.feasibility import Choice, check_feasible
from nas.search.objectives import OBJECTIVES, further_objectives
from nas.search.objectives.objective import Objective
from nas.units import about_ms, format_signed, parse_budget


def explain(
    device: DeviceOption,
    budget: Annotated[str, typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s.")],
    space: SpaceOption = "efficientvit",
    confidence: ConfidenceOption = SearchConfig.confidence,
    predictor: PredictorOption = None,
    objective: Annotated[
        list[str], typer.Option("--objective", help="Say what each choice adds to this, of {objectives}; several.")
    ] = [],  # noqa: B006
    everything: Annotated[
        bool, typer.Option("--all", help="Every choice, not only the five that matter most.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Can the budget be met, and what does each choice buy in milliseconds and expected accuracy?

    Exit code 3 when even the fastest network of the space is too slow; the nearest budget that can be met is named.

    Example: nas explain --device jetson --budget 10ms
    """
    costs = [OBJECTIVES[name] for name in further_objectives(objective)]
    budget_ms = parse_budget(budget)
    found = explain_budget(device, budget_ms, space_name=space, confidence=confidence, predictor=predictor)
    if as_json:
        print_json(found.to_json())
    else:
        tell(found.verdict)
        if found.caution:
            tell(found.caution, style="yellow")
        shown = found.choices if everything else found.that_matter
        name = f"{arch_name(found.start)} ({about_ms(found.start_ms)})"
        _print(shown, name, len(found.choices) - len(shown), costs)
        tell(f"latency of {found.predictor.describe()}")
    check_feasible(found.space, found.predictor, found.device, budget_ms=budget_ms, confidence=confidence)


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
    return f"{gain:+.1f}" if abs(gain) >= LEAST_LOST else "0.0"
