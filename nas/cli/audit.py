"""`nas audit`: does the supernet's ranking agree with training alone?"""

from pathlib import Path
from typing import Annotated

import typer

from nas.cli.console import plain_table, print_json, progress, stdout, tell, tell_path
from nas.cli.shared import JsonOption, SeedOption
from nas.ranking import AuditJob, Ranking, audit_supernet


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
    job = AuditJob(supernet=supernet, networks=networks, epochs=epochs, steps=steps, seed=seed)
    with progress() as bar:
        line = bar.add_task("training alone", total=job.networks, note="")
        found = audit_supernet(
            job,
            lambda done, total, network: bar.update(
                line,
                completed=done,
                total=total,
                note=f"alone {network.alone:.1f} %, inherited {network.inherited:.1f} %",
            ),
        )
    if as_json:
        print_json(found.record)
    else:
        _print(found)


def _print(found: Ranking) -> None:
    tell("agreement with training alone (90 % bootstrap intervals):")
    headings = ("ranking by", "Kendall", "Spearman", "regret, points")
    table = plain_table(*headings, text=headings, wrapped=headings[:1])
    for name, part in (
        (f"inherited {found.metric.words}", found.audit.inherited),
        ("multiply-adds", found.audit.macs),
    ):
        cells = [f"{m:.2f} ({low:.2f} to {high:.2f})" for m, low, high in (part.kendall, part.spearman, part.regret)]
        table.add_row(name, *cells)
    stdout.print(table)
    ranks = ", ".join(f"{kind} {a:.2f} / {b:.2f}" for kind, (a, b) in found.audit.mean_ranks.items())
    tell(f"mean rank by attention type (0 worst, 1 best), inherited / alone: {ranks}")
    tell_path(f"verdict: {found.audit.verdict};", found.picture)
