"""The report's charts as Plotly figures; colours that follow the page's scheme are set by the page."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from itertools import cycle, groupby
from typing import TYPE_CHECKING, Any

from nas.report.describe import hover
from nas.report.growth import growth, share_of
from nas.report.origins import accuracy_origin, latency_origin
from nas.report.preferences import ABSENT, Preference
from nas.runs import Explanation, NetworkRow, Run, Trials, score_of
from search_space import ATTENTION

if TYPE_CHECKING:
    import plotly.graph_objects as go

# mid-tones that can be told apart on white and on black, and by people who see few colours
BLUE, GREY, ORANGE, RED, GREEN, PURPLE, YELLOW = [
    "#3987d6",
    "#8b9098",
    "#e07b2a",
    "#dd4b4b",
    "#1f9e77",
    "#a06cd5",
    "#c9a227",
]
FAINT = {
    BLUE: "rgba(57,135,214,{})",
    GREY: "rgba(139,144,152,{})",
    ORANGE: "rgba(224,123,42,{})",
    GREEN: "rgba(31,158,119,{})",
    PURPLE: "rgba(160,108,213,{})",
}
MANY = 60  # networks whose bars would hide the points
# filled: measured; open: anything else
SYMBOLS = {"measured": "circle", "published": "square", "predicted": "circle-open", "prior": "diamond-open"}
KINDS = {"found": ("found", BLUE), "published": ("published", GREEN), "rival": ("other libraries", PURPLE)}
FLOOR = 3.0  # points below the least known network at which the front's chart ends
DECADES = 1.2  # of latency below the budget that the front's chart shows


def front_chart(run: Run) -> "go.Figure":
    """The front and what could be downloaded, with bars on both axes, measured latencies, budget and answer."""
    import plotly.graph_objects as go

    figure, on_front = go.Figure(_staircase(run.front)), {each.arch_id for each in run.front}
    beside = [each for each in run.published if each.arch_id not in on_front]
    for rows, where, shade in ((beside, ", not on the front", GREY), (run.front, "", None)):
        for (kind, accuracy, latency), group in _by_origin(rows):
            what, colour = KINDS.get(kind, (kind, BLUE))
            label = f"{what}{where}: {accuracy_origin(accuracy).label}, latency {_brief(latency)}"
            symbol = SYMBOLS.get(accuracy_origin(accuracy).kind, "square-open")
            figure.add_trace(_points(group, escape(label), shade or colour, symbol, labels=kind != "found"))
    measured = [each for each in run.front if each.latency_measured_ms is not None]
    if measured:
        figure.add_trace(_measured(measured))
    if run.best is not None:
        figure.add_trace(
            go.Scatter(
                x=[run.best.latency_p50_ms],
                y=[run.best.accuracy],
                mode="markers",
                marker={"symbol": "circle-open", "size": 19, "color": RED, "line": {"width": 2}},
                name="chosen network",
                hoverinfo="skip",
            )
        )
    score = score_of((*run.front, *run.published))
    lay_out(figure, f"latency on {escape(run.settings.device or 'the device')}, ms", f"{escape(score)}, %")
    shown = [each for each in (*run.front, *run.published) if _is_shown(each, run)]
    latency_axis(figure, [each.latency_p50_ms for each in shown])
    if run.budget_ms is not None:
        add_budget_line(figure, run.budget_ms)
    if shown and len(shown) < len({*on_front, *(each.arch_id for each in run.published)}):
        floor = max(_floor(run), min(each.accuracy_low or each.accuracy for each in shown) - 1)
        _zoom(figure, shown, floor=floor, budget_ms=run.budget_ms)
    return figure


def _staircase(front: Sequence[NetworkRow]) -> list["go.Scatter"]:
    """What can be counted on at a latency, as a line: known accuracies, and the lower ends of expected ones."""
    import numpy as np
    import plotly.graph_objects as go

    ordered = sorted(front, key=lambda each: each.latency_p50_ms)
    line = {"shape": "hv", "color": GREY, "width": 1, "dash": "dot"}
    counted = [100 - each.judged_error if each.judged_error is not None else 0.0 for each in ordered]
    x, y = [each.latency_p50_ms for each in ordered], np.maximum.accumulate(counted).tolist() if counted else []
    return [go.Scatter(x=x, y=y, mode="lines", line=line, name="can be counted on", hoverinfo="skip")]


def _is_shown(network: NetworkRow, run: Run) -> bool:
    """Whether a network is near enough to the budget, and good enough, for the chart's first view."""
    least_ms = run.budget_ms / 10**DECADES if run.budget_ms is not None else 0.0
    most_ms = 1.5 * run.budget_ms if run.budget_ms is not None else math.inf
    near = least_ms <= network.latency_p50_ms <= most_ms
    nothing_near = not any(least_ms <= each.latency_p50_ms <= most_ms for each in run.front)
    return (near or nothing_near) and network.accuracy >= _floor(run)


def _brief(latency: str) -> str:
    """One word for the legend, which has to fit a phone."""
    origin = latency_origin(latency)
    return origin.label if origin.kind == "unknown" else origin.kind


