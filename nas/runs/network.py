"""One network as a run's tables have it: the columns of `front.csv` and `published.csv`, the keys of `front.json`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from nas.runs.fields import Fields
from search_space import ArchConfig

METRIC = "top-1"  # what an accuracy counts in percent unless its row says otherwise
KNOWN_ORIGINS = ("measured", "published")  # of an accuracy that somebody found with the weights that go with it
MEASURED = "measured itself"  # the latency of this very network, where rows say `measured` of predictions too
_ARCH_ID = re.compile(r"[0-9a-f]{4,64}")  # also the name of a file, so nothing else is let through
_BESIDE = ("further_high_ms", "costs", "others", "arch")  # fields that are no column of every table
_ON = "latency_high_ms:"  # before the name of a further device


@dataclass(frozen=True, kw_only=True)
class NetworkRow:
    """A network with its accuracy in percent and its latencies in ms; None where the run says nothing.

    `further_high_ms` are upper ends of the latency on the targets after the first, by device. `costs` are numbers
    beside the other fields, by column: what the search minimised or limited, None where it was never counted, and
    numbers of columns that this version does not know; `others` are texts of such columns. `arch`, where it is known,
    stands in a file of its own.

    Raises:
        ValueError: a value that everything else needs is impossible; names the column.
    """

    arch_id: str
    name: str
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    accuracy_origin: str
    accuracy_extrapolated: bool = False
    latency_p50_ms: float
    latency_low_ms: float | None
    latency_high_ms: float | None
    latency_origin: str
    latency_extrapolated: bool = False
    latency_measured_ms: float | None = None
    latency_measured_low_ms: float | None = None
    latency_measured_high_ms: float | None = None
    parameters: int | None
    macs: int | None
    resolution: str
    attention_types: str
    published: bool
    metric: str = METRIC
    kind: str = "found"  # found, published, or a rival of another library
    source: str = ""  # of a published score
    weights: str = ""  # where they are
    remark: str = ""  # on its training
    further_high_ms: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float | None] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    arch: ArchConfig | None = None

    def __post_init__(self) -> None:
        if not _ARCH_ID.fullmatch(self.arch_id):
            raise ValueError(f"column arch_id: must be hexadecimal digits, got {self.arch_id!r}")
        for name in ("latency_p50_ms", "latency_measured_ms"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ValueError(f"column {name}: must be above 0, got {value}")

    @property
    def judged(self) -> float | None:
        """What a search may count on, in percent: the accuracy where it is known, its lower end otherwise."""
        return self.accuracy if self.accuracy_origin in KNOWN_ORIGINS else self.accuracy_low

    @property
    def judged_error(self) -> float | None:
        """What the search minimised, in percent."""
        return None if self.judged is None else 100 - self.judged

    @property
    def has_bars(self) -> bool:
        """True if both intervals are known."""
        ends = (self.accuracy_low, self.accuracy_high, self.latency_low_ms, self.latency_high_ms)
        return None not in ends

    @property
    def latency_basis(self) -> str:
        """What `latency_p50_ms` is: `MEASURED` of a network measured before, which has no other latency."""
        is_measured = self.latency_measured_ms is not None and self.latency_measured_ms == self.latency_p50_ms
        return MEASURED if self.latency_origin == "measured" and is_measured else self.latency_origin

    @property
    def extra(self) -> dict[str, str | float]:
        """Columns that not every table has, by name, as far as they hold something."""
        ends = {
            "latency_measured_low_ms": self.latency_measured_low_ms,
            "latency_measured_high_ms": self.latency_measured_high_ms,
        }
        found = {**self._further(), **ends, **self.costs, **self.others}
        return {name: value for name, value in sorted(found.items()) if value is not None}

    def high_ms(self, devices: Sequence[str]) -> tuple[float | None, ...]:
        """Upper ends of the latency on the targets of the run, in their order: a row names all but the first."""
        return self.latency_high_ms, *(self.further_high_ms.get(device) for device in devices[1:])

    def cost(self, column: str) -> float | None:
        """What the network costs, by the column of an objective; None where it was never counted.

        Raises:
            KeyError: the run has no such column.
        """
        found = self.to_row()[column]
        return None if found is None else float(found)

    def _further(self) -> dict[str, float]:
        return {f"{_ON}{device}": ms for device, ms in self.further_high_ms.items()}

    def to_row(self) -> dict[str, Any]:
        """The columns, in their order."""
        found = {name: getattr(self, name) for name in COLUMNS} | self._further()
        return found | dict(self.costs) | dict(self.others)

    @classmethod
    def from_row(cls, row: Fields, *, is_published: bool = False) -> "NetworkRow":
        """Read what `to_row` gave; columns of later versions are kept, those of older ones may be missing.

        Raises:
            ValueError: a value is missing that everything needs, or is none of its column's; names place and column.
        """
        arch_id = row.text("arch_id")
        is_published = row.flag("published", False) or is_published
        further = {name.removeprefix(_ON): row.optional_number(name) for name in row.values if name.startswith(_ON)}
        costs, others = row.others({*COLUMNS, *(name for name in row.values if name.startswith(_ON))})
        try:
            return cls(
                arch_id=arch_id,
                name=row.text("name", arch_id[:8]),
                accuracy=row.number("accuracy"),
                accuracy_low=row.optional_number("accuracy_low"),
                accuracy_high=row.optional_number("accuracy_high"),
                accuracy_origin=row.text("accuracy_origin", "not stated"),
                accuracy_extrapolated=row.flag("accuracy_extrapolated", False),
                latency_p50_ms=row.number("latency_p50_ms"),
                latency_low_ms=row.optional_number("latency_low_ms"),
                latency_high_ms=row.optional_number("latency_high_ms"),
                latency_origin=row.text("latency_origin", "not stated"),
                latency_extrapolated=row.flag("latency_extrapolated", False),
                latency_measured_ms=row.optional_number("latency_measured_ms"),
                latency_measured_low_ms=row.optional_number("latency_measured_low_ms"),
                latency_measured_high_ms=row.optional_number("latency_measured_high_ms"),
                parameters=row.optional_whole("parameters"),
                macs=row.optional_whole("macs"),
                resolution=row.text("resolution", ""),
                attention_types=row.text("attention_types", ""),
                published=is_published,
                metric=row.text("metric", METRIC),
                kind=row.text("kind", "published" if is_published else "found"),
                source=row.text("source", ""),
                weights=row.text("weights", ""),
                remark=row.text("remark", ""),
                further_high_ms={device: ms for device, ms in further.items() if ms is not None},
                costs=costs,
                others=others,
            )
        except ValueError as error:
            known = str(error).startswith(row.where)
            raise ValueError(str(error) if known else f"{row.where}, {error}") from None


def metric_of(rows: Iterable[NetworkRow]) -> str:
    """What the accuracies of a table count, as its heading says it: the metrics of its rows, each once."""
    return " or ".join(dict.fromkeys(each.metric for each in rows)) or METRIC


def score_of(rows: Iterable[NetworkRow]) -> str:
    """The same as a picture says it: `top-1 accuracy`, and other metrics by their names alone."""
    found = metric_of(rows)
    return f"{found} accuracy" if found == METRIC else found


COLUMNS = tuple(each.name for each in fields(NetworkRow) if each.name not in _BESIDE)
