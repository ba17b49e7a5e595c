"""What a finished search leaves in its folder, and the same as a value."""

import math
from collections.abc import Sequence

from nas.runs import AccuracyCheck, NetworkRow, Run, Settings
from nas.runs.fields import Fields
from nas.search.compare import Standing
from nas.search.fleet import fleet_report
from nas.search.judge import Candidate
from nas.search.outcome import SearchResult
from nas.search.record import with_targets
from nas.search.results import row, write_archs, write_results
from nas.search.rounds import Rounds
from nas.search.underway import Underway


def write(
    search: Underway, standing: Standing, *, verified: list[AccuracyCheck], checked: Rounds | None
) -> SearchResult:
    """Write every file of the run; `checked` where networks were measured."""
    best = standing.best(search.goals)
    write_archs(search.folder, [*standing.front, *standing.references, *standing.searched])
    run = _run(search, standing, best, verified=verified, checked=checked)
    write_results(run)
    return SearchResult(
        front=standing.front,
        best=best,
        published=standing.references,
        baselines=standing.baselines,
        prospects=standing.prospects,
        ready=standing.ready,
        run=run,
    )


def _run(
    search: Underway, standing: Standing, best: Candidate, *, verified: list[AccuracyCheck], checked: Rounds | None
) -> Run:
    """The search as its files say it."""
    targets, rows = search.config.targets, _rows(search, standing.front, checked)
    return Run(
        folder=search.folder,
        settings=Settings.from_json(Fields(with_targets(search.record), "the search")),
        front=tuple(rows),
        published=tuple(_row(search, each) for each in standing.references),
        best=next(each for each in rows if each.arch_id == best.network.arch_id),
        latency_origin=best.latency_origin,
        accuracy_origin=best.accuracy.origin,
        comparisons=tuple(each.row() for each in standing.against_published(search.goals)),
        baselines=tuple(each.row(best) for each in standing.baselines),
        prospects=tuple(each.row(_row(search, each.candidate)) for each in standing.prospects),
        accuracy_checks=tuple(verified),
        latency_checks=tuple(checked.verified) if checked else (),
        rounds=tuple(checked.history) if checked else (),
        fleet=fleet_report(standing.front, targets) if len(targets) > 1 else None,
    )


def _rows(search: Underway, front: Sequence[Candidate], checked: Rounds | None) -> list[NetworkRow]:
    """Lines of `front.csv`: what was predicted of measured networks beside what was measured."""
    predicted = checked.predicted if checked else {}
    return [_row(search, each if each.is_rival else predicted.get(each.arch, each), each) for each in front]


def _row(search: Underway, candidate: Candidate, measured: Candidate | None = None) -> NetworkRow:
    names = {arch.arch_id for arch in search.published}
    seen = next((each for each in (measured, candidate) if each and each.latency_measured), None)
    return row(
        candidate,
        is_published=candidate.is_rival or candidate.network.arch_id in names,
        measured=seen,
        further=[each.device for each in search.config.targets[1:]],
        costs=costs_of(search, candidate),
    )


def costs_of(search: Underway, candidate: Candidate) -> dict[str, float | None]:
    """What the search minimises or limits, by column; None where it was never counted."""
    found = {each.column: each.of(candidate.network) for each in search.goals.asked}
    return {column: round(value, 3) if math.isfinite(value) else None for column, value in found.items()}
