"""Arguments of `nas explain`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import DeviceOption, JsonOption, SpaceOption


def explain(
    device: DeviceOption,
    budget: Annotated[str, typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s.")],
    space: SpaceOption = "efficientvit",
    confidence: Annotated[
        float, typer.Option("--confidence", help="Chance that the latency stays within the budget; 0.5: the median.")
    ] = 0.9,
    predictor: Annotated[
        Path | None, typer.Option("--predictor", metavar="FILE", help="Latency predictor (`nas fit --out`).")
    ] = None,
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
    )
