"""`nas audit`: does the supernet's ranking agree with training alone?"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.commands.console import plain_table, print_json, progress, stdout, tell, tell_path
from nas.errors import UserError
from nas.files import append_record, hold, parse_json, read_json, read_lines, write_atomically, write_json, write_text

if TYPE_CHECKING:
    from search_space import ArchConfig
    from supernet import Audit, Audited

RESULT, ROWS, TABLE, PICTURE = "audit.json", "audit.jsonl", "audit.csv", "audit.png"


def audit_command(supernet: Path, *, networks: int, epochs: int, steps: int | None, seed: int, as_json: bool) -> None:
    """Train a few sub-networks alone, compare, keep the verdict in the supernet's folder."""
    from nas.search.judge import SupernetJudge
    from supernet import TrainConfig, audit, pick_networks, read_manifest

    if networks < 4:
        raise UserError(f"--networks {networks}: an audit needs at least 4")
    judge = SupernetJudge(supernet)
    trained = TrainConfig(**read_manifest(supernet)["config"])
    config = _alone(trained, epochs=epochs, steps=steps, seed=seed)
    archs = pick_networks(judge.supernet.space, networks, seed=seed)
    with hold(supernet):
        rows = _rows(supernet, judge, archs, config)
        found = audit(rows, seed=seed)
        record = {"supernet": judge.digest, "settings": asdict(config), **found.to_dict()}
        write_json(supernet / RESULT, record)
        write_text(supernet / TABLE, table(rows))
        draw(rows, found, supernet / PICTURE)
    if as_json:
        print_json(record)
        return
    _print(found, supernet)


def ranking_note(supernet: Path, digest: str) -> str:
    """What an audit said of these weights, or how to get one."""
    try:
        found = read_json(supernet / RESULT)
        if found["supernet"] == digest:
            kendall = found["inherited"]["kendall"]
            return (
                f"ranking of the supernet: {found['verdict']} (Kendall {kendall[0]:.2f}, {kendall[1]:.2f} to "
                f"{kendall[2]:.2f}, on {found['networks']} networks trained alone; by multiply-adds alone "
                f"{found['macs']['kendall'][0]:.2f})"
            )
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no audit, or none that can be read: the same advice
    return f"ranking of the supernet: not audited; nas audit --supernet {supernet}"


def _alone(trained: Any, *, epochs: int, steps: int | None, seed: int) -> Any:
    """The supernet's own settings for a network alone, for another length."""
    from dataclasses import replace

    return replace(trained, recipe="single-path", epochs=epochs, passes=steps, ema=0.0, drop_path=0.0, seed=seed)


def _rows(supernet: Path, judge: Any, archs: Sequence["ArchConfig"], config: Any) -> list["Audited"]:
    """Every network's accuracies; what an earlier run has trained alone is not trained again."""
    from search_space import arch_cost
    from supernet import Audited, attention_of, network_accuracy, train_alone

    settings = json.dumps({"data": judge.data.name, **asdict(config)}, sort_keys=True)
    path = supernet / ROWS
    known = _known(path, settings)
    rows = []
    with progress() as bar:
        task = bar.add_task("training alone", total=len(archs), note="")
        for arch in archs:
            if arch.arch_id not in known:
                known[arch.arch_id] = network_accuracy(train_alone(arch, judge.data, config), judge.data)
                append_record(path, {"arch_id": arch.arch_id, "alone": known[arch.arch_id], "settings": settings})
            rows.append(
                Audited(
                    arch_id=arch.arch_id,
                    attention=attention_of(arch),
                    macs=arch_cost(arch).macs,
                    alone=known[arch.arch_id],
                    inherited=judge([arch])[0].value,
                )
            )
            bar.update(task, advance=1, note=f"alone {rows[-1].alone:.1f} %, inherited {rows[-1].inherited:.1f} %")
    return rows


def _known(path: Path, settings: str) -> dict[str, float]:
    """Accuracies of networks that were trained alone with the same settings."""
    found = {}
    for line in read_lines(path):
        try:
            row = parse_json(line, path)
            if row["settings"] == settings:
                found[str(row["arch_id"])] = float(row["alone"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} has a line that is no audited network: {line[:60]!r}; delete it") from None
    return found


def table(rows: Sequence["Audited"]) -> str:
    """The audited networks as CSV, accuracies in percent."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(asdict(rows[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def draw(rows: Sequence["Audited"], found: "Audit", path: Path) -> None:
    """Scatter plot of inherited accuracy, and of multiply-adds, against accuracy alone."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout="constrained")
    for kind in sorted({row.attention for row in rows}):
        chosen = [row for row in rows if row.attention == kind]
        axes[0].scatter([row.inherited for row in chosen], [row.alone for row in chosen], label=kind)
        axes[1].scatter([row.macs / 1e6 for row in chosen], [row.alone for row in chosen], label=kind)
    axes[0].set(xlabel="inherited accuracy, %", ylabel="accuracy trained alone, %")
    axes[0].set_title(f"supernet: Kendall {found.inherited.kendall[0]:.2f}, {found.verdict}")
    axes[1].set(xlabel="million multiply-adds", xscale="log")
    axes[1].set_title(f"multiply-adds alone: Kendall {found.macs.kendall[0]:.2f}")
    axes[0].legend(title="attention")
    write_atomically(path, lambda temporary: figure.savefig(temporary, dpi=120))
    plt.close(figure)


def _print(found: "Audit", supernet: Path) -> None:
    tell("agreement with training alone (90 % bootstrap intervals):")
    headings = ("ranking by", "Kendall", "Spearman", "regret, points")
    table = plain_table(*headings, text=headings, wrapped=headings[:1])
    for name, part in (("inherited accuracy", found.inherited), ("multiply-adds", found.macs)):
        cells = [f"{m:.2f} ({low:.2f} to {high:.2f})" for m, low, high in (part.kendall, part.spearman, part.regret)]
        table.add_row(name, *cells)
    stdout.print(table)
    ranks = ", ".join(f"{kind} {a:.2f} / {b:.2f}" for kind, (a, b) in found.mean_ranks.items())
    tell(f"mean rank by attention type (0 worst, 1 best), inherited / alone: {ranks}")
    tell_path(f"verdict: {found.verdict};", supernet / PICTURE)
