"""What a run's folder holds, read once; what is missing or broken beyond use becomes a stated gap."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nas.archs import RUNS
from nas.errors import UserError
from nas.report.answer import AnswerText, read_answer
from nas.report.comparison import Against, read_baselines, read_published
from nas.report.fleet import Fleet, read_fleet
from nas.report.network import Network, network, number
from nas.report.trials import Trials, read_all_trials
from nas.report.verification import (
    AccuracyCheck,
    LatencyCheck,
    read_accuracy_checks,
    read_latency_checks,
    read_rounds,
)
from search_space import SPACES, ArchConfig, named_space

BLOCKS = "blocks.json"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished search: its settings, front (fastest first), published models, trials and blocks.

    The checks are what was predicted and then measured or evaluated, with a sentence on each round of measurements;
    `blocks` is what `explain` says of the chosen network; `gaps` are sentences on what the folder does not hold.
    """

    folder: Path
    settings: Mapping[str, Any]
    front: tuple[Network, ...]
    published: tuple[Network, ...]
    best: Network | None
    trials: Trials | None
    blocks: Mapping[str, Any] | None
    answer: AnswerText | None
    against: tuple[Against, ...]
    baselines: tuple[str, ...]
    fleet: Fleet | None
    latency_checks: tuple[LatencyCheck, ...]
    rounds: tuple[str, ...]
    accuracy_checks: tuple[AccuracyCheck, ...]
    gaps: tuple[str, ...]

    @property
    def budget_ms(self) -> float | None:
        """The latency budget, if the run has one."""
        found = number(self.settings.get("budget_ms"))
        return found if found is not None and found > 0 else None


def find_run(text: str) -> Path:
    """The folder of a run: a path, or its name under `results/search`.

    Raises:
        UserError: there is no such folder; names the runs that there are.
    """
    for folder in (Path(text), RUNS / text):
        if folder.is_dir():
            return folder
    names = ", ".join(sorted(path.parent.name for path in RUNS.glob("*/config.json"))) or "none"
    raise UserError(f"no run at {text}; runs in {RUNS}: {names}")


def read_run(folder: Path) -> Run:
    """Everything that a report shows of the run in `folder`, which is only read.

    Raises:
        UserError: the search is not finished, or its result is broken; names the file.
    """
    path = folder / "front.json"
    if not path.exists():
        known = (folder / "config.json").exists() or (folder / "study.journal").exists()
        raise UserError(
            f"{folder} holds a search that has not finished: no front.json; the same `nas search` command goes on"
            if known
            else f"{folder} is no run of nas search: no front.json"
        )
    result = _object(path)
    gaps: list[str] = []
    front = _networks(result.get("front"), path, "front", is_published=False)
    published = _published(folder, result, gaps)
    space = _space_members(result.get("space"))
    front = tuple(_with_arch(each, folder, space) for each in front)
    published = tuple(_with_arch(each, folder, space) for each in published)
    best = next((each for each in front if each.arch_id == result.get("best")), None)
    gaps += _front_gaps(front, published, best)
    try:
        trials = read_all_trials(folder, asked=int(number(result.get("trials")) or 0))
    except ValueError as error:
        trials = None
        gaps.append(f"No hypervolume over trials: {error}.")
    return Run(
        folder=folder,
        settings={key: value for key, value in result.items() if key not in ("front", "published")},
        front=front,
        published=published,
        best=best,
        trials=trials,
        blocks=_blocks(folder, best, gaps),
        answer=read_answer(folder),
        latency_checks=read_latency_checks(result, front, gaps),
        against=read_published(result, {each.name: each.arch_id for each in published}, gaps),
        baselines=read_baselines(result, gaps),
        fleet=read_fleet(folder, result, front, gaps),
        rounds=read_rounds(result, gaps),
        accuracy_checks=read_accuracy_checks(result, gaps),
        gaps=tuple(gaps),
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {error}") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} must hold an object, got {type(found).__name__}")
    return found


def _networks(rows: object, path: Path, part: str, *, is_published: bool) -> tuple[Network, ...]:
    if not isinstance(rows, list):
        raise UserError(f"{path}: {part} must be a list, got {type(rows).__name__}")
    found = []
    for index, row in enumerate(rows):
        try:
            found.append(network(row, is_published=is_published))
        except ValueError as error:
            raise UserError(f"{path}: row {index} of {part} {error}") from None
    return tuple(found)


def _published(folder: Path, result: Mapping[str, Any], gaps: list[str]) -> tuple[Network, ...]:
    """From `front.json`, or `published.csv` where an older run has it only there."""
    if "published" in result:
        return _networks(result["published"], folder / "front.json", "published", is_published=True)
    path = folder / "published.csv"
    if not path.exists():
        gaps.append("No published models: the run holds none.")
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{name: _cell(text) for name, text in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {error}") from None
    return _networks(rows, path, "published.csv", is_published=True)


def _cell(text: Any) -> object:
    if text in ("True", "False", "", None):
        return {"True": True, "False": False}.get(text)
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _space_members(name: object) -> dict[str, ArchConfig]:
    names = name.split("+") if isinstance(name, str) else []
    spaces = [named_space(each) for each in names if each in SPACES]
    return {arch.arch_id: arch for space in spaces for arch in space.published_members.values()}


def _with_arch(found: Network, folder: Path, members: Mapping[str, ArchConfig]) -> Network:
    path = folder / "archs" / f"{found.arch_id}.json"
    try:
        arch = ArchConfig.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return replace(found, arch=members.get(found.arch_id))
    return replace(found, arch=arch if arch.arch_id == found.arch_id else None)


def _front_gaps(front: tuple[Network, ...], published: tuple[Network, ...], best: Network | None) -> list[str]:
    gaps = []
    if not front:
        gaps.append("The front is empty: no network within the constraints.")
    if front and best is None:
        gaps.append("No chosen network: the run does not name one of the front.")
    if lacking := [each.arch_id for each in front if each.arch is None and each.kind != "rival"]:
        gaps.append(
            f"No architecture for {len(lacking)} of {len(front)} networks of the front, missing or broken "
            f"in archs/: {_some(lacking)}."
        )
    if lacking := [each.name for each in (*front, *published) if not each.has_bars]:
        gaps.append(f"No full intervals for {len(lacking)} networks: {_some(lacking)}.")
    return gaps


def _some(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:5]) + (", ..." if len(known) > 5 else "")


def _blocks(folder: Path, best: Network | None, gaps: list[str]) -> Mapping[str, Any] | None:
    if best is None or best.kind == "rival":
        return None
    path = folder / BLOCKS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["arch_id"] != best.arch_id:
            raise ValueError(f"it is about {found['arch_id']}")
        for each in found["operators"]:
            if number(each["latency_ms"]) is None or not isinstance(each["path"], str):
                raise ValueError("an operator has no path or latency")
    except FileNotFoundError:
        reason = f"the run has no {BLOCKS}, which the same `nas search` command adds"
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{BLOCKS} cannot be used ({error})"
    else:
        return found
    gaps.append(f"No latency by block of the chosen network: {reason}.")
    return None
