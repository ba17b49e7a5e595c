"""Arguments of `nas collect`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import (
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
from nas.search.config import SearchConfig


def collect(
    device: DeviceOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="TABLE", help="Folder of the table; default results/latency/DEVICE-SPACE."),
    ] = None,
    space: SpaceOption = "efficientvit",
    networks: Annotated[int, typer.Option("--networks", help="Whole networks to measure.")] = 96,
    blocks: Annotated[int, typer.Option("--blocks", help="Single blocks to measure.")] = 24,
    top_up: Annotated[
        Path | None, typer.Option("--top-up", metavar="RUN", help="Also the front of this search (`nas search`).")
    ] = None,
    time: TimeOption = None,
    rounds: RoundsOption = ROUNDS,
    passes: PassesOption = PASSES,
    threads: ThreadsOption = THREADS,
    batch: Annotated[int | None, typer.Option("--batch", help="Images per call; default: the device's.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="fp32, fp16, bf16 or int8; default: the device's.")
    ] = None,
    seed: SeedOption = SearchConfig.seed,
    dry_run: DryRunOption = False,
    bundle: BundleOption = None,
    results: ImportOption = None,
    host: HostOption = None,
    ssh_config: SshConfigOption = None,
    remote_python: RemotePythonOption = REMOTE_PYTHON,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="Measure on the boards of a Ray cluster; auto."),
    ] = None,
    mixed_machines: Annotated[
        bool, typer.Option("--mixed-machines", help="Import results of several equal machines as one table.")
    ] = False,
) -> None:
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
    from nas.commands.collect import CollectRequest, collect_command

    collect_command(
        CollectRequest(
            device=device,
            space=space,
            out=out,
            networks=networks,
            blocks=blocks,
            top_up=top_up,
            time=time,
            rounds=rounds,
            passes=passes,
            threads=threads,
            batch=batch,
            precision=precision,
            seed=seed,
            dry_run=dry_run,
            bundle=bundle,
            results=results,
            host=host,
            ssh_config=ssh_config,
            remote_python=remote_python,
            ray=ray,
            mixed_machines=mixed_machines,
        )
    )
