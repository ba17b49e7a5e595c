"""From a journal of visits to a latency table: the one way for this machine and for a board."""

import json
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from nas.measuring.environment import warnings_of
from nas.measuring.estimate import ANCHOR_DRIFT, Estimate, estimate, group_shifts
from nas.measuring.plan import GROUP_SIZE, Item
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal
from nas.measuring.runner.machine import machine_name, throttled
from nas.measuring.runner.protocol import MeasuringProtocol, Visit
from nas.measuring.runner.reference import REFERENCE
from nas.measuring.runner.statistics import NOISY_CV
from predictors import FailedRow, LatencyRow, LatencyTable, Manifest
from predictors.features.costs import BYTES
from predictors.latency.table import MIN_ROWS_FOR_UNITS, UNIT_FACTOR


def build_table(
    items: Sequence[Item],
    journal: Journal,
    *,
    device: str,
    space: str,
    exporter: str,
    onnx_sha256: dict[str, str],
    mixed: bool = False,
) -> LatencyTable:
    """The table of a complete journal; models that could not be measured become failed rows.

    Raises:
        RunnerError: it was measured on two machines and not said to be `mixed`; names the line.
    """
    if not mixed:
        _check_one_machine(journal)
    header, protocol = journal.header, MeasuringProtocol(**journal.header["protocol"])
    anchors = tuple(header["anchors"])
    visits, notes = _plausible(journal)
    found = estimate(visits, threads=protocol.threads)
    shifts = group_shifts(visits, threads=protocol.threads)
    reasons = {model: reason for (_, model), reason in journal.failed.items()}
    moments = _moments(journal)
    rows, failed = list[LatencyRow](), list[FailedRow]()
    for item in items:
        session, at = moments.get(item.key, ("", ""))
        common = _common(item, header, protocol, onnx_sha256.get(item.key, ""), session, at)
        try:
            reason = reasons.get(item.key, "no visits")
            row = _row(common, found[item.key]) if item.key in found else None
        except ValidationError as error:
            row, reason = None, f"quarantined: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        if row is None:
            failed.append(FailedRow(**common, quality=f"failed: {reason}"))
        else:
            rows.append(row)
    rows, others = _one_unit(rows)
    failed += others
    runtime, _, version = header["runtime"].partition(" ")
    manifest = Manifest(
        origin="measured",
        device=device,
        space=space,
        runtime=runtime,
        runtime_version=version,
        precision=header["precision"],
        batch=header["batch"],
        threads=protocol.threads,
        protocol={
            **header["protocol"],
            "options": header["options"],
            "group_size": GROUP_SIZE,
            "group_shifts": {str(group): shift for group, shift in shifts.items()},
            "plan": header["plan"],
            "anchors": list(anchors),
            "reference": _reference(journal),
        },
        environment=_environment(journal, shifts, notes),
        exporter=exporter,
    )
    return LatencyTable(manifest=manifest, rows=tuple(rows), failed=tuple(failed))


def _check_one_machine(journal: Journal) -> None:
    names = [machine_name(session["machine"]) for session in journal.sessions]
    for name, line in zip(names, journal.session_lines, strict=True):
        if name != names[0]:
            raise RunnerError(
                f"{journal.path} line {line}: from here on measured on {name}, before on {names[0]}; "
                "one table holds one machine (--mixed-machines if they are equal)"
            )


def _one_unit(rows: list[LatencyRow]) -> tuple[list[LatencyRow], list[FailedRow]]:
    """The rows, and as failed ones the networks whose time per multiply-add must be in another unit."""
    ratios = {row.row_id: row.p50_ms / row.macs for row in rows if row.kind == "network" and row.macs}
    if len(ratios) < MIN_ROWS_FOR_UNITS:
        return rows, []
    typical = statistics.median(ratios.values())
    strange = {name: ratio / typical for name, ratio in ratios.items()}
    strange = {name: ratio for name, ratio in strange.items() if not 1 / UNIT_FACTOR < ratio < UNIT_FACTOR}
    names = set(FailedRow.model_fields) | {name for row in rows for name in row.model_extra or {}}
    failed = [
        FailedRow.model_validate(
            {
                **row.model_dump(include=names),
                "quality": f"failed: quarantined: {strange[row.row_id]:.3g} times the "
                "other networks' time per multiply-add; another unit?",
            }
        )
        for row in rows
        if row.row_id in strange
    ]
    return [row for row in rows if row.row_id not in strange], failed


