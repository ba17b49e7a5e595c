"""`nas search`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from nas.commands.against_published import comparison_table
from nas.commands.audit import ranking_note
from nas.commands.console import print_json, print_notes, progress, stderr, stdout
from nas.commands.explain import describe
from nas.commands.report import keep_for_report, print_page
from nas.devices import Device
from nas.errors import UserError
from nas.search.config import GUIDED_BATCH, SearchConfig, claim
from nas.search.engines import EngineConfig
from nas.search.feasibility import check_feasible, latencies
from nas.search.judge import SupernetJudge
from nas.search.outcome import SearchResult
from nas.search.results import ORIGINS
from nas.search.rounds import Measure
from nas.search.run import run_search
from nas.search.setup import accuracy_judge, count_of, is_measured, measurer, targets_of, trials_of
from nas.units import format_ms, parse_budget, parse_memory
from search_space import ArchConfig, SearchSpace, named_space

if TYPE_CHECKING:
    from nas.measurement.statistics import Estimate

MAX_ROWS = 20  # of the front on screen


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """The options of `nas search`; devices and budgets in pairs."""

    devices: list[str]
    budgets: list[str]
    space: str
    confidence: float
    supernet: Path | None
    data: str | None
    predictor: Path | None
    trials: int | None
    evaluations: int | None
    algorithm: str
    max_params: str | None
    max_macs: str | None
    max_memory: str | None
    fleet: bool
    objectives: list[str]
    rounds: int
    warm: bool
    seed: int
    out: Path | None
    measure: bool | None
    export: bool
    report: bool
    as_json: bool
    engine: str = "local"
    workers: int | None = None
    address: str | None = None
    join: bool = False


def search_command(request: SearchRequest) -> None:
    """Search, print the front, write the run's folder."""
    if len(request.devices) != len(request.budgets):
        raise UserError(f"every --device needs its --budget, got {len(request.devices)} and {len(request.budgets)}")
    if request.fleet and len(request.devices) < 2:
        raise UserError("--fleet needs several devices: --device A --budget 10ms --device B --budget 40ms")
    engine = EngineConfig(name=request.engine, workers=request.workers, address=request.address)
    budgets_ms = [parse_budget(budget) for budget in request.budgets]
    space, supernet = named_space(request.space), request.supernet
    targets = targets_of(request.devices, space, request.predictor)
    device, latency = targets[0]
    measured = is_measured(device, request.measure)
    # answered before torch or optuna load, so that an impossible budget costs no wait
    for (each, predictor), budget_ms in zip(targets, budgets_ms, strict=True):
        check_feasible(space, predictor, each, budget_ms=budget_ms, confidence=request.confidence)
    accuracy = accuracy_judge(space, supernet, request.data)
    trained = accuracy if isinstance(accuracy, SupernetJudge) else None
    if trained is not None:
        space = trained.supernet.space  # of the classes and channels that it was trained on
    for each, predictor in targets:
        found = latencies(space, predictor, request.confidence)
        stderr.print(describe(found, each.name, space.name, request.confidence), highlight=False, soft_wrap=True)
    about = accuracy.describe() + ("" if trained is None else f"; weights {trained.digest[:16]}")
    config = SearchConfig(
        device=device.name,
        space=space.name,
        budget_ms=budgets_ms[0],
        confidence=request.confidence,
        algorithm=request.algorithm,
        trials=trials_of(request.trials, request.evaluations, supernet),
        seed=request.seed,
        batch=max(GUIDED_BATCH, request.workers or 0),
        latency="; ".join(predictor.describe() for _, predictor in targets),
        accuracy=about,
        further=tuple((each.name, ms) for (each, _), ms in zip(targets[1:], budgets_ms[1:], strict=True)),
        max_parameters=count_of("--max-params", request.max_params),
        max_macs=count_of("--max-macs", request.max_macs),
        max_memory_mb=None if request.max_memory is None else parse_memory(request.max_memory),
        fleet=request.fleet,
        warm=request.warm,
        objectives=tuple(request.objectives),
        rounds=request.rounds,
    )
    folder = request.out or Path("results/search") / config.default_name
    if request.join:
        _join(config, space, accuracy, folder)
        return
    with progress() as bar:
        searching = bar.add_task("searching", total=config.trials, note="")
        if trained is not None:
            evaluating = bar.add_task("evaluating sub-networks", total=None, note="")
            trained.on_evaluation = lambda: bar.advance(evaluating)
        result = run_search(
            config,
            space=space,
            device=device,
            latency=latency,
            accuracy=accuracy,
            folder=folder,
            further=targets[1:],
            on_trials=lambda done: bar.update(searching, completed=done),
            measure=_measurer(device, folder, bar) if measured else None,
            engine=engine,
        )
    exported = _export(result, supernet, request.data, request.seed) if request.export else None
    page = keep_for_report(result, latency, write=request.report)
    print_notes([] if trained is None else trained.data.notes())
    if request.as_json:
        print_json(
            {
                "best": result.best.arch.arch_id,
                "folder": str(folder),
                "front": result.front_rows,
                "published": result.published_rows,
                "found_against_published": result.against_published,
                "fleet": result.fleet,
                "rounds": [asdict(each) for each in result.rounds],
                "exported": exported,
                "report": page,
            }
        )
        return
    described = accuracy.describe()
    if supernet is not None and trained is not None:
        described += f"\n{ranking_note(supernet, trained.digest)}"
    _print(result, config, latency.describe(), described, exported)
    print_page(folder, page)


