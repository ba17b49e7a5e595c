"""Parts of the charts that figures are told by: bars, axes, names of blocks, shares."""

from collections import Counter

import pytest

from nas.report.charts import BLUE, MANY, block_chart, error_bars, latency_axis, merge_blocks, preference_chart
from nas.report.preferences import Preference
from nas.runs import Explanation
from nas.runs.blocks import OperatorLatency


def operator(path: str, kind: str, ms: float) -> OperatorLatency:
    return OperatorLatency(path=path, kind=kind, latency_ms=ms, share=0.0)


BLOCKS = Explanation(
    operators=(
        operator("levels.2.downsample", "conv", 0.5),
        operator("levels.2.blocks.0", "dsconv", 1.0),
        operator("levels.2.blocks.1", "dsconv", 2.0),
        operator("levels.4.blocks.0", "dsconv", 4.0),
        operator("head", "linear head", 0.25),
    ),
    fixed_ms=0.125,
    by_kind={},
    closest=(),
)


def test_bars_reach_to_the_ends_that_are_known() -> None:
    found = error_bars([(5.0, 4.0, 7.0), (5.0, None, None), (5.0, 6.0, 4.0)], BLUE)
    assert (found["array"], found["arrayminus"]) == ([2.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    assert found["color"] == "rgba(57,135,214,0.4)"
    assert error_bars([(5.0, 4.0, 7.0)] * (MANY + 1), BLUE)["color"] == "rgba(57,135,214,0.15)"


@pytest.mark.parametrize(
    ("values", "dtick"), [([1.0, 2.0], "D1"), ([1.0, 100.0], "D2"), ([1.0, 1000.0], 1), ([], "D2")]
)
def test_labels_of_the_latency_suit_its_span(values: list[float], dtick: str | int) -> None:
    import plotly.graph_objects as go

    figure = go.Figure()
    latency_axis(figure, values)
    assert (figure.layout.xaxis.type, figure.layout.xaxis.dtick) == ("log", dtick)


def test_equal_neighbours_are_one_bar() -> None:
    assert merge_blocks(BLOCKS) == [
        ("2 downsample", 1, 0.5),
        ("2 dsconv", 2, 3.0),
        ("4 dsconv", 1, 4.0),
        ("linear head", 1, 0.25),
        ("fixed", 1, 0.125),
    ]


def test_the_first_block_is_on_top() -> None:
    (bars,) = block_chart(BLOCKS).data
    assert list(bars.y) == ["fixed", "linear head", "4 dsconv", "2 dsconv x 2", "2 downsample"]
    assert sum(bars.x) == 7.875


def test_shares_of_a_level_add_up_to_the_whole() -> None:
    counts = {8: Counter({"3": 3, "5": 1}), 16: Counter({"5": 4})}
    figure = preference_chart(Preference(title="kernels", networks=4, counts=counts))
    found = {bar.name: dict(zip(bar.y, bar.x, strict=True)) for bar in figure.data}
    assert found == {"3": {"stride 8": 75.0, "stride 16": 0.0}, "5": {"stride 8": 25.0, "stride 16": 100.0}}
    assert list(figure.data[0].y) == ["stride 16", "stride 8"]  # drawn from below
    assert len({bar.marker.color for bar in figure.data}) == 2
