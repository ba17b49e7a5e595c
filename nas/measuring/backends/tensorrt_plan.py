"""What an engine is to be built with, and what TensorRT's files say of it, apart from TensorRT itself."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OLDEST_MAJOR = 10  # strongly typed networks


@dataclass(frozen=True, kw_only=True)
class EnginePlan:
    """Settings of a build; types are those of the ONNX file, since from version 11 on there is nothing else.

    Raises:
        ValueError: a setting is out of its range.
    """

    optimization_level: int = 3
    timing_iterations: int = 8
    workspace_bytes: int = 1 << 30
    tf32: bool = False
    batch: int

    def __post_init__(self) -> None:
        for name, low, high in (
            ("optimization_level", 0, 5),
            ("timing_iterations", 1, 1000),
            ("workspace_bytes", 1, math.inf),
            ("batch", 1, math.inf),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be from {low} to {high}, got {getattr(self, name)!r}")


@dataclass(frozen=True, kw_only=True)
class LayerTime:
    """One layer of an engine as TensorRT fused it: its time in a run and its share of all layers."""

    name: str
    ms: float
    share: float


def major_version(text: str) -> int:
    """10 of `10.3.0`.

    Raises:
        ValueError: it begins with no number.
    """
    if not (found := re.match(r"\d+", text)):
        raise ValueError(f"TensorRT's version is {text!r}, which begins with no number")
    return int(found.group())


def unsupported(version: str) -> str:
    """Why a version of TensorRT cannot be used; empty where it can."""
    if major_version(version) < OLDEST_MAJOR:
        return f"TensorRT {OLDEST_MAJOR} or newer is needed for strongly typed networks; this is {version}"
    return ""


def cache_name(*, gpu: str, capability: tuple[int, int], version: str) -> str:
    """File name of the timing cache that all builds of one GPU model and TensorRT version share."""
    slug = re.sub(r"[^a-z0-9]+", "-", gpu.lower()).strip("-")
    return f"{slug}-sm{capability[0]}{capability[1]}-{version}.cache"


def layer_times(reported: Iterable[tuple[str, float]], *, runs: int) -> tuple[LayerTime, ...]:
    """The mean time of each layer from what a profiler was told in `runs` runs, in the order of execution.

    Raises:
        ValueError: a time is not finite or below 0, or nothing was reported.
    """
    sums: dict[str, float] = {}
    for name, ms in reported:
        if not 0 <= ms < math.inf:
            raise ValueError(f"layer {name!r} took {ms!r} ms")
        sums[name] = sums.get(name, 0.0) + ms
    total = sum(sums.values())
    if not total:
        raise ValueError("no layer took any time")
    return tuple(LayerTime(name=name, ms=ms / runs, share=ms / total) for name, ms in sums.items())


def parse_profile(text: str) -> tuple[LayerTime, ...]:
    """Layers of a file of `trtexec --exportProfile`: a count of runs, then one entry per layer.

    Raises:
        ValueError: it is no such file; says which entry is wrong.
    """
    entries = json.loads(text)
    if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict) or "count" not in entries[0]:
        raise ValueError("no profile of trtexec: the first entry must hold the count of runs")
    runs = entries[0]["count"]
    if type(runs) is not int or runs < 1:
        raise ValueError(f"no profile of trtexec: the count of runs is {runs!r}")
    return layer_times([_layer(index, entry) for index, entry in enumerate(entries[1:])], runs=runs)


def _layer(index: int, entry: object) -> tuple[str, float]:
    name, ms = (entry.get("name"), entry.get("timeMs")) if isinstance(entry, Mapping) else (None, None)
    if not isinstance(name, str) or isinstance(ms, bool) or not isinstance(ms, int | float):
        raise ValueError(f"layer {index} of the profile has name {name!r} and timeMs {ms!r}")
    return name, float(ms)


def format_profile(layers: Iterable[LayerTime], *, runs: int) -> list[dict[str, Any]]:
    """The same form again, so that one reader does for both tools."""
    return [
        {"count": runs},
        *(
            {"name": found.name, "timeMs": found.ms * runs, "averageMs": found.ms, "percentage": 100 * found.share}
            for found in layers
        ),
    ]


def engine_record(
    *,
    engine: bytes,
    timing_cache: bytes,
    build_s: float,
    plan: EnginePlan,
    version: str,
    layers: tuple[LayerTime, ...],
    runs: int,
) -> dict[str, Any]:
    """What is kept of an engine beside the table: digests, the time of the build, its layers' times."""
    return {
        "tensorrt": version,
        "engine_sha256": hashlib.sha256(engine).hexdigest(),
        "timing_cache_sha256": hashlib.sha256(timing_cache).hexdigest(),
        "build_s": round(build_s, 3),
        "batch": plan.batch,
        "optimization_level": plan.optimization_level,
        "profile": format_profile(layers, runs=runs),
    }
