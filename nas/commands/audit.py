"""`nas audit`: does the supernet's ranking agree with training alone?"""

from nas.commands.console import plain_table, print_json, progress, stdout, tell, tell_path
from nas.ranking import AuditJob, Ranking, audit_supernet


def audit_command(job: AuditJob, *, as_json: bool) -> None:
    """Audit the supernet's ranking and say how far it can be trusted."""
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