def _join(config: SearchConfig, space: SearchSpace, accuracy: Any, folder: Path) -> None:
    """Evaluate for the search that runs in `folder` until it ends."""
    from nas.search.engines.worker import join

    if not (folder / "config.json").exists():
        raise UserError(f"no search runs in {folder}; start it without --join")
    claim(folder, config)
    done = 0
    with progress() as bar:
        task = bar.add_task(f"evaluating for {folder}", total=None, note="")

        def count() -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=1, note=f"{done} evaluated")

        finished = join(folder, space, accuracy, on_evaluation=count)
    if not finished:
        raise UserError(f"the search in {folder} was stopped; the same command without --join goes on with it")
    stderr.print(f"the search in {folder} is finished; {done} networks evaluated here", highlight=False)


def _measurer(device: Device, folder: Path, bar: Any) -> Measure:
    """Measures networks with a bar of its own."""

    def measure(archs: Sequence[ArchConfig]) -> "Mapping[str, Estimate]":
        task = bar.add_task("measuring the front", total=None, note="")
        return measurer(device, folder, lambda done, total: bar.update(task, completed=done, total=total))(archs)

    return measure


def _export(result: SearchResult, supernet: Path | None, data_name: str | None, seed: int) -> str:
    """Export the chosen network; with a supernet, compare accuracies of PyTorch and ONNX Runtime image by image."""
    from nas.export import EXPORTERS
    from supernet import build, input_side, load_dataset, load_supernet, supernet_dataset

    arch, path = result.best.arch, result.folder / f"{result.best.arch.arch_id}.onnx"
    if supernet is None:
        report = EXPORTERS["onnx"](build(arch, seed=seed), path)
        return f"{path}: random weights (no supernet), difference to PyTorch {report.max_difference:.1e}"
    data, shared = load_dataset(data_name or supernet_dataset(supernet)), load_supernet(supernet)
    shared.calibrate(arch, data.calibration_batches(resolution=input_side(arch)))
    network = shared.extract(arch)
    report = EXPORTERS["onnx"](network, path)
    from nas.export.to_onnx import TOLERANCE, held_out_agreement

    agreement = held_out_agreement(network, path, data)
    if agreement.different or not agreement.max_difference <= TOLERANCE:
        path.unlink()
        raise ValueError(
            f"export check failed: {agreement.different} of {agreement.images} held-out predictions differ, "
            f"outputs by {agreement.max_difference:.1e}; no file was written"
        )
    return (
        f"{path}: {report.bytes / 1e6:.1f} MB; on {agreement.images} held-out images PyTorch "
        f"{agreement.torch:.2f} %, ONNX Runtime {agreement.onnx:.2f} %, {agreement.different} predictions differ, "
        f"outputs differ by {agreement.max_difference:.1e} at most"
    )


