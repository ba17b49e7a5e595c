"""Predicted against measured latency and predicted against found accuracy, as Plotly figures."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from nas.report.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    add_budget_line,
    error_bars,
    latency_axis,
    lay_out,
)
from nas.runs import AccuracyCheck, LatencyCheck

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROUNDS = (BLUE, ORANGE, GREEN, PURPLE)


def latency_chart(checks: Sequence[LatencyCheck], *, budget_ms: float | None) -> "go.Figure":
    """Predicted latency with its interval against the measured one, by round; what broke a budget is ringed."""
    import plotly.graph_objects as go

    values = [ms for each in checks for ms in (each.predicted_ms, each.measured_ms)]
    ends = [min(values) * 0.9, max(values) * 1.1]
    figure = go.Figure(_equal(ends))
    numbers = sorted({each.round for each in checks})
    for index, number in enumerate(numbers):
        group = [each for each in checks if each.round == number]
        name = f"round {number}" if number else "network of the front"
        figure.add_trace(_latencies(group, name, ROUNDS[index % len(ROUNDS)]))
    if broke := [each for each in checks if not each.kept]:
        figure.add_trace(
            go.Scatter(
                x=[each.measured_ms for each in broke],
                y=[each.predicted_ms for each in broke],
                mode="markers",
                marker={"symbol": "circle-open", "size": 16, "color": RED, "line": {"width": 2}},
                name="broke a budget or limit",
                hoverinfo="skip",
            )
        )
    lay_out(figure, "measured latency, ms", "predicted latency, ms")
    latency_axis(figure, ends)
    figure.update_yaxes(type="log", dtick=figure.layout.xaxis.dtick, tickformat="~g")
    if budget_ms is not None and ends[0] < budget_ms < 2 * ends[1]:
        add_budget_line(figure, budget_ms)
    return figure


def _latencies(checks: Sequence[LatencyCheck], name: str, colour: str) -> "go.Scatter":
    import plotly.graph_objects as go

    predicted = [(each.predicted_ms, each.predicted_low_ms, each.predicted_high_ms) for each in checks]
    measured = [(each.measured_ms, each.measured_low_ms, each.measured_high_ms) for each in checks]
    return go.Scatter(
        x=[each.measured_ms for each in checks],
        y=[each.predicted_ms for each in checks],
        error_x=error_bars(measured, colour),
        error_y=error_bars(predicted, colour),
        mode="markers",
        marker={"symbol": "circle-open", "size": 8, "color": colour},
        name=name,
        customdata=[each.arch_id for each in checks],
        text=[_latency_hover(each) for each in checks],
        hovertemplate="%{text}<extra></extra>",
    )


def _latency_hover(each: LatencyCheck) -> str:
    lines = [f"<b>{escape(each.arch_id[:8])}</b>" + (f" round {each.round}" if each.round else "")]
    if each.accuracy is not None:
        lines.append(f"accuracy {each.accuracy:.2f} %")
    lines.append(f"predicted {_span(each.predicted_ms, each.predicted_low_ms, each.predicted_high_ms)}")
    lines.append(f"measured {_span(each.measured_ms, each.measured_low_ms, each.measured_high_ms)}")
    return "<br>".join([*lines, *([] if each.kept else ["broke a budget or limit"])])


def _span(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.3g} ms" + ("" if low is None or high is None else f" ({low:.3g} to {high:.3g})")


def accuracy_chart(checks: Sequence[AccuracyCheck]) -> "go.Figure":
    """Accuracy that the model in the loop predicted against what was then found."""
    import plotly.graph_objects as go

    values = [value for each in checks for value in (each.predicted, each.found)]
    margin = max(0.05 * (max(values) - min(values)), 0.1)
    figure = go.Figure(_equal([min(values) - margin, max(values) + margin]))
    figure.add_trace(
        go.Scatter(
            x=[each.found for each in checks],
            y=[each.predicted for each in checks],
            mode="markers",
            marker={"symbol": "circle-open", "size": 8, "color": BLUE},
            name="network chosen by the model",
            customdata=[each.arch_id for each in checks],
            text=[
                f"<b>{escape(each.arch_id[:8])}</b><br>predicted {each.predicted:.2f} %<br>found {each.found:.2f} %"
                for each in checks
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    lay_out(figure, "found accuracy, %", "predicted accuracy, %")
    figure.update_layout(height=340)
    return figure


def _equal(ends: Sequence[float]) -> "go.Scatter":
    import plotly.graph_objects as go

    line: dict[str, Any] = {"color": GREY, "dash": "dot"}
    return go.Scatter(x=ends, y=ends, mode="lines", line=line, name="equal", hoverinfo="skip")
