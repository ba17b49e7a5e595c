"""`nas search`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nas.caution import caution
from nas.cli.console import print_json, print_notes, progress, stderr, stdout, tell, tell_path
from nas.cli.derived import takes
from nas.cli.fronts import answer_rows, comparison_table, front_table
from nas.cli.shared import JsonOption
from nas.describing.budgets import verdict_line
from nas.devices import Device
from nas.errors import UserError
from nas.ranking import ranking_note
from nas.report.keeping import keep_for_report
from nas.runs import metric_of
from nas.search.answer import Answer, answer
from nas.search.config import SearchConfig
from nas.search.exporting import export_best
from nas.search.feasibility import latencies
from nas.search.judge import SupernetJudge
from nas.search.objectives import limits_of
from nas.search.outcome import SearchResult
from nas.search.prepare import PreparedSearch, prepare
from nas.search.record import claim
from nas.search.rounds import Measure
from nas.search.run import run_search
from nas.search.setup import measurer
from nas.search.targets import targets_of
from search_space import ArchConfig

if TYPE_CHECKING:
    from nas.measuring.estimate import Estimate


@takes(SearchConfig)
def search(
    ask: Callable[..., SearchConfig],
    device: Annotated[
        list[str], typer.Option("--device", help="Target device or alias; several, each with its --budget.")
    ],
    budget: Annotated[
        list[str], typer.Option("--budget", help="Latency budget with its unit: 10ms, 0.8ms, 2s; one per device.")
    ],
    limit: Annotated[
        list[str],
        typer.Option("--limit", metavar="NAME=VALUE", help="At most, as params=5M, of {objectives}."),
    ] = [],  # noqa: B006
    max_params: Annotated[str | None, typer.Option("--max-params", help="--limit params=...")] = None,
    max_macs: Annotated[str | None, typer.Option("--max-macs", help="--limit macs=...")] = None,
    max_memory: Annotated[str | None, typer.Option("--max-memory", help="--limit memory=...")] = None,
    export: Annotated[bool, typer.Option("--export", help="Also write the chosen network as ONNX.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Also write the page of `nas report`.")] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Be a further worker of the same command that runs already.")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Print all, not the rows around the answer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the Pareto-optimal networks for a device and a latency budget.

    Killed at any moment, the same command goes on where it stopped, with another --engine too: all engines find the
    same front, whatever workers or nodes are lost on the way.

    Examples:

        nas search --device jetson --budget 10ms

        nas search --device jetson --budget 10ms --device cpu --budget 40ms --limit params=12M --fleet

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --export

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine processes

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --join

        nas search --device cpu --space digits --supernet results/supernet/digits --budget 0.3ms --engine ray
        --workers 16 --address auto
    """
    older = {"params": max_params, "macs": max_macs, "memory": max_memory}
    typed = [*limit, *(f"{name}={text}" for name, text in older.items() if text is not None)]
    config = ask(targets=targets_of(device, budget), limits=limits_of(typed))
    prepared = prepare(config)
    trained = prepared.accuracy if isinstance(prepared.accuracy, SupernetJudge) else None
    slowest_ms = _announce(prepared)
    if join:
        _join(prepared)
        return
    result = _run(prepared, trained)
    latency = prepared.targets[0].latency
    exported = export_best(result.best, result.folder, config) if export else None
    found = answer(
        result,
        prepared.config,
        spaces=prepared.spaces,
        caution="\n".join(_cautions(prepared)),
        slowest_ms=slowest_ms,
    )
    page = keep_for_report(result, latency, found, write=report)
    print_notes([] if trained is None else trained.data.notes())
    if as_json:
        print_json(_json(result, found, exported, page))
        return
    _print(result, prepared, found, show_all=show_all)
    if config.supernet is not None and trained is not None:
        tell(ranking_note(config.supernet, trained.digest))
    if exported:
        tell(exported)
    if page:
        tell_path("report:", page)


def _run(search: PreparedSearch, trained: SupernetJudge | None) -> SearchResult:
    """The search behind progress bars."""
    with progress() as bar:
        total = (search.config.trials or 0) * len(search.spaces)
        searching = bar.add_task("searching", total=total, note="")
        if trained is not None:
            evaluating = bar.add_task("evaluating sub-networks", total=None, note="")
            trained.on_evaluation = lambda: bar.advance(evaluating)
        return run_search(
            search,
            on_trials=lambda done: bar.update(searching, completed=done),
            measure=_measurer(search.targets[0].device, search.folder, bar) if search.measured else None,
        )


def _cautions(search: PreparedSearch) -> list[str]:
    """What to read the latencies with."""
    found = [caution(each.device.name, each.latency.origin) for each in search.targets]
    return [each for each in (*found, search.known.disagreement(search.targets[0].latency)) if each]


