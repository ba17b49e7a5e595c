"""Tables of networks on screen, made for 80 columns."""

from collections.abc import Sequence

from rich.table import Table

from nas.cli.console import plain_table
from nas.runs import KNOWN_ORIGINS, METRIC, Compared, ComparisonRow, NetworkRow, metric_of
from nas.search.objectives import OBJECTIVES
from nas.search.objectives.objective import Objective
from nas.search.results import ORIGINS
from nas.units import rounded

ROWS = 8  # of the front around the answer, so that all fits a screen of 25 lines
APART = 0.05  # share of the latency by which two expected networks differ to be worth two rows
ORIGIN_WORDS = {"measured": "measured", "published": "published", "predicted": "predicted", "prior": "expected"}


def answer_rows(rows: Sequence[NetworkRow], best: str) -> list[NetworkRow]:
    """The answer and those nearest below it in latency, so nearest to the budget; slowest first.

    Of expected networks that are nearly as fast as the row above, the row above says enough.
    """
    ordered = sorted(rows, key=lambda row: -_high(row))
    place = next(index for index, row in enumerate(ordered) if row.arch_id == best)
    shown = [ordered[place]]
    for row in ordered[place + 1 :]:
        is_near = row.latency_p50_ms > (1 - APART) * shown[-1].latency_p50_ms
        if row.accuracy_origin in KNOWN_ORIGINS or not is_near:
            shown.append(row)
    return shown[:ROWS]


def front_table(rows: Sequence[NetworkRow], title: str, count: int, *, costs: Sequence[Objective] = ()) -> Table:
    """Networks with their accuracy, latency and the `costs` that were asked for, otherwise their parameters.

    What is not exact says what it is.
    """
    measured = any(row.latency_measured_ms is not None for row in rows)
    shown, costs = ("measured",) if measured else (), costs or (OBJECTIVES["params"],)
    headings = ("name", f"{metric_of(rows)} %", "", "ms", "at most", *shown, *(each.name for each in costs), "px")
    table = plain_table(*headings, text=("name", ""))
    table.title = f"{title} ({len(rows)} of {count})" if len(rows) < count else title
    for row in rows:
        found, (p50, _, high) = row.latency_measured_ms, _ends(row)
        table.add_row(
            short_name(row.name),
            score_text(row),
            ORIGIN_WORDS.get(row.accuracy_origin, row.accuracy_origin) + "*" * row.accuracy_extrapolated,
            p50 + ("*" if row.latency_extrapolated else ""),
            high,
            *([f"{found:.3g}" if found is not None else ""] if measured else []),
            *(cost_text(row, each) for each in costs),
            row.resolution.split("x")[0],
        )
    origins = dict.fromkeys(ORIGINS[row.latency_origin] for row in rows if row.latency_measured_ms is None)
    notes = [f"latency {' or '.join(origins)}"] if origins else []
    if any(row.latency_extrapolated or row.accuracy_extrapolated for row in rows):
        notes.append("* extrapolated, interval widened")
    table.caption, table.title_justify, table.caption_justify = "; ".join(notes), "left", "left"
    return table


def cost_text(row: NetworkRow, cost: Objective) -> str:
    """What a network costs, with its unit; empty where it was never counted."""
    value = row.cost(cost.column)
    return "" if value is None else cost.shown(value)


def _ends(row: NetworkRow) -> tuple[str, str, str]:
    """Median and ends in ms, with the digits that the interval allows."""
    low = row.latency_p50_ms if row.latency_low_ms is None else row.latency_low_ms
    return rounded(row.latency_p50_ms, low, _high(row))


def _high(row: NetworkRow) -> float:
    return row.latency_p50_ms if row.latency_high_ms is None else row.latency_high_ms


def short_name(name: str) -> str:
    """A name without the training recipe that timm puts behind a dot."""
    return name.partition(".")[0] if len(name) > 24 else name


def score_text(row: NetworkRow) -> str:
    """A score, with its interval where it has one, with no more digits than that carries."""
    value, low, high = row.accuracy, row.accuracy_low, row.accuracy_high
    if low is None or high is None or high == low:
        return f"{value:.2f}"
    digits = 1 if high - low < 10 else 0
    return f"{value:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def comparison_table(rows: Sequence[ComparisonRow], metric: str = METRIC) -> Table:
    """One line for each published network and the best network found that is no slower at the median.

    Accuracies are by that `metric`.
    """
    text = ("published", "found", "verdict")
    table = plain_table(
        "published", metric, "ms", "found", f"{metric} ", "ms ", "points", "verdict", text=text, wrapped=text[2:]
    )
    table.title = "the best found that is no slower at the median"
    for row in rows:
        model = (short_name(row.name), f"{row.published.accuracy:.1f}", _ms(row.published))
        if row.gain is None:
            table.add_row(*model, "", "", "", "", _brief(row))
            continue
        found = row.gain.found
        sides = (found.arch_id[:8], f"{found.accuracy:.1f}", _ms(found))
        table.add_row(*model, *sides, f"{row.gain.points:+.1f}", _brief(row))
    table.caption = "gain, loss: by more than the noise of both accuracies; tie: cannot be told apart"
    sides_of = [side for row in rows for side in (row.published, row.gain and row.gain.found) if side]
    if any(side.latency_extrapolated for side in sides_of):
        table.caption += "; * extrapolated"
    table.title_justify = table.caption_justify = "left"
    return table


def _brief(row: ComparisonRow) -> str:
    """The verdict in few enough words for a column."""
    words = row.verdict.replace("cannot be told apart", "tie")
    return words.replace("over the budget or a limit", "over a limit")


def _ms(side: Compared) -> str:
    return f"{side.latency_p50_ms:.3g}" + "*" * side.latency_extrapolated