def _zoom(figure: "go.Figure", shown: Sequence[NetworkRow], *, floor: float, budget_ms: float | None) -> None:
    top = max(each.accuracy_high or each.accuracy for each in shown)
    left = min(each.latency_low_ms or each.latency_p50_ms for each in shown)
    right = max(budget_ms or 0.0, *(each.latency_high_ms or each.latency_p50_ms for each in shown))
    figure.update_yaxes(range=[floor, top + 1])
    figure.update_xaxes(range=[math.log10(left * 0.9), math.log10(right * 1.1)])


def hidden_below(run: Run) -> int:
    """How many of the front lie outside the chart: the fastest corners would squeeze everything else into a line."""
    return sum(not _is_shown(each, run) for each in run.front)


def _floor(run: Run) -> float:
    if not run.published:
        return -math.inf
    best = run.best.accuracy if run.best else math.inf
    return min(best, *(each.accuracy_low or each.accuracy for each in run.published)) - FLOOR


def _by_origin(rows: Iterable[NetworkRow]) -> list[tuple[tuple[str, str, str], list[NetworkRow]]]:
    def origin(each: NetworkRow) -> tuple[str, str, str]:
        return each.kind, each.accuracy_origin, each.latency_basis

    return [(key, list(group)) for key, group in groupby(sorted(rows, key=origin), key=origin)]


