"""`nas fit`: fit a latency predictor to measured networks, judge it, put it where `nas search` looks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from nas.cli.console import plain_table, print_json, stdout, tell, tell_path
from nas.cli.derived import takes
from nas.cli.fit_report import print_report, write_plot
from nas.cli.shared import JsonOption, SpaceOption
from nas.errors import UserError
from nas.fitting import MOST_EXPECTED, FitConfig, ProbeConfig, choose_probes, fit_device


@dataclass(frozen=True, kw_only=True)
class FitRequest:
    """What `nas fit` was asked for."""

    device: Annotated[str, typer.Option("--device", help="Device of the table; a new one becomes known.")]
    table: Annotated[Path | None, typer.Option("--table", metavar="TABLE", help="Latency table (`nas collect`).")] = (
        None
    )
    known: Annotated[
        str | None, typer.Option("--from", metavar="DEVICES", help="Known devices to start from: cpu,jetson-nano.")
    ] = None
    samples: Annotated[
        int | None, typer.Option("--samples", min=2, help="With --from: use this many networks of the table.")
    ] = None
    probe: Annotated[int | None, typer.Option("--probe", help="Fit nothing: name the next networks to measure.")] = (
        None
    )
    space: SpaceOption = "efficientvit"
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Predictor file; default: where `nas search` looks.")
    ] = None
    as_json: JsonOption = False


@takes(FitRequest)
def fit(ask: Callable[[], FitRequest]) -> None:
    """Fit a latency predictor to a table and judge it on networks that were not fitted.

    A plot of predicted against measured is written beside the predictor. With --from, a new device needs a handful
    of networks: they are added to what known devices say. With --probe, the networks are named that tell most, in
    order, with the error to expect after each; their files go to --out.

    Examples:

        nas fit --device cpu --table results/latency/cpu-digits

        nas fit --device my-board --probe 10

        nas fit --device my-board --from cpu,jetson-nano --samples 10 --table results/latency/my-board
    """
    request = ask()
    if request.probe is not None:
        _probe(request, request.probe)
        return
    if request.table is None:
        raise UserError("nas fit needs --table TABLE (nas collect), or --probe N to be told what to measure")
    found = fit_device(
        FitConfig(
            device=request.device,
            table=request.table,
            known=request.known,
            samples=request.samples,
            out=request.out,
        )
    )
    judged, plot = found.predictor.judged, found.path.with_suffix(".png")
    write_plot(judged, found.device.name, plot)
    if request.as_json:
        about = {"device": found.device.name, "model": found.model, "path": str(found.path), "plot": str(plot)}
        print_json({**judged.to_json(), **about})
        return
    print_report(judged, found.model)
    tell_path(f"saved, with {plot.name} of predicted against measured:", found.path)


def _probe(request: FitRequest, count: int) -> None:
    """Name the next networks to measure, with the error to expect after each and where to stop."""
    found = choose_probes(
        ProbeConfig(
            device=request.device,
            count=count,
            space=request.space,
            table=request.table,
            known=request.known,
            out=request.out,
        )
    )
    stop, folder = found.stop_after, found.folder
    errors = [round(error, 4) for error in found.expected_error]
    rows = [
        {"arch_id": arch.arch_id, "expected_error": error} for arch, error in zip(found.archs, errors, strict=True)
    ]
    if request.as_json:
        about = {"device": request.device, "space": found.space}
        print_json({**about, "probes": rows, "stop_after": stop, "out": str(folder)})
        return
    tell(f"measure next on {request.device}, in this order ({found.measured} measured already):")
    shown = plain_table("", "arch_id", "expected error after it", text=("arch_id",))
    for index, row in enumerate(rows, start=1):
        shown.add_row(str(index), str(row["arch_id"]), f"{row['expected_error']:.1%}")
    stdout.print(shown)
    enough = f"after {stop} the error expected is at most {MOST_EXPECTED:.0%}: stop there"
    stdout.print(
        enough if errors[stop - 1] <= MOST_EXPECTED else f"more than {count} are needed for {MOST_EXPECTED:.0%}"
    )
    stdout.print("expected of a device that is as like the known ones as they are like one another")
    tell_path("wrote", folder)
