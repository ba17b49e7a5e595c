"""Arguments of `nas rivals`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import DeviceOption, SeedOption


def rivals(
    device: DeviceOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Your copy of the table; default results/rivals/(device)."),
    ] = None,
    models: Annotated[int, typer.Option("--models", help="Models of timm, the most promising ones.")] = 60,
    time: Annotated[
        str | None, typer.Option("--time", help="As many of them, and of our own, as fit into this: 90s, 20min.")
    ] = None,
    match: Annotated[
        str | None, typer.Option("--match", metavar="PATTERN", help="All models of this name instead: 'levit*'.")
    ] = None,
    pretraining: Annotated[
        str, typer.Option("--pretraining", help="in1k: trained on ImageNet-1k alone; any: on more images too.")
    ] = "in1k",
    own: Annotated[
        bool, typer.Option("--own/--no-own", help="Also our own published networks at every published size.")
    ] = True,
    rounds: Annotated[int, typer.Option("--rounds", help="Interleaved rounds per network and pass.")] = 6,
    passes: Annotated[int, typer.Option("--passes", help="How often all is measured.")] = 2,
    threads: Annotated[int, typer.Option("--threads", help="Threads of the runtime.")] = 1,
    seed: SeedOption = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan with its duration.")] = False,
    export_only: Annotated[
        bool, typer.Option("--export-only", help="Export ahead, which may happen on a busy machine; time nothing.")
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE.zip", help="Write what a board needs to measure.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="File the results that a bundle's runner left.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="USER@BOARD", help="Measure on a board over ssh.")
    ] = None,
    ssh_config: Annotated[
        Path | None, typer.Option("--ssh-config", metavar="FILE", help="ssh's configuration file, if not its own.")
    ] = None,
    remote_python: Annotated[str, typer.Option("--remote-python", help="Python of the board.")] = "python3",
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
