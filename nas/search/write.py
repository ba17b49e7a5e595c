"""What a finished search leaves in its folder, and the same as a value."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from nas.files import write_text
from nas.search.against_published import write_comparisons
from nas.search.baselines import Baseline
from nas.search.compare import Standing
from nas.search.fleet import fleet_report
from nas.search.judge import Candidate
from nas.search.outcome import SearchResult, Verified
from nas.search.record import with_targets
from nas.search.results import row, write_archs, write_results
from nas.search.rounds import Rounds
from nas.search.underway import Underway


def write(search: Underway, standing: Standing, *, verified: list[Verified], checked: Rounds | None) -> SearchResult:
    """Write every file of the run; `checked` where networks were measured."""
    goals, folder = search.goals, search.folder
    best = standing.best(goals)
    against = write_comparisons(folder, standing.against_published(goals))
    write_archs(folder, [*standing.front, *standing.references, *standing.searched])
    targets = search.config.targets
    fleet = fleet_report(standing.front, targets) if len(targets) > 1 else None
    if fleet is not None:
        write_text(folder / "fleet.json", json.dumps(fleet, indent=2, sort_keys=True) + "\n")
    result = SearchResult(
        folder=folder,
        front=standing.front,
        best=best,
        published=standing.references,
        front_rows=_rows(search, standing.front, checked),
        published_rows=[_row(search, each) for each in standing.references],
        baselines=standing.baselines,
        prospects=standing.prospects,
        ready=standing.ready,
        against_published=against,
        verification=verified,
        latency_verification=checked.verified if checked else [],
        rounds=checked.history if checked else [],
        fleet=fleet,
    )
    write_results(folder, result.front_rows, result.published_rows, _summary(search, result))
    return result


def _summary(search: Underway, result: SearchResult) -> dict[str, Any]:
    """What `front.json` says beside the networks."""
    return {
        **with_targets(search.record),
        "baselines": [_baseline_row(each, result.best) for each in result.baselines],
        "found_against_published": result.against_published,
        "prospects": [{**_row(search, each.candidate), **each.row} for each in result.prospects],
        "verification": [asdict(each) for each in result.verification],
        "latency_verification": [asdict(each) for each in result.latency_verification],
        "verified_rounds": [asdict(each) for each in result.rounds],
        "best": result.best.network.arch_id,
        "latency_origin": result.best.latency_origin,
        "accuracy_origin": result.best.accuracy.origin,
    }


def _rows(search: Underway, front: Sequence[Candidate], checked: Rounds | None) -> list[dict[str, Any]]:
    """Lines of `front.csv`: what was predicted of measured networks beside what was measured."""
    predicted = checked.predicted if checked else {}
    return [_row(search, each if each.is_rival else predicted.get(each.arch, each), each) for each in front]


def _row(search: Underway, candidate: Candidate, measured: Candidate | None = None) -> dict[str, Any]:
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


def _baseline_row(baseline: Baseline, found: Candidate) -> dict[str, Any]:
    line: dict[str, Any] = {"name": baseline.name, "tried": baseline.tried, "accuracy": None, "gain_points": None}
    if baseline.best is not None:
        points, evidence = baseline.gain(found)
        line |= {
            "arch_id": baseline.best.network.arch_id,
            "accuracy": round(baseline.best.accuracy.value, 3),
            "accuracy_origin": baseline.best.accuracy.origin,
            "latency_high_ms": round(baseline.best.latency_high_ms, 5),
            "gain_points": round(points, 3),
            "evidence_of_gain": evidence,
        }
    return line
