"""`nas evaluate`: one sub-network with the supernet's weights."""

from pathlib import Path
from typing import Annotated

import typer

from nas.cli.console import print_json, print_notes, stdout
from nas.cli.shared import ArchArgument, JsonOption, JudgedDataOption


def evaluate(
    arch: ArchArgument,
    supernet: Annotated[Path, typer.Option("--supernet", metavar="DIR", help="Trained supernet.")],
    data: JudgedDataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score of a sub-network with the supernet's weights on held-out images."""
    from nas.archs import find_arch
    from nas.search.judge import SupernetJudge

    found = find_arch(arch)
    judge = SupernetJudge(supernet, data)
    score = judge([found])[0]
    print_notes(judge.data.notes())
    if as_json:
        print_json(
            {
                "arch_id": found.arch_id,
                "metric": judge.task.metric.name,
                "accuracy": score.value,
                "accuracy_low": score.low,
                "accuracy_high": score.high,
                "accuracy_origin": score.origin,
            }
        )
        return
    stdout.print(f"{found.arch_id}: {score.value:.2f} % ({score.low:.2f} to {score.high:.2f})")
    stdout.print(judge.describe(), style="dim")