def _points(rows: Sequence[NetworkRow], name: str, colour: str, symbol: str, *, labels: bool) -> "go.Scatter":
    import plotly.graph_objects as go

    return go.Scatter(
        x=[each.latency_p50_ms for each in rows],
        y=[each.accuracy for each in rows],
        error_x=error_bars(
            [(each.latency_p50_ms, each.latency_low_ms, each.latency_high_ms) for each in rows], colour
        ),
        error_y=error_bars([(each.accuracy, each.accuracy_low, each.accuracy_high) for each in rows], colour),
        mode="markers+text" if labels else "markers",
        text=[short_name(each) for each in rows] if labels else None,
        textposition="bottom right",
        textfont={"size": 10, "color": colour},
        marker={"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1.5}},
        name=name,
        customdata=[each.arch_id for each in rows],
        hovertext=[hover(each) for each in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def short_name(network: NetworkRow) -> str:
    """A published model's name without its family, which fits beside a point."""
    return escape(network.name.removeprefix("mit-").removeprefix("msra-"))


def _measured(rows: Sequence[NetworkRow]) -> "go.Scatter":
    import plotly.graph_objects as go

    return go.Scatter(
        x=[each.latency_measured_ms for each in rows],
        y=[each.accuracy for each in rows],
        mode="markers",
        marker={"symbol": "x", "size": 7, "color": ORANGE},
        name="front: latency measured",
        customdata=[each.arch_id for each in rows],
        text=[hover(each) for each in rows],
        hovertemplate="%{text}<extra></extra>",
    )


def error_bars(values: Sequence[tuple[float, float | None, float | None]], colour: str) -> dict[str, Any]:
    """Error bars from value, low and high; an end that the run does not hold gets none."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [0.0 if high is None else max(0.0, high - value) for value, _, high in values],
        "arrayminus": [0.0 if low is None else max(0.0, value - low) for value, low, _ in values],
        "color": FAINT[colour].format(0.4 if len(values) <= MANY else 0.15),
        "thickness": 1,
        "width": 2,
    }


def add_budget_line(figure: "go.Figure", budget_ms: float) -> None:
    """A dashed line at the budget, on a logarithmic axis."""
    line = {"color": RED, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", x0=budget_ms, x1=budget_ms, y0=0, y1=1, yref="paper", line=line)
    figure.add_annotation(
        x=math.log10(budget_ms),  # annotations on a logarithmic axis are placed by exponent, shapes by value
        y=0,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        text=f"budget {budget_ms:g} ms",
        showarrow=False,
        font={"color": RED},
    )


def hypervolume_chart(run: Run, trials: Trials) -> "go.Figure":
    """Hypervolume over trials as steps, beside that of the published models alone."""
    import numpy as np
    import plotly.graph_objects as go

    found = growth(trials, budget_ms=run.budget_ms)
    figure = go.Figure(
        go.Scatter(
            x=found.trial,
            y=found.share,
            mode="lines",
            line={"shape": "hv", "color": BLUE, "width": 2},
            name="search",
            hovertemplate="trial %{x}: %{y:.3f} %<extra></extra>",
        )
    )
    settled = [share for at, share in zip(found.trial, found.share, strict=True) if at > 0.02 * trials.count]
    points = [(each.judged_error, each.latency_high_ms) for each in run.published]
    known = np.array([point for point in points if None not in point], dtype=float)
    if len(known) and found.trial:
        share = share_of(known, found.reference)
        settled.append(share)
        figure.add_trace(
            go.Scatter(
                x=[1, trials.count],
                y=[share, share],
                mode="lines",
                line={"color": GREY, "dash": "dot", "width": 2},
                name="published models alone",
                hovertemplate="published models alone: %{y:.3f} %<extra></extra>",
            )
        )
    lay_out(figure, "trials", "hypervolume, %")
    if settled:  # the steep beginning would flatten everything after it
        margin = max(0.1 * (max(settled) - min(settled)), 0.1)
        figure.update_yaxes(range=[min(settled) - margin, max(settled) + margin])
    return figure


def preference_chart(preference: Preference) -> "go.Figure":
    """Stacked bars: the share of the front that makes each choice, by level."""
    import plotly.graph_objects as go

    levels = list(preference.counts)[::-1]  # the first level on top
    totals = {level: preference.counts[level].total() for level in levels}
    bars = [
        go.Bar(
            y=[f"stride {level}" for level in levels],
            x=[100 * preference.counts[level][choice] / totals[level] for level in levels],
            customdata=[[preference.counts[level][choice], totals[level]] for level in levels],
            orientation="h",
            name=escape(choice),
            marker={"color": colour},
            hovertemplate=f"%{{y}}, {escape(choice)}: %{{customdata[0]}} of %{{customdata[1]}}<extra></extra>",
        )
        for choice, colour in zip(preference.choices, _colours(preference.choices), strict=True)
    ]
    figure = go.Figure(bars)
    lay_out(figure, "share of the networks, %", "")
    figure.update_layout(barmode="stack", hovermode="closest", legend={"traceorder": "normal"}, bargap=0.3)
    # on a phone the legend may take a line for each choice
    figure.update_layout(height=130 + 44 * len(levels) + 14 * len(preference.choices))
    figure.update_xaxes(range=[0, 100])
    return figure


def _colours(choices: Sequence[str]) -> list[str]:
    """A scale for numbers, separate colours for words, grey for nothing."""
    from plotly.colors import sample_colorscale

    words = {
        **dict(zip(ATTENTION, cycle((BLUE, ORANGE, GREEN, PURPLE, YELLOW, RED)), strict=False)),
        "none": GREY,
        "raw tokens only": GREY,
        ABSENT: "rgba(139,144,152,.3)",
    }
    spare = iter([GREEN, PURPLE, YELLOW, RED] * len(choices))
    numbers = [choice for choice in choices if choice[0].isdigit()]
    steps = [0.2 + 0.7 * index / max(1, len(numbers) - 1) for index in range(len(numbers))]
    scale = dict(zip(numbers, sample_colorscale("Viridis", steps), strict=True)) if numbers else {}
    return [scale.get(choice) or words.get(choice) or next(spare) for choice in choices]


def block_chart(blocks: Explanation) -> "go.Figure":
    """Milliseconds by block, equal neighbours in one bar, first block on top."""
    import plotly.graph_objects as go

    rows = merge_blocks(blocks)
    figure = go.Figure(
        go.Bar(
            y=[escape(name if count == 1 else f"{name} x {count}") for name, count, _ in rows][::-1],
            x=[ms for _, _, ms in rows][::-1],
            orientation="h",
            marker={"color": BLUE},
            hovertemplate="%{y}: %{x:.4g} ms<extra></extra>",
        )
    )
    lay_out(figure, "predicted latency, ms", "")
    figure.update_yaxes(automargin=True)
    figure.update_layout(showlegend=False, hovermode="closest", height=110 + 26 * len(rows))
    return figure


def merge_blocks(blocks: Explanation) -> list[tuple[str, int, float]]:
    """(name, how many, ms) of each run of equal blocks, and what is fixed at the end."""
    rows: list[tuple[str, int, float]] = []
    for each in blocks.operators:
        name = _block_name(each.path, each.kind)
        if rows and rows[-1][0] == name:
            rows[-1] = (name, rows[-1][1] + 1, rows[-1][2] + each.latency_ms)
        else:
            rows.append((name, 1, each.latency_ms))
    return [*rows, ("fixed", 1, blocks.fixed_ms)]


def _block_name(path: str, kind: str) -> str:
    """`levels.32.blocks.1` and `sandwich` as `32 sandwich`, short enough for a phone."""
    place = path.partition(".blocks.")[0].removeprefix("levels.")
    if place.endswith(".downsample"):
        return place.replace(".", " ")
    return kind if place == "head" else f"{place} {kind}"


def latency_axis(figure: "go.Figure", values: Sequence[float]) -> None:
    """A logarithmic axis whose labels suit the span of `values`, in ms."""
    decades = math.log10(max(values) / min(values)) if values else 1.0
    # D1: label each digit, D2: 2 and 5; the format writes them out, 0.05 rather than 5
    dtick = "D1" if decades < 0.4 else "D2" if decades < 2.3 else 1
    figure.update_xaxes(type="log", dtick=dtick, tickformat="~g")


def lay_out(figure: "go.Figure", x_title: str, y_title: str) -> None:
    """What all charts share; colours follow the page."""
    import plotly.graph_objects as go

    figure.update_layout(
        template=go.layout.Template(),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 52, "r": 14, "t": 30, "b": 48},
        height=420,
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "xanchor": "left"},
        xaxis={"title": {"text": x_title}, "automargin": True},
        yaxis={"title": {"text": y_title}, "automargin": True},
    )
