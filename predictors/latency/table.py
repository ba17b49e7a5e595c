"""`latency-table/1`: measured latencies of networks and blocks with everything needed to repeat them.

A folder of `manifest.json` (device, runtime, protocol, environment, checksum) and `rows.csv` (one line per network or
block). Milliseconds everywhere, missing values empty, unknown columns kept.
"""

import csv
import hashlib
import io
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from search_space.disk import read_json, write_bytes, write_json

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: Final = "latency-table/1"
UNIT_FACTOR = 300.0  # no two quantiles of a row, or two networks per MAC, lie so far apart; mixed units do
MIN_ROWS_FOR_UNITS = 5


class _What(BaseModel):
    """What a row is of: a network, a block or a reference model, and how it runs."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    row_id: str = Field(min_length=1)
    kind: Literal["network", "block", "reference"]
    key_json: str
    key_hash: str
    arch_id: str = ""
    split: Literal["", "fit", "cal", "test"] = ""
    height: int = Field(gt=0)
    width: int = Field(gt=0)
    batch: int = Field(gt=0)
    threads: int = Field(gt=0)
    precision: str

    @model_validator(mode="after")
    def _key_is_canonical(self) -> Self:
        if key_hash(self.key_json) != self.key_hash:
            raise ValueError("key_hash is not the digest of key_json; the row was edited")
        if not _is_canonical(self.key_json):
            raise ValueError(f"key_json must be JSON with sorted keys and no spaces, got {self.key_json!r}")
        return self


class _Times(BaseModel):
    """Milliseconds, and how many runs they come from."""

    p50_ms: float = Field(gt=0)
    ci_lo_ms: float = Field(gt=0)
    ci_hi_ms: float = Field(gt=0)
    half_a_ms: float = Field(gt=0)
    half_b_ms: float = Field(gt=0)
    p10_ms: float = Field(gt=0)
    p25_ms: float = Field(gt=0)
    p75_ms: float = Field(gt=0)
    p90_ms: float = Field(gt=0)
    p99_ms: float = Field(gt=0)
    mean_ms: float = Field(gt=0)
    mad_ms: float = Field(ge=0)
    n_rounds: int = Field(gt=0)
    n_runs: int = Field(gt=0)
    n_dropped: int = Field(ge=0)


class _Costs(BaseModel):
    """How the measuring went, what the model costs, and where both come from."""

    quality: str
    macs: int = Field(ge=0)
    act_bytes: int = Field(ge=0)
    weight_bytes: int = Field(ge=0)
    n_kernels: int = Field(ge=0)
    onnx_sha256: str = ""
    session_id: str = ""
    measured_at: str = ""


# pydantic puts the fields of the last base first; their order is that of the columns and of the rows' digest
class LatencyRow(_Costs, _Times, _What):
    """One measured network, block or reference model.

    `p50_ms` is the drift-corrected point estimate with its bootstrap interval `ci_lo_ms`..`ci_hi_ms`; `half_a_ms` and
    `half_b_ms` are the same estimate from the even and the odd rounds alone; the quantiles are of single runs.
    """

    @model_validator(mode="after")
    def _times_fit_together(self) -> Self:
        if not self.p10_ms <= self.p25_ms <= self.p75_ms <= self.p90_ms <= self.p99_ms:
            raise ValueError("quantiles p10_ms to p99_ms must ascend")
        if not self.p10_ms <= self.p50_ms <= self.p90_ms:
            raise ValueError("p50_ms must lie between p10_ms and p90_ms")
        if not self.ci_lo_ms <= self.p50_ms <= self.ci_hi_ms:
            raise ValueError("p50_ms must lie between ci_lo_ms and ci_hi_ms")
        for name in ("p10_ms", "p25_ms", "p75_ms", "p90_ms", "ci_lo_ms", "ci_hi_ms", "half_a_ms", "half_b_ms"):
            if not 1 / UNIT_FACTOR < getattr(self, name) / self.p50_ms < UNIT_FACTOR:
                raise ValueError(f"{name} {getattr(self, name)!r} is far from p50_ms {self.p50_ms!r}; mixed units?")
        return self


class FailedRow(_Costs, _What):
    """A network or block that could not be measured; `quality` is `failed: ` and the reason. No milliseconds."""

    quality: str = Field(pattern="^failed: ")


class Manifest(BaseModel):
    """What holds for all rows of a table."""

    model_config = ConfigDict(frozen=True, extra="allow")

    schema_version: Literal["latency-table/1"] = SCHEMA
    origin: Literal["measured", "imported"]
    device: str
    space: str
    runtime: str
    runtime_version: str
    precision: str
    batch: int = Field(gt=0)
    threads: int = Field(gt=0)
    protocol: dict[str, Any]
    environment: dict[str, Any]
    exporter: str = ""
    rows_sha256: str = ""


def key_hash(key_json: str) -> str:
    """16 hexadecimal digits of the SHA-256 of a canonical JSON key."""
    return hashlib.sha256(key_json.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class LatencyTable:
    """A latency table in memory; `rows` are sorted by kind and key, and so are those that `failed`.

    Raises:
        ValueError: a row is there twice, contradicts the manifest, or seems to be in another unit; names the row.
    """

    manifest: Manifest
    rows: tuple[LatencyRow, ...]
    failed: tuple[FailedRow, ...] = ()

    def __post_init__(self) -> None:
        both: tuple[LatencyRow | FailedRow, ...] = (*self.rows, *self.failed)
        if problem := _first_problem(self.manifest, both):
            index, text = problem
            raise ValueError(f"row {both[index].row_id!r}{text}")
        object.__setattr__(self, "rows", tuple(sorted(self.rows, key=_place)))
        object.__setattr__(self, "failed", tuple(sorted(self.failed, key=_place)))

    @classmethod
    def load(cls, folder: Path) -> "LatencyTable":
        """Read and check a table.

        Raises:
            ValueError: a missing or broken file, a wrong checksum, or a broken row; names the file, row and column.
        """
        manifest_path, rows_path = folder / "manifest.json", folder / "rows.csv"
        try:
            manifest = Manifest.model_validate(read_json(manifest_path))
            content = rows_path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read latency table {folder}: {error.filename}: {error.strerror}") from None
        except ValidationError as error:
            raise ValueError(f"{manifest_path}{_first(error)}") from None
        rows = _parse(content, rows_path)
        if hashlib.sha256(content).hexdigest() != manifest.rows_sha256:
            raise ValueError(f"{rows_path} was changed after it was written: its SHA-256 differs from manifest.json")
        if problem := _first_problem(manifest, rows):
            raise ValueError(f"{rows_path} row {problem[0] + 2}{problem[1]}")
        return cls(
            manifest=manifest,
            rows=tuple(row for row in rows if isinstance(row, LatencyRow)),
            failed=tuple(row for row in rows if isinstance(row, FailedRow)),
        )

    def save(self, folder: Path) -> None:
        """Write both files, each atomically."""
        content = _format(sorted((*self.rows, *self.failed), key=_place))
        manifest = self.manifest.model_copy(update={"rows_sha256": hashlib.sha256(content).hexdigest()})
        write_bytes(folder / "rows.csv", content)
        write_json(folder / "manifest.json", manifest.model_dump())

    def networks(self, *splits: str) -> tuple[LatencyRow, ...]:
        """Network rows, of the given splits if any."""
        return tuple(row for row in self.rows if row.kind == "network" and (not splits or row.split in splits))

    def frame(self) -> "pd.DataFrame":
        """The rows as a pandas frame."""
        import pandas as pd

        return pd.DataFrame([row.model_dump() for row in self.rows])

    def noise_floor(self, *splits: str) -> float:
        """Error, as a fraction, that a perfect predictor would show against these network rows.

        The mean relative disagreement of the two half-run estimates, divided by 2: each half has half of the rounds,
        so the difference of two halves is spread twice as far as the error of the whole.
        """
        rows = self.networks(*splits)
        if not rows:
            return math.nan
        return sum(abs(row.half_a_ms / row.half_b_ms - 1) for row in rows) / len(rows) / 2


def _place(row: LatencyRow | FailedRow) -> tuple[str, str]:
    return row.kind, row.key_hash


def _format(rows: Sequence[LatencyRow | FailedRow]) -> bytes:
    columns = list(LatencyRow.model_fields)
    for row in rows:
        columns += [name for name in row.model_extra or {} if name not in columns]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow(row.model_dump())
    return text.getvalue().encode()


def _parse(content: bytes, path: Path) -> tuple[LatencyRow | FailedRow, ...]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True)
        records = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a UTF-8 CSV file ({error})") from None
    rows: list[LatencyRow | FailedRow] = []
    for number, record in enumerate(records, start=2):  # line 1 is the header
        if None in record or None in record.values():
            raise ValueError(f"{path} row {number}: {len(reader.fieldnames or ())} columns expected")
        try:
            given = {name: value for name, value in record.items() if value != ""}
            failed = record.get("quality", "").startswith("failed")
            rows.append(FailedRow.model_validate(given) if failed else LatencyRow.model_validate(given))
        except ValidationError as error:
            raise ValueError(f"{path} row {number}{_first(error)}") from None
    return tuple(rows)


def _first_problem(manifest: Manifest, rows: Sequence[LatencyRow | FailedRow]) -> tuple[int, str] | None:
    """Index and description of the first row that does not fit the manifest or the other rows."""
    keys, names = set[tuple[str, str]](), set[str]()
    typical = _typical_ms_per_mac([row for row in rows if isinstance(row, LatencyRow)])
    for index, row in enumerate(rows):
        if (row.kind, row.key_hash) in keys:
            return index, f": the {row.kind} {row.key_hash} is there twice"
        if row.row_id in names:
            return index, f", column row_id: {row.row_id!r} is there twice"
        for name in ("precision", "batch", "threads"):
            if getattr(row, name) != getattr(manifest, name):
                found, expected = getattr(row, name), getattr(manifest, name)
                return index, f", column {name}: {found!r} differs from the manifest's {expected!r}"
        if typical and isinstance(row, LatencyRow) and row.kind == "network" and row.macs:
            ratio = row.p50_ms / row.macs / typical
            if not 1 / UNIT_FACTOR < ratio < UNIT_FACTOR:
                return index, f", column p50_ms: {row.p50_ms!r} per MAC is {ratio:.3g} times the other networks'; ms?"
        keys.add((row.kind, row.key_hash))
        names.add(row.row_id)
    return None


def _typical_ms_per_mac(rows: Sequence[LatencyRow]) -> float | None:
    """Median over network rows; None where there are too few to tell. Blocks differ too much among themselves."""
    found = [row.p50_ms / row.macs for row in rows if row.kind == "network" and row.macs]
    return statistics.median(found) if len(found) >= MIN_ROWS_FOR_UNITS else None


def _is_canonical(text: str) -> bool:
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    except ValueError:
        return False


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    column = ".".join(map(str, found["loc"]))
    if not column:
        return f": {found['msg'].removeprefix('Value error, ')}"
    if found["type"] == "missing":
        return f", column {column}: is missing or empty"
    if found["type"] in _PLAIN_WORDS:
        return f", column {column}: {found['input']!r} {_PLAIN_WORDS[found['type']]}"
    return f", column {column}: {found['msg']}, got {found['input']!r}"


_PLAIN_WORDS = {
    "float_parsing": "is not a number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "finite_number": "is not a finite number",
    "greater_than": "is not above 0; leave a missing value empty",
    "greater_than_equal": "is below 0; leave a missing value empty",
}
