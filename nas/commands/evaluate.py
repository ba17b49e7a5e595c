"""`nas evaluate`: one sub-network with the supernet's weights."""

from pathlib import Path

from nas.commands.console import print_json, print_notes, stdout


def evaluate_command(arch_text: str, *, supernet: Path, data: str | None, as_json: bool) -> None:
    """Score a sub-network on held-out images, or recall what it scored before."""
    from nas.archs import find_arch
    from nas.search.judge import SupernetJudge

    arch = find_arch(arch_text)
    judge = SupernetJudge(supernet, data)
    score = judge([arch])[0]
    print_notes(judge.data.notes())
    if as_json:
        print_json(
            {
                "arch_id": arch.arch_id,
                "metric": judge.task.metric.name,
                "accuracy": score.value,
                "accuracy_low": score.low,
                "accuracy_high": score.high,
                "accuracy_origin": score.origin,
            }
        )
        return
    stdout.print(f"{arch.arch_id}: {score.value:.2f} % ({score.low:.2f} to {score.high:.2f})")
    stdout.print(judge.describe(), style="dim")
