"""The page itself: charts, table and downloads of a run in one file of HTML."""

import base64
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.disk.files import write_text
from nas.report.charts import (
    block_chart,
    front_chart,
    hidden_below,
    hypervolume_chart,
    preference_chart,
)
from nas.report.comparison import baseline_words
from nas.report.describe import details
from nas.report.downloads import downloads
from nas.report.fleet import shown_fleet
from nas.report.fleet_charts import device_chart
from nas.report.growth import growth
from nas.report.origins import MEASURED_LATENCY, accounts, accuracy_origin, cautions, latency_origin
from nas.report.preferences import preferences
from nas.report.verification import accuracy_agreement, latency_agreement, round_words
from nas.report.verification_charts import accuracy_chart, latency_chart
from nas.runs import NetworkRow, Run, metric_of, read, score_of


@dataclass(frozen=True, kw_only=True)
class WrittenReport:
    """A page that was written: its file, its size in bytes, and what the run did not hold."""

    path: Path
    bytes: int
    gaps: tuple[str, ...]


def write_report(folder: Path, out: Path | None = None) -> WrittenReport:
    """Write the page of the run in `folder` to `out`, by default `report.html` in that folder.

    Raises:
        UserError: the search is not finished, or its result is broken; names the file.
    """
    run, path = read(folder), out or folder / "report.html"
    text = render(run)
    write_text(path, text)
    return WrittenReport(path=path, bytes=len(text.encode()), gaps=run.gaps)


def render(run: Run) -> str:
    """The page as HTML; everything that comes from the run's files is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nas.report", "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    charts, sections = _charts(run)
    shown = {each.arch_id: details(each) for each in (*run.published, *run.front)}
    return environment.get_template("page.html").render(
        run=run,
        title=f"{run.settings.space or 'search'} on {run.settings.device or 'unknown device'}",
        metric=metric_of((*run.front, *run.published)),
        score=score_of([run.best] if run.best else []),
        sections=sections,
        hidden=hidden_below(run),
        crosses=any(each.latency_measured_ms is not None for each in run.front),
        agreement=latency_agreement(run.latency_checks) if run.latency_checks else None,
        accuracies=accuracy_agreement(run.accuracy_checks) if run.accuracy_checks else None,
        reference=growth(run.trials, budget_ms=run.budget_ms).reference if run.trials else None,
        data={"charts": charts, "networks": shown},
        shown=shown,
        columns=sorted({name for each in (*run.front, *run.published) for name in each.extra}),
        table=[*(("front", each) for each in run.front), *(("published", each) for each in _not_on_front(run))],
        fleet=shown_fleet(run),
        baselines=list(map(baseline_words, run.baselines)),
        rounds=list(map(round_words, run.rounds)),
        accounts=accounts(run),
        cautions=cautions(run),
        accuracy_origin=accuracy_origin,
        latency_origin=latency_origin,
        measured_origin=MEASURED_LATENCY,
        downloads=downloads(run),
        plotly=_packed_plotly(),
    )


def _charts(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures by the id of their element, and which optional sections have any."""
    figures = {}
    if run.front or run.published:
        figures["front"] = front_chart(run)
    fleet = shown_fleet(run)
    for index in range(len(fleet.devices) if fleet else 0):
        assert fleet is not None
        figures[f"device-{index}"] = device_chart(fleet, index, run.published)
    if run.trials is not None:
        figures["hypervolume"] = hypervolume_chart(run, run.trials)
    if run.latency_checks:
        figures["agreement"] = latency_chart(run.latency_checks, budget_ms=run.budget_ms)
    if run.accuracy_checks:
        figures["accuracies"] = accuracy_chart(run.accuracy_checks)
    chosen = preferences(each.arch for each in run.front if each.arch is not None)
    shown = [preference for preference in chosen if preference.counts]
    for index, preference in enumerate(shown):
        figures[f"preference-{index}"] = preference_chart(preference)
    if run.blocks is not None:
        figures["blocks"] = block_chart(run.blocks.explanation)
    plain = {name: json.loads(figure.to_json()) for name, figure in figures.items()}
    return plain, {"charts": list(figures), "preferences": shown}


def _not_on_front(run: Run) -> list[NetworkRow]:
    front = {each.arch_id for each in run.front}
    return [each for each in run.published if each.arch_id not in front]


def _packed_plotly() -> str:
    """Plotly's own script, compressed: as text it alone would take 4.8 MB, packed 2 MB; the page unpacks it."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()
