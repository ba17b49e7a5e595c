"""`nas audit` as a function: sub-networks trained alone beside what they inherit, and what the comparison says.

What an audit finds stays in the supernet's folder: its verdict, a line for each network that was trained alone, a
table and a picture.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.files import (
    append_record,
    hold,
    parse_json,
    read_json,
    read_lines,
    write_atomically,
    write_json,
    write_text,
)
from nas.errors import UserError

if TYPE_CHECKING:
    from nas.search.judge import SupernetJudge
    from search_space import ArchConfig
    from supernet import Audit, Audited, Metric, TrainConfig

RESULT, ROWS, TABLE, PICTURE = "audit.json", "audit.jsonl", "audit.csv", "audit.png"


@dataclass(frozen=True, kw_only=True)
class AuditJob:
    """What is asked: how many sub-networks of which supernet to train alone, each for `epochs` or so many `steps`."""

    supernet: Path
    networks: int = 24
    epochs: int = 10
    steps: int | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What an audit found, and `record`: its JSON in the folder."""

    audit: "Audit"
    metric: "Metric"
    record: dict[str, Any]
    picture: Path


def audit_supernet(
    job: AuditJob, on_network: Callable[[int, int, "Audited"], None] = lambda _done, _all, _network: None
) -> Ranking:
    """Train a few sub-networks alone, compare, keep the verdict in the supernet's folder.

    Raises:
        UserError: too few networks.
        ValueError: there is no supernet, or a line of its audit is none.
    """
    from nas.search.judge import SupernetJudge
    from supernet import TrainConfig, audit, pick_networks, read_manifest

    if job.networks < 4:
        raise UserError(f"--networks {job.networks}: an audit needs at least 4")
    judge = SupernetJudge(job.supernet)
    metric = judge.task.metric
    trained = TrainConfig(**read_manifest(job.supernet)["config"])
    config = replace(
        trained, recipe="single-path", epochs=job.epochs, passes=job.steps, ema=0.0, drop_path=0.0, seed=job.seed
    )
    archs = pick_networks(judge.supernet.space, job.networks, seed=job.seed)
    with hold(job.supernet):
        rows = _rows(job.supernet, judge, archs, config, on_network)
        found = audit(rows, seed=job.seed)
        record = {
            "supernet": judge.digest,
            "metric": metric.name,
            "settings": asdict(config),
            **found.to_dict(),
        }
        write_json(job.supernet / RESULT, record)
        write_text(job.supernet / TABLE, table(rows))
        draw(rows, found, job.supernet / PICTURE, metric)
    return Ranking(audit=found, metric=metric, record=record, picture=job.supernet / PICTURE)


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


def _rows(
    folder: Path,
    judge: "SupernetJudge",
    archs: Sequence["ArchConfig"],
    config: "TrainConfig",
    on_network: Callable[[int, int, "Audited"], None],
) -> list["Audited"]:
    """Every network's scores; what an earlier run has trained alone is not trained again."""
    from search_space import arch_cost
    from supernet import Audited, attention_of, network_score, train_alone

    settings = {"data": judge.data.name, **asdict(config)}
    path = folder / ROWS
    known = _known(path, settings)
    rows = list[Audited]()
    for arch in archs:
        if arch.arch_id not in known:
            known[arch.arch_id] = network_score(train_alone(arch, judge.data, config), judge.data).value
            alone = {"arch_id": arch.arch_id, "alone": known[arch.arch_id]}
            append_record(path, {**alone, "settings": json.dumps(settings, sort_keys=True)})
        rows.append(
            Audited(
                arch_id=arch.arch_id,
                attention=attention_of(arch),
                macs=arch_cost(arch).macs,
                alone=known[arch.arch_id],
                inherited=judge([arch])[0].value,
            )
        )
        on_network(len(rows), len(archs), rows[-1])
    return rows


def _known(path: Path, settings: Mapping[str, Any]) -> dict[str, float]:
    """Scores of networks that were trained alone with the same settings."""
    from supernet.training.config import with_defaults

    found = {}
    for line in read_lines(path):
        try:
            row = parse_json(line, path)
            if with_defaults(parse_json(row["settings"], path)) == settings:
                found[str(row["arch_id"])] = float(row["alone"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} has a line that is no audited network: {line[:60]!r}; delete it") from None
    return found


def table(rows: Sequence["Audited"]) -> str:
    """The audited networks as CSV, scores in percent."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(asdict(rows[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def draw(rows: Sequence["Audited"], found: "Audit", path: Path, metric: "Metric") -> None:
    """Scatter plot of inherited scores, and of multiply-adds, against scores alone."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout="constrained")
    for kind in sorted({row.attention for row in rows}):
        chosen = [row for row in rows if row.attention == kind]
        axes[0].scatter([row.inherited for row in chosen], [row.alone for row in chosen], label=kind)
        axes[1].scatter([row.macs / 1e6 for row in chosen], [row.alone for row in chosen], label=kind)
    axes[0].set(xlabel=f"inherited {metric.words}, %", ylabel=f"{metric.words} trained alone, %")
    axes[0].set_title(f"supernet: Kendall {found.inherited.kendall[0]:.2f}, {found.verdict}")
    axes[1].set(xlabel="million multiply-adds", xscale="log")
    axes[1].set_title(f"multiply-adds alone: Kendall {found.macs.kendall[0]:.2f}")
    axes[0].legend(title="attention")
    write_atomically(path, lambda temporary: figure.savefig(temporary, dpi=120))
    plt.close(figure)