def _print(result: SearchResult, config: SearchConfig, latency: str, accuracy: str, exported: str | None) -> None:
    front = result.front_rows
    shown = front
    if len(front) > MAX_ROWS:
        shown = [front[round(i * (len(front) - 1) / (MAX_ROWS - 1))] for i in range(MAX_ROWS)]
    more = f" ({MAX_ROWS} of {len(front)}, all in front.csv)" if len(front) > MAX_ROWS else ""
    stdout.print(_table(f"Pareto front within {config.budget_ms:g} ms on {config.device}{more}", shown))
    if result.published_rows:
        stdout.print(_table("published models under the same judge", result.published_rows))
    if result.against_published:
        stdout.print(comparison_table(result.against_published))
    best = result.best
    origin = "measured here" if best.latency_measured else ORIGINS[best.latency_origin]
    origin += ", extrapolated" if best.latency_extrapolated else ""
    lines = (
        f"best within {config.budget_ms:g} ms: {best.arch.arch_id}",
        f"  accuracy {best.accuracy.value:.1f} %, from {best.accuracy.low:.1f} to {best.accuracy.high:.1f} "
        f"({best.accuracy.origin})",
        f"  latency {format_ms(best.latency_p50_ms)}, at most {format_ms(best.latency_high_ms)} at "
        f"{config.confidence:.0%} confidence ({origin})",
        f"latency of {latency}",
        accuracy,
        *(each.describe(best) for each in result.baselines),
        *_checked(result),
        *_fleet(result),
        *([exported] if exported else []),
        f"wrote {result.folder}: front.csv, front.json, front.png, published.csv, archs/",
    )
    for line in lines:
        stdout.print(line, highlight=False, markup=False)
    if best.accuracy.origin == "prior":
        stderr.print("accuracies are expectations, not measurements; nas train a supernet to verify", style="yellow")


def _checked(result: SearchResult) -> list[str]:
    """How well the model in the loop and the latency predictor knew what was chosen."""
    measured = [each.describe() for each in result.rounds]
    if not result.verification:
        return measured
    errors = [abs(each.predicted - each.found) for each in result.verification]
    last = errors[-max(1, len(errors) // 4) :]
    pairs = [(each.predicted, each.found) for each in result.verification]
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
    if result.fleet is None:
        return []
    lines = []
    for shared in result.fleet["sharing"]:
        prices = ", ".join(
            f"{each['device']} none fits" if price is None else f"{each['device']} {price:.2f}"
            for each, price in zip(result.fleet["devices"], shared["price_points"], strict=True)
        )
        names = ", ".join(name[:8] for name in shared["networks"])
        lines.append(f"{len(shared['networks'])} for all devices: {names}; points lost: {prices}")
    return lines


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    accuracy, latency = rows[0]["accuracy_origin"], rows[0]["latency_origin"]
    measured = any(row["latency_measured_ms"] is not None for row in rows)
    table = Table(title=title, title_justify="left", caption_justify="left")
    headings = ["name", "top-1 %", "ms", "at most", *(["measured"] if measured else [])]
    for heading in (*headings, "MParams", "GMACs", "px"):
        table.add_column(heading, justify="left" if heading == "name" else "right", no_wrap=True)
    table.add_column("attention", overflow="fold")
    for row in rows:
        found = row["latency_measured_ms"]
        table.add_row(
            row["name"],
            f"{row['accuracy']:.1f} ({row['accuracy_low']:.1f}-{row['accuracy_high']:.1f})",
            f"{row['latency_p50_ms']:.3g}" + ("*" if row["latency_extrapolated"] else ""),
            f"{row['latency_high_ms']:.3g}",
            *([f"{found:.3g}" if found is not None else ""] if measured else []),
            f"{row['parameters'] / 1e6:.2f}",
            f"{row['macs'] / 1e9:.4f}",
            row["resolution"].split("x")[0],
            row["attention_types"].replace("cascaded_group", "cga"),
        )
    table.caption = f"accuracy: {accuracy}; latency: {ORIGINS[latency]}"
    if any(row["latency_extrapolated"] for row in rows):
        table.caption += "; * extrapolated, interval widened"
    return table
