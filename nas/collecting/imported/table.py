"""`imported-latencies/1`: a folder with the rows taken over and, each with the reason, those that were not."""

import csv
import hashlib
import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from nas.disk.files import hold, make_folder, read_json, write_json, write_text
from nas.errors import UserError
from predictors.latency.table import MIN_ROWS_FOR_UNITS, UNIT_FACTOR

SCHEMA = "imported-latencies/1"
OVERHEAD_MACS = 1e6  # a call costs time without any multiply-adds; 1e6 of them, for telling units apart


@dataclass(frozen=True, kw_only=True)
class ImportedRow:
    """One latency that others measured; 0 multiply-adds and an empty `arch_id` where they are not known.

    Raises:
        ValueError: a time is not positive and finite.
    """

    name: str
    kind: Literal["network", "block"]
    key_json: str
    height: int
    width: int
    batch: int
    mean_ms: float
    std_ms: float | None = None
    count: int | None = None
    macs: int = 0
    arch_id: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.mean_ms < float("inf"):
            raise ValueError(f"latency {self.mean_ms!r} is not positive and finite")
        if self.std_ms is not None and not 0 <= self.std_ms < float("inf"):
            raise ValueError(f"deviation {self.std_ms!r} is negative or not finite")
        for field in ("height", "width", "batch"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} {getattr(self, field)!r} is not above 0")


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A row that was not taken over: where it stands and why."""

    where: str
    reason: str


def save_imported(
    source: Path,
    folder: Path,
    *,
    device: str,
    reader: Callable[[str], tuple[list[ImportedRow], list[Refused]]],
) -> tuple[list[ImportedRow], list[Refused]]:
    """Read `source`, check its units, and write `manifest.json`, `rows.csv` and `refused.csv` to `folder`.

    Raises:
        UserError: the file is not of its format, no row can be taken over, or the folder holds something else.
    """
    try:
        content = source.read_bytes()
        found, refused = reader(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"--import {source}: {getattr(error, 'strerror', None) or error}") from None
    rows, strange = one_unit(found)
    refused = [*refused, *strange]
    if not rows:
        reason = f"; {refused[0].where}: {refused[0].reason}" if refused else ""
        raise UserError(f"--import {source}: no row can be taken over{reason}")
    manifest = {
        "schema": SCHEMA,
        "origin": "imported",
        "device": device,
        "source": source.name,
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "unit": "ms",
        "rows": len(rows),
        "refused": len(refused),
    }
    with hold(make_folder(folder)):
        _refuse_others(folder, manifest)
        write_text(folder / "rows.csv", _csv(ImportedRow, rows))
        write_text(folder / "refused.csv", _csv(Refused, refused))
        write_json(folder / "manifest.json", manifest)
    return rows, refused


def one_unit(rows: Sequence[ImportedRow]) -> tuple[list[ImportedRow], list[Refused]]:
    """The rows whose time per image and multiply-add is like the others', and those that must be in another unit."""
    rates = [row.mean_ms / row.batch / (row.macs + OVERHEAD_MACS) for row in rows]
    if len(rows) < MIN_ROWS_FOR_UNITS:
        return list(rows), []
    typical = statistics.median(rates)
    kept, refused = list[ImportedRow](), list[Refused]()
    for row, rate in zip(rows, rates, strict=True):
        if 1 / UNIT_FACTOR < rate / typical < UNIT_FACTOR:
            kept.append(row)
        else:
            reason = f"{row.mean_ms!r} ms is {rate / typical:.3g} times the others per multiply-add; another unit?"
            refused.append(Refused(where=row.name, reason=reason))
    return kept, refused


def _refuse_others(folder: Path, manifest: dict[str, object]) -> None:
    path = folder / "manifest.json"
    if not path.exists():
        return
    found = read_json(path)
    for name in ("schema", "device", "source_sha256"):
        if found.get(name) != manifest[name]:
            raise UserError(f"{folder} holds something else (differs in {name}); import elsewhere with --out")


def _csv(row_type: type[ImportedRow] | type[Refused], rows: Sequence[ImportedRow] | Sequence[Refused]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(row_type)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: "" if value is None else value for name, value in asdict(row).items()})
    return text.getvalue()
