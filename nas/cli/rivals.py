"""`nas rivals`: choose models of timm, measure them beside our own published networks, keep the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from nas.cli.console import print_notes, stderr, stdout, steps
from nas.cli.derived import takes
from nas.cli.shared import (
    PASSES,
    REMOTE_PYTHON,
    ROUNDS,
    THREADS,
    BundleOption,
    DeviceOption,
    DryRunOption,
    HostOption,
    ImportOption,
    PassesOption,
    RemotePythonOption,
    RoundsOption,
    SeedOption,
    SshConfigOption,
    ThreadsOption,
    TimeOption,
)
from nas.devices import Device, find_device
from nas.errors import UserError
from nas.search.config import SearchConfig
from nas.units import format_ms, format_seconds, parse_duration

if TYPE_CHECKING:
    from nas.measuring.plan import Plan
    from nas.measuring.runner.protocol import MeasuringProtocol
    from nas.rivals.catalogue import ZooModel
    from nas.rivals.table import Line
    from predictors import LatencyTable
    from search_space import ArchConfig

SHOWN_FAILURES = 10


@dataclass(frozen=True, kw_only=True)
class RivalsRequest:
    """The options of `nas rivals` as the user gave them."""

    device: DeviceOption
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Your copy of the table; default results/rivals/(device)."),
    ] = None
    models: Annotated[int, typer.Option("--models", help="Models of timm, the most promising ones.")] = 60
    time: TimeOption = None
    match: Annotated[
        str | None, typer.Option("--match", metavar="PATTERN", help="All models of this name instead: 'levit*'.")
    ] = None
    pretraining: Annotated[
        str, typer.Option("--pretraining", help="in1k: trained on ImageNet-1k alone; any: on more images too.")
    ] = "in1k"
    own: Annotated[
        bool, typer.Option("--own/--no-own", help="Also our own published networks at every published size.")
    ] = True
    rounds: RoundsOption = ROUNDS
    passes: PassesOption = PASSES
    threads: ThreadsOption = THREADS
    seed: SeedOption = SearchConfig.seed
    dry_run: DryRunOption = False
    export_only: Annotated[
        bool, typer.Option("--export-only", help="Export ahead, which may happen on a busy machine; time nothing.")
    ] = False
    bundle: BundleOption = None
    results: ImportOption = None
    host: HostOption = None
    ssh_config: SshConfigOption = None
    remote_python: RemotePythonOption = REMOTE_PYTHON

    def __post_init__(self) -> None:
        lowest = {"models": 1, "rounds": 2, "passes": 1, "threads": 1, "seed": 0}
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise UserError(f"--{name} must be at least {low}, got {getattr(self, name)}")
        ways: dict[str, object] = {"--dry-run": self.dry_run, "--export-only": self.export_only, "--host": self.host}
        ways |= {"--import": self.results, "--bundle": self.bundle if not (self.results or self.host) else None}
        if len(given := [name for name, value in ways.items() if value]) > 1:
            raise UserError(f"{' and '.join(given)} exclude each other; give one")

    @property
    def folder(self) -> Path:
        """Where the user's copy of the table goes."""
        return self.out or Path("results/rivals") / find_device(self.device).name


@takes(RivalsRequest)
def rivals(ask: Callable[[], RivalsRequest]) -> None:
    """Measure other families' pretrained networks, so that searches can show what they have to beat.

    Models of timm (pip install 'efficientvit-nas[timm]') near the front of published figures, and well-known small
    ones, are exported with weights from a seed and timed beside our own published networks. Accuracies are published,
    latencies measured here. The same command continues after a kill and measures nothing twice.

    Examples:

        nas rivals --device cpu --dry-run

        nas rivals --device cpu --time 20min

        nas rivals --device cpu --match 'mobilenetv4*' --out results/rivals/mobilenetv4

        nas rivals --device my-board --bundle my-rivals.zip

        nas rivals --device my-board --import results.jsonl
    """
    from nas.measuring.runner.protocol import MeasuringProtocol
    from nas.rivals.choice import chosen
    from predictors import published_networks

    request = ask()
    device = find_device(request.device)
    if request.results is not None:
        _import(request.results, device, request)
        return
    elsewhere = request.bundle is not None or request.host is not None
    if not (device.local or elsewhere or request.dry_run):
        raise UserError(
            f"device {device.name} is not this machine; write what it needs with --bundle {device.name}-rivals.zip, "
            "or measure over ssh with --host user@board"
        )
    protocol = MeasuringProtocol(rounds=request.rounds, threads=request.threads, seed=request.seed)
    own = [network.arch for network in published_networks()] if request.own else []
    models, own = chosen(
        own,
        protocol,
        models=request.models,
        pattern=request.match,
        pretraining=request.pretraining,
        passes=request.passes,
        seconds=None if request.time is None else parse_duration(request.time),
        build_s=device.backend.build_s,
    )
    _print_plan(models, own, device, protocol, request)
    if not request.dry_run:
        _carry_out(models, own, device, protocol, request)


