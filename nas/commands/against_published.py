"""Found against published, on screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from nas.search.against_published import verdict


def comparison_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One line for each published model and the best network found that is no slower."""
    table = Table(title="the best found that is no slower than each published model", title_justify="left")
    for heading in ("published", "top-1 %", "at most, ms", "found", "top-1 %", "at most, ms", "points"):
        table.add_column(heading, justify="left" if heading in ("published", "found") else "right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in rows:
        model = (row["published"], f"{row['published_accuracy']:.1f}", _at_most(row, "published"))
        if row["found"] is None:
            table.add_row(*model, "", "", "", "", verdict(row))
            continue
        found = (row["found"][:8], f"{row['found_accuracy']:.1f}", _at_most(row, "found"))
        table.add_row(*model, *found, f"{row['gain_points']:+.1f}", verdict(row))
    table.caption = "gain: more than the noise of both accuracies"
    if any(row["published_latency_extrapolated"] for row in rows):
        table.caption += "; * extrapolated: wide upper ends, so room for slower networks"
    table.caption_justify = "left"
    return table


def _at_most(row: Mapping[str, Any], what: str) -> str:
    return f"{row[f'{what}_latency_high_ms']:.3g}" + ("*" if row[f"{what}_latency_extrapolated"] else "")
