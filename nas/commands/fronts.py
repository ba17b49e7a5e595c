"""Tables of networks on screen, made for 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from nas.commands.console import plain_table
from nas.search.against_published import verdict
from nas.search.judge import KNOWN_ORIGINS
from nas.search.objectives import OBJECTIVES
from nas.search.objectives.objective import Objective
from nas.search.results import ORIGINS
from nas.units import rounded

ROWS = 8  # of the front around the answer, so that all fits a screen of 25 lines
APART = 0.05  # share of the latency by which two expected networks differ to be worth two rows
ORIGIN_WORDS = {"measured": "measured", "published": "published", "predicted": "predicted", "prior": "expected"}


def answer_rows(rows: Sequence[Mapping[str, Any]], best: str) -> list[Mapping[str, Any]]:
    """The answer and those nearest below it in latency, so nearest to the budget; slowest first.

    Of expected networks that are nearly as fast as the row above, the row above says enough.
    """
    ordered = sorted(rows, key=lambda row: -float(row["latency_high_ms"]))
    place = next(index for index, row in enumerate(ordered) if row["arch_id"] == best)
    shown = [ordered[place]]
    for row in ordered[place + 1 :]:
        is_near = row["latency_p50_ms"] > (1 - APART) * shown[-1]["latency_p50_ms"]
        if row["accuracy_origin"] in KNOWN_ORIGINS or not is_near:
            shown.append(row)
    return shown[:ROWS]


def front_table(
    rows: Sequence[Mapping[str, Any]], title: str, count: int, *, costs: Sequence[Objective] = ()
) -> Table:
    """Networks with their accuracy, latency and the `costs` that were asked for, otherwise their parameters.

    What is not exact says what it is.
    """
    measured = any(row["latency_measured_ms"] is not None for row in rows)
    shown, costs = ("measured",) if measured else (), costs or (OBJECTIVES["params"],)
    names = [each.name for each in costs]
    table = plain_table("name", "top-1 %", "", "ms", "at most", *shown, *names, "px", text=("name", ""))
    table.title = f"{title} ({len(rows)} of {count})" if len(rows) < count else title
    for row in rows:
        found, (p50, _, high) = row["latency_measured_ms"], _ends(row)
        table.add_row(
            short_name(row["name"]),
            score_text(row),
            ORIGIN_WORDS.get(row["accuracy_origin"], row["accuracy_origin"]) + "*" * row["accuracy_extrapolated"],
            p50 + ("*" if row["latency_extrapolated"] else ""),
            high,
            *([f"{found:.3g}" if found is not None else ""] if measured else []),
            *(cost_text(row, each) for each in costs),
            row["resolution"].split("x")[0],
        )
    origins = dict.fromkeys(ORIGINS[row["latency_origin"]] for row in rows if row["latency_measured_ms"] is None)
    notes = [f"latency {' or '.join(origins)}"] if origins else []
    if any(row["latency_extrapolated"] or row["accuracy_extrapolated"] for row in rows):
        notes.append("* extrapolated, interval widened")
    table.caption, table.title_justify, table.caption_justify = "; ".join(notes), "left", "left"
    return table


def cost_text(row: Mapping[str, Any], cost: Objective) -> str:
    """What a network costs, with its unit; empty where it was never counted."""
    value = row[cost.column]
    return "" if value is None else cost.shown(float(value))


def _ends(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Median and ends in ms, with the digits that the interval allows."""
    p50, low, high = (float(row[f"latency_{end}_ms"]) for end in ("p50", "low", "high"))
    return rounded(p50, low, high)


def short_name(name: str) -> str:
    """A name without the training recipe that timm puts behind a dot."""
    return name.partition(".")[0] if len(name) > 24 else name


def score_text(row: Mapping[str, Any], what: str = "accuracy") -> str:
    """A score, with its interval where it has one, with no more digits than that carries."""
    value, low, high = (float(row[f"{what}{end}"]) for end in ("", "_low", "_high"))
    if high == low:
        return f"{value:.2f}"
    digits = 1 if high - low < 10 else 0
    return f"{value:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def comparison_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One line for each published network and the best network found that is no slower at the median."""
    text = ("published", "found", "verdict")
    table = plain_table(
        "published", "top-1", "ms", "found", "top-1 ", "ms ", "points", "verdict", text=text, wrapped=text[2:]
    )
    table.title = "the best found that is no slower at the median"
    for row in rows:
        model = (short_name(row["published"]), f"{row['published_accuracy']:.1f}", _ms(row, "published"))
        if row["found"] is None:
            table.add_row(*model, "", "", "", "", _brief(row))
            continue
        found = (row["found"][:8], f"{row['found_accuracy']:.1f}", _ms(row, "found"))
        table.add_row(*model, *found, f"{row['gain_points']:+.1f}", _brief(row))
    table.caption = "gain, loss: by more than the noise of both accuracies; tie: cannot be told apart"
    if any(row["published_latency_extrapolated"] or row.get("found_latency_extrapolated") for row in rows):
        table.caption += "; * extrapolated"
    table.title_justify = table.caption_justify = "left"
    return table


def _brief(row: Mapping[str, Any]) -> str:
    """The verdict in few enough words for a column."""
    words = verdict(row).replace("cannot be told apart", "tie")
    return words.replace("over the budget or a limit", "over a limit")


def _ms(row: Mapping[str, Any], what: str) -> str:
    return f"{row[f'{what}_latency_p50_ms']:.3g}" + ("*" if row[f"{what}_latency_extrapolated"] else "")