def _announce(search: PreparedSearch) -> float:
    """One line for each target on what is possible there; the slowest upper end on the first, in ms."""
    slowest = []
    for target in search.targets:
        found = latencies(*search.spaces, latency=target.latency, confidence=search.config.confidence)
        slowest.append(found.largest_ms)
        stderr.print(verdict_line(found, target.device.name, target.budget_ms), highlight=False)
    return slowest[0]


def _join(search: PreparedSearch) -> None:
    """Evaluate for the search that runs in the folder until it ends."""
    from nas.search.engines.worker import join

    folder = search.folder
    if not (folder / "config.json").exists():
        raise UserError(f"no search runs in {folder}; start it without --join")
    claim(folder, search.record)
    done = 0
    with progress() as bar:
        task = bar.add_task(f"evaluating for {folder}", total=None, note="")

        def count() -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=1, note=f"{done} evaluated")

        finished = join(folder, search.spaces[0], search.accuracy, on_evaluation=count)
    if not finished:
        raise UserError(f"the search in {folder} was stopped; the same command without --join goes on with it")
    stderr.print(f"the search in {folder} is finished; {done} networks evaluated here", highlight=False)


def _measurer(device: Device, folder: Path, bar: Any) -> Measure:
    """Measures networks with a bar of its own."""

    def measure(archs: Sequence[ArchConfig]) -> "Mapping[str, Estimate]":
        task = bar.add_task("measuring the front", total=None, note="")
        return measurer(device, folder, lambda done, total: bar.update(task, completed=done, total=total))(archs)

    return measure


def _json(result: SearchResult, found: Answer, exported: str | None, page: str | None) -> dict[str, Any]:
    run = result.run
    return {
        "answer": asdict(found),
        "best": result.best.network.arch_id,
        "folder": str(result.folder),
        "front": [row.to_row() for row in run.front],
        "published": [row.to_row() for row in run.published],
        "found_against_published": [each.to_row() for each in run.comparisons],
        "prospects": [each.gain() for each in run.prospects],
        "fleet": run.fleet.to_json() if run.fleet else None,
        "rounds": [each.to_json() for each in run.rounds],
        "exported": exported,
        "report": page,
    }


def _print(result: SearchResult, search: PreparedSearch, found: Answer, *, show_all: bool) -> None:
    """The answer first, then the rows around it; all of it on request."""
    config, run = search.config, result.run
    for index, line in enumerate(found.sentences):
        tell(line, style="bold" if index == 0 else "yellow" if line == found.caution else None)
    for command in found.commands:
        stdout.print(f"  $ {command}", highlight=False, markup=False, soft_wrap=True)
    shown = run.front if show_all else answer_rows(run.front, result.best.network.arch_id)
    asked = search.goals.asked
    within = ", ".join(f"{each.budget_ms:g} ms on {each.device}" for each in config.targets)
    stdout.print(front_table(shown, f"within {within}", len(run.front), costs=asked))
    if show_all:
        if run.published:
            stdout.print(front_table(run.published, "what could be downloaded", len(run.published), costs=asked))
        if run.comparisons:
            stdout.print(comparison_table(run.comparisons, metric_of(run.front)))
        tell(f"latency of {search.record['latency']}")
        tell(search.accuracy.describe())
        for baseline in result.baselines:
            tell(baseline.describe(result.best))
    for line in (*_checked(result), *_fleet(result)):
        tell(line)
    tell_path(
        "as a page:" if show_all else "more: --all, or as a page:",
        f"nas report {quote(str(result.folder))}",
    )


def _checked(result: SearchResult) -> list[str]:
    """How well the model in the loop and the latency predictor knew what was chosen."""
    measured = [each.describe() for each in result.run.rounds]
    if not result.run.accuracy_checks:
        return measured
    errors = [abs(each.predicted - each.found) for each in result.run.accuracy_checks]
    last = errors[-max(1, len(errors) // 4) :]
    pairs = [(each.predicted, each.found) for each in result.run.accuracy_checks]
    return [
        f"every accuracy on the front is evaluated; the model that chose {len(errors)} networks was off by "
        f"{sum(errors) / len(errors):.2f} points on average, {sum(last) / len(last):.2f} in the last quarter"
        + _ranked(pairs),
        *measured,
    ]


def _ranked(pairs: list[tuple[float, float]]) -> str:
    """Rank correlation of predicted and found, where there is one."""
    from scipy.stats import spearmanr

    if any(len(set(values)) < 2 for values in zip(*pairs, strict=True)):
        return ""
    return f", Spearman {spearmanr(pairs).statistic:.2f}"


def _fleet(result: SearchResult) -> list[str]:
    """What sharing networks between devices costs."""
    fleet = result.run.fleet
    if fleet is None:
        return []
    lines = []
    for shared in fleet.sharing:
        prices = ", ".join(
            f"{each.device} none fits" if price is None else f"{each.device} {price:.2f}"
            for each, price in zip(fleet.devices, shared.price_points, strict=True)
        )
        names = ", ".join(name[:8] for name in shared.networks)
        lines.append(f"{len(shared.networks)} for all devices: {names}; points lost: {prices}")
    return lines
