"""`nas fit`: fit a latency predictor to measured networks, judge it, put it where `nas search` looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from nas.cli.console import plain_table, print_json, stdout, tell, tell_path
from nas.cli.derived import takes
from nas.cli.fit_report import print_report, write_plot
from nas.cli.shared import JsonOption, SpaceOption
from nas.devices import Device, devices, find_device, fitted_path, latency_predictor, remember_device
from nas.disk.files import write_text
from nas.errors import UserError
from search_space import ArchConfig, named_space

if TYPE_CHECKING:
    from predictors import FittedPredictor, KnownDevices, LatencyPredictor, LatencyTable, TransferredPredictor
    from predictors.models import LatencyModel

ENOUGH_OF_ITS_OWN = 20  # networks from which on a device needs no other one
MOST_EXPECTED = 0.03  # error at which more probes stop paying


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
        _probe(request)
        return
    if request.table is None:
        raise UserError("nas fit needs --table TABLE (nas collect), or --probe N to be told what to measure")
    from predictors import LatencyTable

    table = LatencyTable.load(request.table)
    device = _device_of(request.device, table)
    predictor = _fitted(request, table, device)
    path = request.out or fitted_path(device, table.manifest.space)
    predictor.save(path)
    plot = path.with_suffix(".png")
    write_plot(predictor.judged, device.name, plot)
    if request.as_json:
        name = getattr(predictor, "name", predictor.origin)
        print_json(
            {**predictor.judged.to_json(), "device": device.name, "model": name, "path": str(path), "plot": str(plot)}
        )
        return
    print_report(predictor.judged, getattr(predictor, "name", predictor.origin))
    tell_path(f"saved, with {plot.name} of predicted against measured:", path)


def _device_of(name: str, table: "LatencyTable") -> Device:
    """The device asked for, which the table must be of; a table's own device becomes known with it."""
    manifest = table.manifest
    if name == manifest.device and not any(name in (d.name, *d.aliases) for d in devices().values()):
        remember_device(
            Device(
                name=name,
                description=f"measured with {manifest.runtime} {manifest.runtime_version}",
                runtime=manifest.runtime,
                precision=manifest.precision,
                batch=manifest.batch,
            )
        )
    device = find_device(name)
    if manifest.device != device.name:
        raise UserError(f"the table was measured on device {manifest.device}, not on {device.name}")
    return device


def _fitted(request: FitRequest, table: "LatencyTable", device: Device) -> "FittedPredictor | TransferredPredictor":
    from predictors import fit_latency

    own = len(table.networks("fit"))
    if request.known is None and request.samples is not None:
        raise UserError("--samples needs --from: the known devices that few samples are added to")
    if request.known is not None and (request.samples is not None or own < ENOUGH_OF_ITS_OWN):
        return _transferred(request, table, device)
    sources = _sources(request.known, device, table.manifest.space) if request.known else []
    return fit_latency(table, prior=_prior(device), source=_model_of(sources))


def _transferred(request: FitRequest, table: "LatencyTable", device: Device) -> "TransferredPredictor":
    """Few samples of the table, chosen before any latency is looked at; all of them where no number is given."""
    from predictors import fit_transfer
    from predictors.latency.fit import rows_digest

    space = table.manifest.space
    known = _known(request, device, space)
    rows = {ArchConfig.from_json(row.key_json): row for row in table.networks("", "fit", "cal")}
    held = {ArchConfig.from_json(row.key_json): row.p50_ms for row in table.networks("test")}
    chosen: Sequence[ArchConfig] = list(rows)
    if request.samples is not None:
        chosen, _ = known.probes(request.samples, candidates=list(rows))
    return fit_transfer(
        known,
        device=device.name,
        archs=chosen,
        latency_ms=np.array([rows[arch].p50_ms for arch in chosen]),
        held_out=list(held),
        held_out_ms=np.array(list(held.values())) if held else None,
        rows_digest=rows_digest(table),
        noise_floor=table.noise_floor("test") if held else table.noise_floor(),
    )


def _known(request: FitRequest, device: Device, space: str) -> "KnownDevices":
    from predictors import KnownDevices

    return KnownDevices.compare(named_space(space), _sources(request.known, device, space))


def _sources(text: str | None, device: Device | None, space: str) -> list["LatencyPredictor"]:
    """Predictors of the devices named in `--from`; without it, of every known device but this one.

    Other power modes and modules of a board have to be named: unasked, they would tell the same many times over.

    Raises:
        UserError: a device has no predictor, or is the new one itself.
    """
    if text is None:
        from predictors import CALIBRATED_DEVICES, analytic_predictors

        names = [d.name for d in devices().values() if fitted_path(d, space).exists()]
        originals = [name for name, each in analytic_predictors().items() if not each.variant_of]
        names += [name for name in (*CALIBRATED_DEVICES, *originals) if name not in names]
        others = [name for name in names if device is None or name != device.name]
        found = [latency_predictor(find_device(name), space) for name in others]
        return [each for each in found if each.origin != "transferred"]
    chosen = [find_device(name.strip()) for name in text.split(",") if name.strip()]
    if device is not None and device.name in [each.name for each in chosen]:
        raise UserError(f"--from names {device.name} itself; name other devices")
    return [latency_predictor(each, space) for each in chosen]


def _prior(device: Device) -> np.ndarray | None:
    """Coefficients of a similar device's physics features: published ones, or a roofline of the same kind."""
    from predictors import CALIBRATED_DEVICES, analytic_predictors, calibrated_predictor

    if device.name in CALIBRATED_DEVICES:
        return calibrated_predictor(device.name).coefficients()
    known = analytic_predictors()
    if device.name in known:
        return known[device.name].coefficients()
    like = device.backend.like
    return known[like].coefficients() if like else None


def _model_of(sources: Sequence["LatencyPredictor"]) -> "LatencyModel | None":
    """The first known device's model that reads physics features alone."""
    from predictors import FittedPredictor

    models = [s.model for s in sources if isinstance(s, FittedPredictor) and s.design.blocks is None]
    return models[0] if models else None


def _probe(request: FitRequest) -> None:
    """Name the next networks to measure, with the error to expect after each and where to stop."""
    count = request.probe or 0
    if not 1 <= count <= 100:
        raise UserError(f"--probe must be from 1 to 100, got {count}")
    measured: list[ArchConfig] = []
    space = request.space
    if request.table is not None:
        from predictors import LatencyTable

        table = LatencyTable.load(request.table)
        space = table.manifest.space
        measured = [ArchConfig.from_json(row.key_json) for row in table.networks()]
    device = next((d for d in devices().values() if request.device in (d.name, *d.aliases)), None)
    from predictors import KnownDevices

    known = KnownDevices.compare(named_space(space), _sources(request.known, device, space))
    archs, plan = known.probes(count, measured=measured)
    stop = plan.stop_after(target=MOST_EXPECTED)
    folder = request.out or Path("results") / "probes" / f"{request.device}-{space}"
    for arch in archs:
        write_text(folder / f"{arch.arch_id}.json", arch.to_json() + "\n")
    errors = [round(float(error), 4) for error in plan.expected_error]
    rows = [{"arch_id": arch.arch_id, "expected_error": error} for arch, error in zip(archs, errors, strict=True)]
    if request.as_json:
        print_json({"device": request.device, "space": space, "probes": rows, "stop_after": stop, "out": str(folder)})
        return
    tell(f"measure next on {request.device}, in this order ({len(measured)} measured already):")
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
