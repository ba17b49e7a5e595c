"""Measured rivals of a device: a latency table, joined with what is published of each model when it is read."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypedDict

from nas.archs import arch_name
from nas.disk.files import write_text
from nas.disk.folders import data_folder
from nas.errors import UserError
from nas.rivals.catalogue import SOURCE, ZooModel, catalogue, parse_key
from predictors import LatencyRow, LatencyTable, Manifest, PublishedNetwork, published_networks
from predictors.features.costs import BYTES
from predictors.latency.corrected import MeasuredLatency
from search_space import arch_cost

CONFIDENCE = 0.9  # of the ends in files for people


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A pretrained model of timm: accuracy published, latency measured, costs counted on the deployed model.

    `memory_mb` are weights and the busiest block's activations; None where they were never counted here. `epochs` is
    None where the tag does not tell.
    """

    name: str
    family: str
    resolution: tuple[int, int]
    top1: float
    source: str
    parameters: int
    macs: int
    memory_mb: float | None
    latency: MeasuredLatency
    distilled: bool
    pretraining: str
    epochs: int | None

    @property
    def arch_id(self) -> str:
        """16 hexadecimal digits of the SHA-256 of name and resolution: what it is called in files of a search."""
        text = f"{self.name} {self.resolution[0]}x{self.resolution[1]}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def remark(self) -> str:
        """How it was trained, as far as that is known: `distilled, 450 epochs`; empty where nothing is."""
        parts = [
            "" if self.pretraining == "in1k" else self.pretraining,
            "distilled" if self.distilled else "",
            f"{self.epochs} epochs" if self.epochs else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class RivalTable:
    """The rivals on a device by their latency, and the measured latencies of our own published networks by arch_id.

    The manifests tell runtime, precision, batch, threads, machine and time; the newest one comes first.
    """

    device: str
    rivals: tuple[Rival, ...]
    own: Mapping[str, MeasuredLatency]
    manifests: tuple[Manifest, ...]


def load_rivals(device: str) -> RivalTable | None:
    """Everything measured for a device; None where nothing was.

    Of a model measured more than once the newest figure counts; tables with another runtime, precision, batch or
    number of threads than the newest one are left alone.

    Raises:
        UserError: a table is broken; names its file and row.
    """
    tables = [load_table(path.parent) for path in sorted(_home(device).glob("*/manifest.json"))]
    tables.sort(key=_measured_at, reverse=True)
    return table_of(device, [table for table in tables if _settings(table) == _settings(tables[0])])


def table_of(device: str, tables: Iterable[LatencyTable]) -> RivalTable | None:
    """The rivals in the tables, the newest first; None without any."""
    tables = tuple(tables)
    rows: dict[str, LatencyRow] = {}
    for table in tables:
        for row in table.rows:
            rows.setdefault(row.key_hash, row)
    if not rows:
        return None
    rivals = [_rival(row) for row in rows.values() if row.kind == "reference"]
    return RivalTable(
        device=device,
        rivals=tuple(sorted(rivals, key=lambda rival: (rival.latency.p50_ms, rival.name))),
        own={row.arch_id: latency_of(row) for row in rows.values() if row.kind == "network"},
        manifests=tuple(table.manifest for table in tables),
    )


def load_table(folder: Path) -> LatencyTable:
    """A table of rivals, checked row by row.

    Raises:
        UserError: it is broken, or a row is of no model that accuracies are published of; names file and row.
    """
    try:
        table = LatencyTable.load(folder)
    except ValueError as error:
        raise UserError(f"{error}; measure again with nas rivals, or delete the folder") from None
    for row in table.rows:
        if row.kind == "reference" and _entry(row) is None:
            raise UserError(f"{folder / 'rows.csv'} row {row.row_id!r}: no accuracy is known of {row.key_json}")
        if row.kind == "block":
            raise UserError(f"{folder / 'rows.csv'} row {row.row_id!r}: a block is nobody's rival")
    return table


def store(table: LatencyTable, *, folder: Path, busiest: Mapping[str, int]) -> tuple[LatencyTable, Path]:
    """Keep a table in `folder` and where later searches find it; `busiest` has elements by key, for the memory.

    Returns the table as kept, and that other folder.
    """
    rows = tuple(_with_memory(row, busiest.get(row.key_hash)) for row in table.rows)
    kept = LatencyTable(manifest=table.manifest, rows=rows, failed=table.failed)
    home = _home(table.manifest.device) / str(table.manifest.protocol["plan"])[:12]
    for place in (folder, home):
        kept.save(place)
    write_text(folder / "rivals.csv", for_people(kept))
    return kept, home


def command_for(rival: Rival) -> str:
    """The command that turns its published weights into a checked ONNX file."""
    height, width = rival.resolution
    return f"nas export timm:{rival.name} --resolution {height if height == width else f'{height}x{width}'}"


def latency_of(row: LatencyRow) -> MeasuredLatency:
    """The measured median of a row with its spread."""
    return MeasuredLatency.of_interval(
        row.p50_ms, interval_ms=(row.ci_lo_ms, row.ci_hi_ms), halves_ms=(row.half_a_ms, row.half_b_ms)
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of `rivals.csv`, the table for people: ours and the zoo's alike."""

    name: str
    family: str
    ours: bool
    arch_id: str
    height: int
    width: int
    top1: float
    top1_origin: str
    source: str
    parameters: int
    macs: int
    memory_mb: float | None
    p50_ms: float
    low_ms: float
    high_ms: float
    latency_origin: str
    quality: str
    pretraining: str
    distilled: bool | None
    epochs: int | None
    measured_at: str


def lines_of(table: LatencyTable) -> list[Line]:
    """Ours and the zoo's by latency; ends of the latency at `CONFIDENCE`."""
    known = {own.arch.arch_id: own for own in published_networks()}
    rows = sorted(table.rows, key=lambda row: (row.p50_ms, row.row_id))
    return [
        _zoo_line(row) if row.kind == "reference" else _own_line(row, known[row.arch_id])
        for row in rows
        if row.kind == "reference" or row.arch_id in known
    ]


def _zoo_line(row: LatencyRow) -> Line:
    rival = _rival(row)
    return Line(
        name=rival.name,
        family=rival.family,
        ours=False,
        top1=rival.top1,
        source=rival.source,
        parameters=rival.parameters,
        pretraining=rival.pretraining,
        distilled=rival.distilled,
        epochs=rival.epochs,
        **_measured(row),
    )


def _own_line(row: LatencyRow, own: PublishedNetwork) -> Line:
    return Line(
        name=arch_name(own.arch),
        family="efficientvit-mit" if own.model.startswith("mit-") else "efficientvit-msra",
        ours=True,
        top1=own.top1,
        source=own.source,
        parameters=arch_cost(own.arch).parameters,
        pretraining="in1k",
        distilled=None,
        epochs=None,
        **_measured(row),
    )


class _Measured(TypedDict):
    arch_id: str
    height: int
    width: int
    top1_origin: str
    macs: int
    memory_mb: float | None
    p50_ms: float
    low_ms: float
    high_ms: float
    latency_origin: str
    quality: str
    measured_at: str


def _measured(row: LatencyRow) -> _Measured:
    low_ms, high_ms = latency_of(row).ends(CONFIDENCE)
    return {
        "arch_id": row.arch_id,
        "height": row.height,
        "width": row.width,
        "top1_origin": "published",
        "macs": row.macs,
        "memory_mb": _memory_of(row),
        "p50_ms": row.p50_ms,
        "low_ms": low_ms,
        "high_ms": high_ms,
        "latency_origin": "measured",
        "quality": row.quality,
        "measured_at": row.measured_at,
    }


def for_people(table: LatencyTable) -> str:
    """The lines as CSV, with what holds for all of them in the last columns."""
    manifest = table.manifest
    common = {
        "device": manifest.device,
        "machine": manifest.environment.get("cpu_model") or manifest.environment.get("machine", ""),
        "runtime": f"{manifest.runtime} {manifest.runtime_version}",
        "precision": manifest.precision,
        "batch": manifest.batch,
        "threads": manifest.threads,
    }
    text = io.StringIO()
    names = [field.name for field in fields(Line)]
    writer = csv.DictWriter(text, [*names, *common], lineterminator="\n")
    writer.writeheader()
    for line in lines_of(table):
        values = {name: "" if value is None else value for name, value in asdict(line).items()}
        rounded = {name: f"{values[name]:.4g}" for name in ("p50_ms", "low_ms", "high_ms")}
        writer.writerow({**values, **rounded, **common})
    return text.getvalue()


def _home(device: str) -> Path:
    return data_folder() / "rivals" / device


def _measured_at(table: LatencyTable) -> str:
    return max((row.measured_at for row in table.rows), default="")


def _settings(table: LatencyTable) -> tuple[object, ...]:
    manifest = table.manifest
    return manifest.runtime, manifest.precision, manifest.batch, manifest.threads


def _entry(row: LatencyRow) -> ZooModel | None:
    key = parse_key(row.key_json)
    return catalogue().get(key) if key else None


def _rival(row: LatencyRow) -> Rival:
    entry = _entry(row)
    assert entry is not None, row.key_json  # load_table has looked
    return Rival(
        name=entry.tag,
        family=entry.family,
        resolution=(row.height, row.width),
        top1=entry.top1,
        source=SOURCE,
        parameters=round(entry.parameters_m * 1e6),
        macs=row.macs,
        memory_mb=_memory_of(row),
        latency=latency_of(row),
        distilled=entry.distilled,
        pretraining=entry.pretraining,
        epochs=entry.epochs,
    )


def _with_memory(row: LatencyRow, busiest: int | None) -> LatencyRow:
    if busiest is None:
        return row
    bytes_moved = busiest * BYTES[row.precision]
    return row.model_copy(update={"memory_mb": round((row.weight_bytes + bytes_moved) / 1e6, 3)})


def _memory_of(row: LatencyRow) -> float | None:
    found = (row.model_extra or {}).get("memory_mb")
    return float(found) if found else None
