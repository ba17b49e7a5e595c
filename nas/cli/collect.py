"""`nas collect`: the plan, then the measuring."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nas.cli.collect_elsewhere import import_command, measured, print_bundle, print_missing
from nas.cli.console import plain_table, stderr, tell
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
    SpaceOption,
    SshConfigOption,
    ThreadsOption,
    TimeOption,
)
from nas.devices import Device, find_device
from nas.errors import UserError
from nas.search.config import SearchConfig
from nas.units import format_count, format_ms, format_seconds, parse_duration

if TYPE_CHECKING:
    from rich.table import Table

    from nas.collecting.places import Job, Outcome
    from nas.measuring.plan import Item, Plan
    from nas.measuring.runner.protocol import MeasuringProtocol
    from predictors import LatencyTable


@dataclass(frozen=True, kw_only=True)
class CollectRequest:
    """The options of `nas collect` as the user gave them."""

    device: DeviceOption
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="TABLE", help="Folder of the table; default results/latency/DEVICE-SPACE."),
    ] = None
    space: SpaceOption = "efficientvit"
    networks: Annotated[int, typer.Option("--networks", help="Whole networks to measure.")] = 96
    blocks: Annotated[int, typer.Option("--blocks", help="Single blocks to measure.")] = 24
    top_up: Annotated[
        Path | None, typer.Option("--top-up", metavar="RUN", help="Also the front of this search (`nas search`).")
    ] = None
    time: TimeOption = None
    rounds: RoundsOption = ROUNDS
    passes: PassesOption = PASSES
    threads: ThreadsOption = THREADS
    batch: Annotated[int | None, typer.Option("--batch", help="Images per call; default: the device's.")] = None
    precision: Annotated[
        str | None, typer.Option("--precision", help="fp32, fp16, bf16 or int8; default: the device's.")
    ] = None
    seed: SeedOption = SearchConfig.seed
    dry_run: DryRunOption = False
    bundle: BundleOption = None
    results: ImportOption = None
    host: HostOption = None
    ssh_config: SshConfigOption = None
    remote_python: RemotePythonOption = REMOTE_PYTHON
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="Measure on the boards of a Ray cluster; auto."),
    ] = None
    mixed_machines: Annotated[
        bool, typer.Option("--mixed-machines", help="Import results of several equal machines as one table.")
    ] = False

    def __post_init__(self) -> None:
        lowest = {"networks": 12, "blocks": 0, "rounds": 2, "passes": 1, "threads": 1, "batch": 1, "seed": 0}
        for name, low in lowest.items():
            value = getattr(self, name)
            if value is not None and value < low:
                raise UserError(f"--{name} must be at least {low}, got {value}")

    @property
    def folder(self) -> Path:
        """Where the table goes."""
        return self.out or Path("results/latency") / f"{find_device(self.device).name}-{self.space}"


@takes(CollectRequest)
def collect(ask: Callable[[], CollectRequest]) -> None:
    """Measure a latency table: here, or on a board with a bundle. The plan is printed first, with its duration.

    Every run is on disk before the next begins; the same command continues after a kill, and adds nothing to a table
    that is complete.

    Examples:

        nas collect --device cpu --space digits --out results/latency/cpu-digits

        nas collect --device my-board --bundle my-board.zip

        nas collect --device my-board --import results.jsonl

        nas collect --device my-board --host user@board

        nas collect --device my-board --ray auto
    """
    from nas.collecting.asked import device_asked, searched_networks
    from nas.collecting.places import Job
    from nas.collecting.places.asked import place_asked
    from nas.measuring.duration import plan_seconds, plan_within
    from nas.measuring.runner.protocol import MeasuringProtocol
    from search_space import named_space

    request = ask()
    device, space = device_asked(request.device, request.batch, request.precision), named_space(request.space)
    if request.results is not None:
        import_command(request.results, device, request.folder, request.bundle, mixed=request.mixed_machines)
        return
    place = place_asked(
        bundle=request.bundle,
        host=request.host or None,
        ssh_config=request.ssh_config,
        remote_python=request.remote_python,
        ray=request.ray,
    )
    place.check(device)
    protocol = MeasuringProtocol(rounds=request.rounds, threads=request.threads, seed=request.seed)
    export, build_s = place.name == "here", device.backend.build_s
    plan = plan_within(
        space,
        protocol,
        networks=request.networks,
        blocks=request.blocks,
        passes=request.passes,
        extra=searched_networks(request.top_up) if request.top_up else (),
        seconds=parse_duration(request.time) if request.time else None,
        build_s=build_s,
        export=export,
    )
    _print_plan(plan, device, protocol, plan_seconds(plan, protocol, build_s=build_s, export=export))
    if not request.dry_run:
        job = Job(
            plan=plan, device=device, space=space, protocol=protocol, folder=request.folder, bundle=request.bundle
        )
        print_outcome(measured(place, job), job)


def print_outcome(outcome: "Outcome", job: "Job") -> None:
    """What came of a job; of a bundle, what to do with it."""
    if outcome.bundle is not None:
        print_bundle(outcome.bundle, job.device, "collect")
        return
    assert outcome.table is not None
    if not outcome.new:
        tell(f"{job.folder}: complete, nothing to add ({len(outcome.table.rows)} rows)")
        return
    print_table(outcome.table, job.folder)
    print_missing(outcome.missing)


def print_table(table: "LatencyTable", folder: Path) -> None:
    """What a table holds, and reasons to trust it less."""
    kinds = Counter(row.kind for row in table.rows)
    noisy = sum(row.quality != "ok" for row in table.rows)
    tell(
        f"{folder}: {len(table.rows)} rows ({kinds['network']} networks, {kinds['block']} blocks), {noisy} noisy, "
        f"{len(table.failed)} failed"
    )
    if latencies := sorted(row.p50_ms for row in table.networks()):
        tell(
            f"networks from {format_ms(latencies[0])} to {format_ms(latencies[-1])}, "
            f"noise floor {table.noise_floor():.1%}"
        )
    for row in table.failed:
        stderr.print(f"note: {row.row_id} {row.quality}", style="yellow")
    for warning in table.manifest.environment.get("warnings", []):
        stderr.print(f"note: {warning}", style="yellow")


def _print_plan(plan: "Plan", device: Device, protocol: "MeasuringProtocol", seconds: float) -> None:
    what = f"to measure on {device.name} ({device.runtime}, {device.precision}, batch {device.batch}):"
    stderr.print(what, markup=False, highlight=False)
    text = ("what", "purpose", "multiply-adds", "inputs")
    table = plain_table(*text[:2], "count", *text[2:], text=text, wrapped=text)
    purposes = {"fit": "fit the predictor", "cal": "calibrate its interval", "test": "held out: report its error"}
    for split, purpose in purposes.items():
        _add(table, "networks", purpose, [item for item in plan.items if item.split == split])
    for kind in sorted({item.block_type for item in plan.items if item.kind == "block"}):
        _add(
            table,
            f"{kind.replace('_', ' ')} blocks",
            "sums",
            [item for item in plan.items if item.block_type == kind],
        )
    stderr.print(table)
    stderr.print(
        f"{plan.describe()}; {protocol.rounds} interleaved rounds, {protocol.threads} thread(s), "
        f"{len(plan.anchors)} anchors in each group; about {format_seconds(seconds)}"
    )


def _add(table: "Table", what: str, purpose: str, items: Iterable["Item"]) -> None:
    items = sorted(items, key=lambda item: item.macs)
    if items:
        sizes = sorted({(item.height, item.width) for item in items})
        inputs = " to ".join(dict.fromkeys(f"{height}x{width}" for height, width in (sizes[0], sizes[-1])))
        macs = f"{format_count(items[0].macs)} to {format_count(items[-1].macs)}"
        table.add_row(what, purpose, str(len(items)), macs, inputs)
