"""Arguments of `nas explain`."""

from typing import Annotated

import typer

from nas.arguments.shared import ConfidenceOption, DeviceOption, JsonOption, PredictorOption, SpaceOption
from nas.search.config import SearchConfig


def explain(
    device: DeviceOption,
    budget: Annotated[str, typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s.")],
    space: SpaceOption = "efficientvit",
    confidence: ConfidenceOption = SearchConfig.confidence,
    predictor: PredictorOption = None,
    objective: Annotated[
        list[str], typer.Option("--objective", help="Say what each choice adds to this: params, macs, ...; several.")
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
    from nas.commands.explain import explain_command

    explain_command(
        device,
        budget=budget,
        space_name=space,
        confidence=confidence,
        predictor=predictor,
        as_json=as_json,
        everything=everything,
        objectives=objective,
    )
