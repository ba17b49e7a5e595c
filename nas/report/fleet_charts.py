"""One chart per device of a fleet: its front, the published models on it, and the networks that devices share."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from nas.report.charts import BLUE, GREEN, GREY, RED, add_budget_line, latency_axis, lay_out, short_name
from nas.report.describe import hover
from nas.report.fleet import ShownDevice, ShownFleet, judged_error
from nas.runs import NetworkRow, score_of

if TYPE_CHECKING:
    import plotly.graph_objects as go


def device_chart(fleet: ShownFleet, index: int, published: Sequence[NetworkRow]) -> "go.Figure":
    """Accuracy over the upper end of the latency on that device."""
    import plotly.graph_objects as go

    target = fleet.devices[index]
    on_device = [(each, ms) for each in published if (ms := fleet.high_ms(each, index)) is not None]
    on_front = [(each, ms) for each in target.front if (ms := fleet.high_ms(each, index)) is not None]
    figure = go.Figure([_points(on_device, "published", GREY, "square-open", labels=True)] if on_device else [])
    figure.add_trace(_points(on_front, "front of this device", BLUE, "circle-open"))
    for networks, name, colour, size in _shared(fleet, target):
        marked = [(each, ms) for each in networks if (ms := fleet.high_ms(each, index)) is not None]
        figure.add_trace(_rings(marked, name, colour, size))
    score = score_of([*target.front, *published])
    lay_out(figure, f"latency on {escape(target.device)} at most, ms", f"{escape(score)}, %")
    latency_axis(figure, [ms for _, ms in (*on_device, *on_front)])
    add_budget_line(figure, target.budget_ms)
    floor = min((each.accuracy for each, _ in on_device), default=None)
    if floor is not None and on_front:
        top = max(each.accuracy for each, _ in (*on_device, *on_front))
        figure.update_yaxes(range=[floor - 3, top + 2])
    return figure


def _shared(fleet: ShownFleet, target: ShownDevice) -> list[tuple[list[NetworkRow], str, str, int]]:
    """Networks to ring: the device's own best, and the best single one for all devices."""
    rings = []
    if target.front:
        best = min(target.front, key=judged_error)
        rings.append(([best], "best of this device alone", GREEN, 15))
    if fleet.sharing:
        rings.append((list(fleet.sharing[0][0]), "best single network for all", RED, 20))
    return rings


def _points(
    rows: Sequence[tuple[NetworkRow, float]], name: str, colour: str, symbol: str, *, labels: bool = False
) -> "go.Scatter":
    import plotly.graph_objects as go

    return go.Scatter(
        x=[ms for _, ms in rows],
        y=[each.accuracy for each, _ in rows],
        mode="markers+text" if labels else "markers",
        text=[short_name(each) for each, _ in rows] if labels else None,
        textposition="bottom right",
        textfont={"size": 10, "color": colour},
        marker={"symbol": symbol, "size": 8, "color": colour, "line": {"width": 1.5}},
        name=name,
        customdata=[each.arch_id for each, _ in rows],
        hovertext=[f"{hover(each)}<br>on this device at most {ms:.3g} ms" for each, ms in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _rings(rows: Sequence[tuple[NetworkRow, float]], name: str, colour: str, size: int) -> "go.Scatter":
    import plotly.graph_objects as go

    return go.Scatter(
        x=[ms for _, ms in rows],
        y=[each.accuracy for each, _ in rows],
        mode="markers",
        marker={"symbol": "circle-open", "size": size, "color": colour, "line": {"width": 2}},
        name=name,
        hoverinfo="skip",
    )
