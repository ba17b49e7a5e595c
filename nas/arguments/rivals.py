"""Arguments of `nas rivals`."""

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
    SshConfigOption,
    ThreadsOption,
    TimeOption,
)
from nas.search.config import SearchConfig


def rivals(
    device: DeviceOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Your copy of the table; default results/rivals/(device)."),
    ] = None,
    models: Annotated[int, typer.Option("--models", help="Models of timm, the most promising ones.")] = 60,
    time: TimeOption = None,
    match: Annotated[
        str | None, typer.Option("--match", metavar="PATTERN", help="All models of this name instead: 'levit*'.")
    ] = None,
    pretraining: Annotated[
        str, typer.Option("--pretraining", help="in1k: trained on ImageNet-1k alone; any: on more images too.")
    ] = "in1k",
    own: Annotated[
        bool, typer.Option("--own/--no-own", help="Also our own published networks at every published size.")
    ] = True,
    rounds: RoundsOption = ROUNDS,
    passes: PassesOption = PASSES,
    threads: ThreadsOption = THREADS,
    seed: SeedOption = SearchConfig.seed,
    dry_run: DryRunOption = False,
    export_only: Annotated[
        bool, typer.Option("--export-only", help="Export ahead, which may happen on a busy machine; time nothing.")
    ] = False,
    bundle: BundleOption = None,
    results: ImportOption = None,
    host: HostOption = None,
    ssh_config: SshConfigOption = None,
    remote_python: RemotePythonOption = REMOTE_PYTHON,
) -> None:
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
    from nas.commands.rivals import RivalsRequest, rivals_command

    rivals_command(
        RivalsRequest(
            device=device,
            out=out,
            models=models,
            time=time,
            match=match,
            pretraining=pretraining,
            own=own,
            rounds=rounds,
            passes=passes,
            threads=threads,
            seed=seed,
            dry_run=dry_run,
            export_only=export_only,
            bundle=bundle,
            results=results,
            host=host,
            ssh_config=ssh_config,
            remote_python=remote_python,
        )
    )
