"""What a search was asked for, as it stands in the files of its run: `config.json`, and again in `front.json`.

The spelling is that of the first version, in which one device stood before all others and three limits had names of
their own, so that its folders go on and keep their names. What came later has keys of its own, and only where it is
asked for.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.disk.files import read_json, write_json
from nas.errors import UserError
from nas.search.algorithms import sampler_name
from nas.search.config import SearchConfig
from nas.search.targets import Target

LIMITS = {"params": "max_parameters", "macs": "max_macs", "memory": "max_memory_mb"}  # written beside other limits
FILE = "config.json"


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What the figures of a search rest on, in words: predictors of latency, judge of accuracy, known networks."""

    latency: str = ""
    accuracy: str = ""
    known: str = ""


def record_of(config: SearchConfig, grounds: Grounds = Grounds()) -> dict[str, Any]:
    """A search whose names and trials are settled, as JSON values."""
    first, *others = config.targets
    limits = dict(config.goals.limits)
    record = {
        "device": first.device,
        "budget_ms": first.budget_ms,
        "further": [[each.device, each.budget_ms] for each in others],
        "space": config.space,
        "confidence": config.confidence,
        "algorithm": sampler_name(config.sampler),
        "trials": config.trials,
        "population": config.population,
        "seed": config.seed,
        "batch": config.batch,
        "latency": grounds.latency,
        "accuracy": grounds.accuracy,
        "known": grounds.known,
        "fleet": config.fleet,
        "warm": config.warm,
        "objectives": list(config.objectives),
        "rounds": config.rounds,
        **{key: limits.pop(name, None) for name, key in LIMITS.items()},
    }
    return record | ({"limits": limits} if limits else {})


def with_targets(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its targets as equals beside the old spelling, as files hold it."""
    targets = [{"device": each.device, "budget_ms": each.budget_ms} for each in targets_in(record)]
    return {**record, "targets": targets}


def targets_in(record: Mapping[str, Any]) -> tuple[Target, ...]:
    """The targets of a record of any version.

    Raises:
        KeyError, TypeError, ValueError: it is no record.
    """
    if "targets" in record:
        return tuple(Target(device=str(each["device"]), budget_ms=each["budget_ms"]) for each in record["targets"])
    pairs = [(record["device"], record["budget_ms"]), *(record.get("further") or ())]
    return tuple(Target(device=str(device), budget_ms=budget_ms) for device, budget_ms in pairs)


def limits_in(record: Mapping[str, Any]) -> dict[str, float]:
    """The limits of a record of any version, by objective."""
    old = {name: record.get(key) for name, key in LIMITS.items()}
    return {name: limit for name, limit in {**old, **(record.get("limits") or {})}.items() if limit is not None}


def digest(record: Mapping[str, Any]) -> str:
    """8 hexadecimal digits that identify these settings; the batch goes with the workers at hand."""
    settings = {key: value for key, value in record.items() if key != "batch"}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]


def default_name(record: Mapping[str, Any]) -> str:
    """Folder name under `results/search`."""
    return f"{record['device']}-{record['space']}-{record['budget_ms']:g}ms-{digest(record)}"


def claim(folder: Path, record: Mapping[str, Any]) -> int:
    """Write `config.json`, or check that the folder holds this very search; the batch that it was begun with.

    Raises:
        UserError: it holds another one; says in what they differ.
    """
    path = folder / FILE
    if not path.exists():
        write_json(path, with_targets(record))
        return int(record["batch"])
    try:
        found = read_json(path)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UserError(f"{path} is no JSON of a search; delete the folder or choose another --out")
    # what a folder of an older version was not asked
    unset = {**record_of(SearchConfig(targets=(Target(device="", budget_ms=1.0),))), "limits": {}}
    keys = (record.keys() | {"limits"}) - {"batch"}
    differing = [key for key in sorted(keys) if found.get(key, unset[key]) != record.get(key, unset[key])]
    if differing:
        raise UserError(f"{folder} holds another search (differs in {', '.join(differing)}); choose another --out")
    return int(found.get("batch", record["batch"]))
