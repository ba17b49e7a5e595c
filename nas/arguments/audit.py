"""Arguments of `nas audit`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption, SeedOption


def audit(
    supernet: Annotated[Path, typer.Option("--supernet", metavar="DIR", help="Trained supernet.")],
    networks: Annotated[int, typer.Option("--networks", help="Sub-networks to train alone.")] = 24,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Epochs of each network alone.")] = 10,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Steps of each instead of epochs.")] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Does the supernet rank sub-networks as training them alone would? Trust, trust within bins, or do not trust.

    Networks spread over the space are trained alone and compared with what they inherit: Kendall, Spearman and regret
    with bootstrap intervals, beside the ranking by multiply-adds alone, and a scatter plot. Every search on that
    supernet prints the verdict. Killed at any moment, the same command goes on.

    Example: nas audit --supernet results/supernet/digits --networks 24 --epochs 10
    """
    from nas.commands.audit import audit_command
    from nas.ranking import AuditJob

    job = AuditJob(supernet=supernet, networks=networks, epochs=epochs, steps=steps, seed=seed)
    audit_command(job, as_json=as_json)