def _carry_out(
    models: "Sequence[ZooModel]",
    own: "Sequence[ArchConfig]",
    device: Device,
    protocol: "MeasuringProtocol",
    request: RivalsRequest,
) -> None:
    from nas.cli.collect_elsewhere import measured, print_bundle, print_missing
    from nas.collecting.places import Job
    from nas.collecting.places.asked import place_asked
    from nas.rivals.measure import exports_folder
    from nas.rivals.plan import RivalSet, traced_plan

    with steps("building and counting") as step:
        plan, failed = traced_plan(models, own, passes=request.passes, on_step=step)
    print_notes([f"note: {name} {reason}" for name, reason in failed.items()])
    if request.export_only:
        _export(plan, device, request)
        return
    place = place_asked(
        bundle=request.bundle,
        host=request.host,
        ssh_config=request.ssh_config,
        remote_python=request.remote_python,
    )
    job = Job(
        plan=plan,
        device=device,
        space=RivalSet(),
        protocol=protocol,
        folder=request.folder,
        bundle=request.bundle,
        models=exports_folder(request.folder, device) if place.name == "here" else None,
    )
    outcome = measured(place, job)
    if outcome.bundle is not None:
        print_bundle(outcome.bundle, device, "rivals")
    elif outcome.table is not None:
        _keep(outcome.table, request.folder, complete=not outcome.new)
        print_missing(outcome.missing)


def _export(plan: "Plan", device: Device, request: RivalsRequest) -> None:
    from nas.rivals.measure import export_ahead, exports_folder, name_of

    with steps("exporting") as step:
        failed = export_ahead(plan, device=device, folder=request.folder, on_step=step)
    keys = {item.key: item.key_json for item in plan.items}
    print_notes([f"note: {name_of(keys[key])} {reason}" for key, reason in failed.items()])
    stdout.print(
        f"{exports_folder(request.folder, device)}: {len(plan.items) - len(failed)} models; the same command without "
        "--export-only measures them",
        soft_wrap=True,
    )


def _import(results: Path, device: Device, request: RivalsRequest) -> None:
    from nas.cli.collect_elsewhere import print_missing
    from nas.rivals.importing import import_rivals

    outcome = import_rivals(results, device=device, folder=request.folder, bundle=request.bundle)
    assert outcome.table is not None
    _keep(outcome.table, request.folder, complete=not outcome.new)
    print_missing(outcome.missing)


def _keep(table: "LatencyTable", folder: Path, *, complete: bool) -> None:
    from nas.rivals.measure import busiest_blocks, name_of
    from nas.rivals.table import lines_of, store

    kept, home = store(table, folder=folder, busiest=busiest_blocks(table))
    notes = [f"note: {name_of(row.key_json)} {row.quality}" for row in kept.failed[:SHOWN_FAILURES]]
    notes += [f"note: {warning}" for warning in kept.manifest.environment.get("warnings", [])]
    print_notes(notes)
    lines = lines_of(kept)
    _print_front(lines, kept)
    own = sum(line.ours for line in lines)
    already = "; was complete, nothing measured" if complete else ""
    stdout.print(
        f"{folder / 'rivals.csv'}: {len(lines) - own} models of timm and {own} networks of our own, "
        f"{len(kept.failed)} failed{already}; searches find it in {home}",
        soft_wrap=True,
        highlight=False,
    )


def _print_front(lines: "Sequence[Line]", table: "LatencyTable") -> None:
    from nas.rivals.front import front_of

    manifest = table.manifest
    shown = Table(
        title=f"front on {manifest.device} ({manifest.runtime} {manifest.runtime_version}, {manifest.precision}, "
        f"batch {manifest.batch}, {manifest.threads} thread(s)): top-1 published, latency measured",
        box=SIMPLE_HEAD,
        caption="* distilled" if any(line.distilled for line in lines) else None,
    )
    shown.add_column("network", overflow="fold")
    for heading in ("px", "top-1", "median", "range"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for line in front_of(lines):
        name = f"[bold]{line.name}[/bold]" if line.ours else f"{line.name}{' *' if line.distilled else ''}"
        ends = f"{line.low_ms:.3g} - {line.high_ms:.3g}"
        shown.add_row(name, str(line.height), f"{line.top1:.2f}", format_ms(line.p50_ms), ends)
    stdout.print(shown)


def _print_plan(
    models: "Sequence[ZooModel]",
    own: "Sequence[ArchConfig]",
    device: Device,
    protocol: "MeasuringProtocol",
    request: RivalsRequest,
) -> None:
    from nas.measuring.duration import plan_seconds
    from nas.rivals.plan import sketched_plan

    plan = sketched_plan(models, own, passes=request.passes)
    needed = plan_seconds(plan, protocol, build_s=device.backend.build_s, export=True)
    if request.dry_run:
        stdout.print(_models_table(models))
    stderr.print(
        f"{len(models)} models of timm and {len(own)} networks of our own on {device.name} ({device.runtime}, "
        f"{device.precision}, batch {device.batch}) in {len(plan.groups)} groups, {request.passes} pass(es) of "
        f"{protocol.rounds} interleaved rounds, {protocol.threads} thread(s); about {format_seconds(needed)}, "
        f"exporting included",
        soft_wrap=True,
        highlight=False,
    )


def _models_table(models: "Sequence[ZooModel]") -> Table:
    table = Table(
        title="models of timm, top-1 as published", box=SIMPLE_HEAD, caption="* distilled; + more than ImageNet-1k"
    )
    table.add_column("model", overflow="fold")
    for heading in ("px", "top-1", "M par.", "GMACs"):
        table.add_column(heading, justify="right", no_wrap=True)
    for model in sorted(models, key=lambda model: (model.gmacs, model.tag)):
        marks = ("*" if model.distilled else "") + ("" if model.pretraining == "in1k" else "+")
        costs = f"{model.parameters_m:.1f}", f"{model.gmacs:.2f}"
        table.add_row(f"{model.tag} {marks}".strip(), str(model.side), f"{model.top1:.1f}", *costs)
    return table
