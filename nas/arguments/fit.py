"""Arguments of `nas fit`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption, SpaceOption


def fit(
    device: Annotated[str, typer.Option("--device", help="Device of the table; a new one becomes known.")],
    table: Annotated[
        Path | None, typer.Option("--table", metavar="TABLE", help="Latency table (`nas collect`).")
    ] = None,
    known: Annotated[
        str | None, typer.Option("--from", metavar="DEVICES", help="Known devices to start from: cpu,jetson-nano.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=2, help="With --from: use this many networks of the table.")
    ] = None,
    probe: Annotated[
        int | None, typer.Option("--probe", help="Fit nothing: name the next networks to measure.")
    ] = None,
    space: SpaceOption = "efficientvit",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Predictor file; default: where `nas search` looks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a latency predictor to a table and judge it on networks that were not fitted.

    A plot of predicted against measured is written beside the predictor. With --from, a new device needs a handful
    of networks: they are added to what known devices say. With --probe, the networks are named that tell most, in
    order, with the error to expect after each; their files go to --out.

    Examples:

        nas fit --device cpu --table results/latency/cpu-digits

        nas fit --device my-board --probe 10

        nas fit --device my-board --from cpu,jetson-nano --samples 10 --table results/latency/my-board
    """
    from nas.commands.fit import FitRequest, fit_command

    fit_command(
        FitRequest(
            device=device,
            table=table,
            known=known,
            samples=samples,
            probe=probe,
            space=space,
            out=out,
            as_json=as_json,
        )
    )
