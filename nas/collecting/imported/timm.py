"""timm's inference benchmark CSVs: one network per line, throughput and time per step of a batch in ms."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import replace

from nas.collecting.imported.table import ImportedRow, Refused
from search_space import ALIASES, arch_cost, published

_COLUMNS = ("model", "infer_img_size", "infer_batch_size", "infer_samples_per_sec", "infer_step_time")
TOLERANCE = 0.05  # between throughput and step time, which timm rounds


def read_timm(text: str) -> tuple[list[ImportedRow], list[Refused]]:
    """Rows of such a file, and what cannot be used.

    Raises:
        ValueError: a column is missing; names it.
    """
    reader = csv.DictReader(io.StringIO(text))
    if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
        raise ValueError(f"not a benchmark of timm: no column {missing[0]!r}")
    rows, refused = list[ImportedRow](), list[Refused]()
    for number, record in enumerate(reader, start=2):
        try:
            rows.append(_row(record))
        except (ValueError, TypeError, OverflowError) as error:
            refused.append(Refused(where=f"line {number} ({record.get('model')})", reason=str(error)))
    return rows, refused


def _row(record: Mapping[str, str]) -> ImportedRow:
    side, batch = int(float(record["infer_img_size"])), int(float(record["infer_batch_size"]))
    per_second, step_ms = float(record["infer_samples_per_sec"]), float(record["infer_step_time"])
    if not (math.isfinite(per_second) and math.isfinite(step_ms)) or per_second <= 0 or step_ms <= 0:
        raise ValueError(f"{per_second!r} samples/s and {step_ms!r} ms must be positive and finite")
    expected_ms = 1e3 * batch / per_second
    if abs(step_ms / expected_ms - 1) > TOLERANCE:
        raise ValueError(
            f"{batch} images at {per_second:g} per second take {expected_ms:.4g} ms, not {step_ms:g}; another unit?"
        )
    name = ALIASES.get(record["model"].partition(".")[0], "")
    arch = replace(published(name), resolution=(side, side)) if name else None
    gmacs = float(record.get("infer_gmacs") or 0.0)
    return ImportedRow(
        name=record["model"],
        kind="network",
        key_json=arch.to_json() if arch else json.dumps({"timm": record["model"]}, separators=(",", ":")),
        height=side,
        width=side,
        batch=batch,
        mean_ms=step_ms,
        macs=arch_cost(arch).macs if arch else round(gmacs * 1e9),
        arch_id=arch.arch_id if arch else "",
    )
