"""One row of `front.json`, checked: what a search says of one network."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nas.search.judge import KNOWN_ORIGINS
from search_space import ArchConfig

MEASURED = "measured itself"  # the latency of this very network, where rows say `measured` of predictions too
_ARCH_ID = re.compile(r"[0-9a-f]{4,64}")  # also the name of a file, so nothing else is let through


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network with its accuracy in percent and its latencies in ms; None where the run says nothing.

    `others` holds the plain values of columns that this version does not know.

    Raises:
        ValueError: a value that everything else needs is missing or impossible; names the field.
    """

    arch_id: str
    name: str
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    accuracy_origin: str
    accuracy_extrapolated: bool
    latency_p50_ms: float
    latency_low_ms: float | None
    latency_high_ms: float | None
    latency_origin: str
    latency_extrapolated: bool
    latency_measured_ms: float | None
    parameters: float | None
    macs: float | None
    resolution: str
    attention_types: str
    published: bool
    kind: str = "found"  # found, published, or a rival of another library
    metric: str = "top-1"
    source: str = ""  # of a published score
    weights: str = ""  # where they are
    remark: str = ""  # on its training
    arch: ArchConfig | None = None
    others: Mapping[str, str | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ARCH_ID.fullmatch(self.arch_id):
            raise ValueError(f"arch_id must be hexadecimal digits, got {self.arch_id!r}")
        for name in ("latency_p50_ms", "latency_measured_ms"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ValueError(f"needs a positive {name}, got {value}")

    @property
    def judged_error(self) -> float | None:
        """What the search minimised, in percent: the upper end of the error unless it is known."""
        judged = self.accuracy if self.accuracy_origin in KNOWN_ORIGINS else self.accuracy_low
        return None if judged is None else 100 - judged

    @property
    def has_bars(self) -> bool:
        """True if both intervals are known."""
        ends = (self.accuracy_low, self.accuracy_high, self.latency_low_ms, self.latency_high_ms)
        return None not in ends


_KNOWN = {name for name in Network.__dataclass_fields__ if name not in ("arch", "others")}


def network(row: object, *, is_published: bool) -> Network:
    """The network of one row of a JSON file; columns of later versions are kept, those of older ones may be missing.

    Raises:
        ValueError: the row has no id, accuracy or latency; names the field.
    """
    if not isinstance(row, Mapping):
        raise ValueError(f"must be an object, got {type(row).__name__}")
    arch_id = str(row.get("arch_id", ""))
    return Network(
        arch_id=arch_id,
        name=str(row.get("name") or arch_id[:8]),
        accuracy=_needed(row, "accuracy"),
        latency_p50_ms=_needed(row, "latency_p50_ms"),
        accuracy_origin=str(row.get("accuracy_origin") or "not stated"),
        accuracy_extrapolated=row.get("accuracy_extrapolated") is True,
        latency_origin=_latency_origin(row),
        latency_extrapolated=row.get("latency_extrapolated") is True,
        accuracy_low=number(row.get("accuracy_low")),
        accuracy_high=number(row.get("accuracy_high")),
        latency_low_ms=number(row.get("latency_low_ms")),
        latency_high_ms=number(row.get("latency_high_ms")),
        latency_measured_ms=number(row.get("latency_measured_ms")),
        parameters=number(row.get("parameters")),
        macs=number(row.get("macs")),
        resolution=str(row.get("resolution") or ""),
        attention_types=str(row.get("attention_types") or ""),
        published=is_published or row.get("published") is True,
        kind=str(row.get("kind") or ("published" if is_published or row.get("published") is True else "found")),
        metric=str(row.get("metric") or "top-1"),
        source=str(row.get("source") or ""),
        weights=str(row.get("weights") or ""),
        remark=str(row.get("remark") or ""),
        others={str(name): _plain(value) for name, value in row.items() if _is_extra(name, value)},
    )


def _latency_origin(row: Mapping[str, object]) -> str:
    """That of `latency_p50_ms`; a network that was measured before the search has no other latency."""
    origin, measured = str(row.get("latency_origin") or "not stated"), number(row.get("latency_measured_ms"))
    is_measured = measured is not None and measured == number(row.get("latency_p50_ms"))
    return MEASURED if origin == "measured" and is_measured else origin


def number(value: object) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _needed(row: Mapping[str, object], name: str) -> float:
    found = number(row.get(name))
    if found is None:
        raise ValueError(f"needs a number as {name}, got {row.get(name)!r}")
    return found


def _is_extra(name: object, value: object) -> bool:
    return name not in _KNOWN and isinstance(value, str | int | float) and value == value


def _plain(value: object) -> str | float:
    found = number(value)
    return str(value) if found is None else found
