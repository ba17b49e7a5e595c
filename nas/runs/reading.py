"""Reading a run's folder; what is missing there becomes a stated gap.

The tables of networks are needed, so that a broken row is an error; what stands beside them is not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nas.errors import UserError
from nas.runs.answer import AnswerText
from nas.runs.blocks import Blocks
from nas.runs.checks import AccuracyCheck, LatencyCheck, Round
from nas.runs.comparison import BaselineRow, ComparisonRow, ProspectRow
from nas.runs.fields import Fields, table_rows
from nas.runs.fleet import Fleet
from nas.runs.folder import ANSWER, BLOCKS, FLEET, RESULT, Run
from nas.runs.network import NetworkRow
from nas.runs.settings import Settings
from nas.runs.trials import Trials, read_all_trials
from search_space import SPACES, ArchConfig, named_space
from search_space.disk import read_json

_FOUND = {  # keys of the result that say what was found; all others say what was asked
    *("front", "published", "best", "baselines", "found_against_published", "prospects"),
    *("verification", "latency_verification", "verified_rounds", "latency_origin", "accuracy_origin"),
}
T = TypeVar("T")


def read(folder: Path | str) -> Run:
    """The run in `folder`, which is only read; its architectures with it.

    Raises:
        UserError: the search is not finished, or a table is broken; names file, row and column.
    """
    folder = Path(folder)
    path = folder / RESULT
    if not path.exists():
        raise _unfinished(folder)
    try:
        # an older version could write an infinite need of memory
        result = Fields(read_json(path, finite=False), str(path))
        settings = Settings.from_json(_without(result, _FOUND))
        front = _networks(result, "front", is_published=False)
        gaps: list[str] = []
        published = _published(folder, result, gaps)
        best = result.text("best", "")
    except (OSError, ValueError) as error:
        raise UserError(str(error) if str(path.parent) in str(error) else f"cannot read {path}: {error}") from None
    attach = _Architectures(folder, settings.space)
    front, published = (tuple(map(attach, rows)) for rows in (front, published))
    run = Run(
        folder=folder,
        settings=settings,
        front=front,
        published=published,
        best=next((each for each in front if each.arch_id == best), None),
        latency_origin=str(result.values.get("latency_origin") or "not stated"),
        accuracy_origin=str(result.values.get("accuracy_origin") or "not stated"),
    )
    gaps += _front_gaps(run)
    run = replace(run, trials=_trials(run, gaps), blocks=_blocks(run, gaps), answer=_answer(folder))
    return _with_records(run, result, attach, gaps)


def _unfinished(folder: Path) -> UserError:
    known = (folder / "config.json").exists() or (folder / "study.journal").exists()
    return UserError(
        f"{folder} holds a search that has not finished: no {RESULT}; the same `nas search` command goes on"
        if known
        else f"{folder} is no run of nas search: no {RESULT}"
    )


def _without(found: Fields, names: Iterable[str]) -> Fields:
    left_out = set(names)
    return Fields({name: value for name, value in found.values.items() if name not in left_out}, found.where)


def _networks(result: Fields, name: str, *, is_published: bool) -> tuple[NetworkRow, ...]:
    if not isinstance(result.values.get(name), list):
        raise result.refused(name, "a list")
    return tuple(NetworkRow.from_row(row, is_published=is_published) for row in result.objects(name))


def _published(folder: Path, result: Fields, gaps: list[str]) -> tuple[NetworkRow, ...]:
    """From the result, or from `published.csv` where an older run has it only there."""
    if "published" in result.values:
        return _networks(result, "published", is_published=True)
    if not (folder / "published.csv").exists():
        gaps.append("No published models: the run holds none.")
        return ()
    return read_table(folder / "published.csv", is_published=True)


def read_table(path: Path, *, is_published: bool = False) -> tuple[NetworkRow, ...]:
    """The networks of `front.csv` or `published.csv`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is broken; names file, row and column.
    """
    rows = table_rows(path.read_bytes().decode("utf-8"), path)
    return tuple(NetworkRow.from_row(row, is_published=is_published) for row in rows)


class _Architectures:
    """Gives networks their architectures: from `archs/` of the folder, else published ones of the space."""

    def __init__(self, folder: Path, space: str | None) -> None:
        spaces = [named_space(name) for name in (space or "").split("+") if name in SPACES]
        self._folder = folder / "archs"
        self._members = {arch.arch_id: arch for each in spaces for arch in each.published_members.values()}

    def __call__(self, row: NetworkRow) -> NetworkRow:
        try:
            arch = ArchConfig.from_json((self._folder / f"{row.arch_id}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return replace(row, arch=self._members.get(row.arch_id))
        return replace(row, arch=arch if arch.arch_id == row.arch_id else None)


def _front_gaps(run: Run) -> list[str]:
    gaps, front = [], run.front
    if not front:
        gaps.append("The front is empty: no network within the constraints.")
    if front and run.best is None:
        gaps.append("No chosen network: the run does not name one of the front.")
    if lacking := [each.arch_id for each in front if each.arch is None and each.kind != "rival"]:
        gaps.append(
            f"No architecture for {len(lacking)} of {len(front)} networks of the front, missing or broken "
            f"in archs/: {_some(lacking)}."
        )
    if lacking := [each.name for each in (*front, *run.published) if not each.has_bars]:
        gaps.append(f"No full intervals for {len(lacking)} networks: {_some(lacking)}.")
    return gaps


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _trials(run: Run, gaps: list[str]) -> Trials | None:
    try:
        return read_all_trials(run.folder, asked=run.settings.trials or 0)
    except ValueError as error:
        gaps.append(f"No hypervolume over trials: {error}.")
        return None


def _blocks(run: Run, gaps: list[str]) -> Blocks | None:
    if run.best is None or run.best.kind == "rival":
        return None
    try:
        found = Blocks.from_json(Fields(read_json(run.folder / BLOCKS), BLOCKS))
        if found.arch_id == run.best.arch_id:
            return found
        reason = f"{BLOCKS} cannot be used (it is about {found.arch_id})"
    except FileNotFoundError:
        reason = f"the run has no {BLOCKS}, which the same `nas search` command adds"
    except (OSError, ValueError) as error:
        reason = f"{BLOCKS} cannot be used ({error})"
    gaps.append(f"No latency by block of the chosen network: {reason}.")
    return None


def _answer(folder: Path) -> AnswerText | None:
    """The answer; None where an older version left none, or where it cannot be read."""
    try:
        return AnswerText.from_json(Fields(read_json(folder / ANSWER), ANSWER))
    except (OSError, ValueError):
        return None


def _with_records(run: Run, result: Fields, attach: _Architectures, gaps: list[str]) -> Run:
    """What the result says beside its tables, in the order of the report."""
    latency_checks = _latency_checks(run, result, gaps)
    lost = "No comparison with the published models: the run's cannot be read"
    comparisons = _records(result, "found_against_published", ComparisonRow.from_row, lost, gaps)
    lost = "No comparison with simple methods: the run's cannot be read"
    baselines = _records(result, "baselines", BaselineRow.from_json, lost, gaps)
    fleet = _fleet(run, gaps)
    lost = "No account of the rounds: the run's cannot be read"
    rounds = _records(result, "verified_rounds", Round.from_json, lost, gaps)
    lost = "No predicted against found accuracy: the run's cannot be read"
    accuracy_checks = _records(result, "verification", AccuracyCheck.from_json, lost, gaps)
    if "verification" not in result.values:
        gaps.append("No predicted against found accuracy: the run is older than its record.")
    lost = "No networks worth training: the run's cannot be read"
    prospects = _records(result, "prospects", ProspectRow.from_json, lost, gaps)
    ids = {each.name: each.arch_id for each in run.published}
    return replace(
        run,
        latency_checks=latency_checks,
        comparisons=tuple(_identified(each, ids) for each in comparisons),
        baselines=baselines,
        fleet=fleet,
        rounds=rounds,
        accuracy_checks=accuracy_checks,
        prospects=tuple(replace(each, network=attach(each.network)) for each in prospects),
        gaps=tuple(gaps),
    )


def _records(result: Fields, name: str, build: Callable[[Fields], T], lost: str, gaps: list[str]) -> tuple[T, ...]:
    """The objects of a list of the result, none where an older run has no such list; a broken one is a gap."""
    try:
        return tuple(map(build, result.objects(name)))
    except ValueError as error:
        gaps.append(f"{lost} ({error}).")
        return ()


def _latency_checks(run: Run, result: Fields, gaps: list[str]) -> tuple[LatencyCheck, ...]:
    """Every measured network of the run; those of its front alone where it is an older one."""
    lost = "No measured networks beside the front: the run's cannot be read"
    found = _records(result, "latency_verification", LatencyCheck.from_json, lost, gaps)
    found = found or tuple(_of_front(each) for each in run.front if each.latency_measured_ms is not None)
    if found and "latency_verification" not in result.values:
        gaps.append("No measured networks beside the front: the run is older than their record.")
    if run.front and not found:
        gaps.append(
            "Nothing to compare predictions with: no latency of the front was measured. "
            "`nas search --measure` measures it where the device is at hand, `nas collect --top-up` elsewhere."
        )
    return found


def _of_front(each: NetworkRow) -> LatencyCheck:
    assert each.latency_measured_ms is not None
    return LatencyCheck(
        round=0,
        arch_id=each.arch_id,
        accuracy=each.accuracy,
        accuracy_origin=each.accuracy_origin,
        predicted_ms=each.latency_p50_ms,
        predicted_low_ms=each.latency_low_ms,
        predicted_high_ms=each.latency_high_ms,
        measured_ms=each.latency_measured_ms,
        measured_low_ms=None,
        measured_high_ms=None,
        kept=True,
    )


def _identified(comparison: ComparisonRow, ids: Mapping[str, str]) -> ComparisonRow:
    """With the id of the published model, which an older run does not give in its comparisons."""
    model = comparison.published
    return replace(comparison, published=replace(model, arch_id=model.arch_id or ids.get(comparison.name, "")))


def _fleet(run: Run, gaps: list[str]) -> Fleet | None:
    """The fleet; None for one device, or where the run does not hold it, which is a gap."""
    path = run.folder / FLEET
    if not path.exists():
        if len(run.settings.targets) > 1:
            gaps.append(f"No fronts by device: the run has several devices but no {FLEET}.")
        return None
    try:
        found = Fleet.from_json(Fields(read_json(path), FLEET))
        if unknown := found.arch_ids - {each.arch_id for each in run.front}:
            raise ValueError(f"{min(unknown)!r} is not on the front")
    except (OSError, ValueError) as error:
        gaps.append(f"No fronts by device: {FLEET} cannot be used ({error}).")
        return None
    return found