def _plausible(journal: Journal) -> tuple[list[Visit], list[str]]:
    """The visits of models that did not fail, without those that must be in another unit; says which those are."""
    lines = zip(journal.visits, journal.visit_lines, strict=True)
    found = [(visit, line) for visit, line in lines if (visit.group, visit.model) not in journal.failed]
    medians: dict[str, list[float]] = {}
    for visit, _ in found:
        medians.setdefault(visit.model, []).append(statistics.median(visit.wall_ns))
    typical = {model: statistics.median(values) for model, values in medians.items()}
    kept, notes = list[Visit](), list[str]()
    for visit, line in found:
        ratio = statistics.median(visit.wall_ns) / typical[visit.model]
        if 1 / UNIT_FACTOR < ratio < UNIT_FACTOR:
            kept.append(visit)
        else:
            notes.append(
                f"line {line}: {visit.model} took {ratio:.3g} times its other rounds; another unit? left out"
            )
    return kept, notes


def _environment(journal: Journal, shifts: dict[int, float], notes: list[str]) -> dict[str, Any]:
    """The first session's machine, the number of sessions, and reasons to trust the numbers less."""
    machine = journal.sessions[0]["machine"]
    warnings = [*warnings_of(machine), *notes]
    if throttled([record["state"] for record in journal.states]):
        warnings.append("the machine throttled while measuring")
    worst = max(shifts.values(), key=abs, default=0.0)
    if abs(worst) > ANCHOR_DRIFT:
        warnings.append(f"anchors moved by {worst:+.1%} in one group; removed from its rows")
    started = [session["started"] for session in journal.sessions]
    return {**machine, "sessions": started, "warnings": warnings}


def _reference(journal: Journal) -> dict[str, Any]:
    """The reference operation: its median and how far apart its slow and fast moments are."""
    if not journal.references:
        return {}
    low, middle, high = np.quantile([ns / 1e3 for _, _, ns in journal.references], [0.1, 0.5, 0.9])
    return {
        "operation": REFERENCE,
        "median_us": round(float(middle), 2),
        "p10_us": round(float(low), 2),
        "p90_us": round(float(high), 2),
    }


def _common(
    item: Item, header: dict[str, Any], protocol: MeasuringProtocol, onnx_sha256: str, session: str, at: str
) -> dict[str, Any]:
    """What a measured and a failed row have in common."""
    size = BYTES[header["precision"]]
    return {
        "row_id": f"{item.kind}-{item.key}",
        "kind": item.kind,
        "key_json": item.key_json,
        "key_hash": item.key,
        "arch_id": item.arch_id,
        "split": item.split,
        "height": item.height,
        "width": item.width,
        "batch": header["batch"],
        "threads": protocol.threads,
        "precision": header["precision"],
        "macs": item.macs,
        "act_bytes": item.activations * size,
        "weight_bytes": item.weights * size,
        "n_kernels": item.kernels,
        "onnx_sha256": onnx_sha256,
        "session_id": session,
        "measured_at": at,
        **block_columns(item),
    }


def block_columns(item: Item) -> dict[str, Any]:
    """What a block is, in columns of their own, so that predictors can pick blocks out; empty for what is none."""
    if item.kind != "block":
        return {}
    fields = json.loads(item.key_json)
    channels, _, _ = fields["inputs"][-1]
    rest = {name: value for name, value in fields.items() if name not in _BLOCK_FIELDS}
    return {
        "block_type": fields["kind"],
        "in_channels": channels,
        "out_channels": fields["out_channels"],
        "stride": fields["stride"],
        "options": json.dumps(rest, sort_keys=True, separators=(",", ":")),
    }


_BLOCK_FIELDS = ("kind", "out_channels", "stride")


def _moments(journal: Journal) -> dict[str, tuple[str, str]]:
    """When the session began and when the last round began in which each model was measured."""
    at = {(state["group"], state["round"]): state["at"] for state in journal.states}
    found = {}
    for visit, session in zip(journal.visits, journal.visit_sessions, strict=True):
        started = journal.sessions[session]["started"]
        found[visit.model] = started, at.get((visit.group, visit.round), started)
    return found


def _row(common: dict[str, Any], found: Estimate) -> LatencyRow:
    fields = {**common, **found.quantiles_ms}
    return LatencyRow(
        **fields,
        p50_ms=found.p50_ms,
        ci_lo_ms=found.ci_lo_ms,
        ci_hi_ms=found.ci_hi_ms,
        half_a_ms=found.half_a_ms,
        half_b_ms=found.half_b_ms,
        mean_ms=found.mean_ms,
        mad_ms=found.mad_ms,
        n_rounds=found.n_rounds,
        n_runs=found.n_runs,
        n_dropped=found.n_dropped,
        quality="noisy" if found.cv > NOISY_CV else "ok",
    )
