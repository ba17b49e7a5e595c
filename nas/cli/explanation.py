"""Where the latency of an architecture goes: bars per block, what dominates, the closest measured networks."""

from nas.cli.console import plain_table, stdout, tell
from nas.runs import Explanation
from nas.units import about_ms

BAR = 28  # characters of the longest bar: with it a line has 80 at most


def print_explanation(explanation: Explanation, device: str, p50_ms: float) -> None:
    """Bars, equal blocks of a level in one line."""
    rows = bars(explanation)
    most = max(max(ms for _, _, ms in rows), 1e-12)
    tell(f"latency on {device} by block:")
    text = ("stride, block", "")
    table = plain_table(text[0], "times", "latency", "share", text[1], text=text, wrapped=text[:1])
    for name, count, ms in rows:
        share, bar = ms / max(p50_ms, 1e-12), "█" * max(round(BAR * ms / most), 0)
        table.add_row(name, str(count), about_ms(ms) if ms > 0 else "0", f"{share:.0%}", bar)
    stdout.print(table)
    kind, share = next(iter(explanation.by_kind.items()))
    tell(f"most of it: {kind.replace('_', ' ')}, {share:.0%}")
    if explanation.closest:
        names = ", ".join(f"{name} ({about_ms(ms)})" for name, ms in explanation.closest)
        tell(f"most like it among the measured: {names}")


def bars(explanation: Explanation) -> list[tuple[str, int, float]]:
    """Name, how many and ms of each run of equal blocks, and what is fixed at the end."""
    rows: list[tuple[str, int, float]] = []
    for each in explanation.operators:
        path = each.path.partition(".blocks.")[0]
        kind = each.kind.removesuffix("_downsample").replace("_", " ")
        name = f"{path.removeprefix('levels.')} {kind}" if path != "head" else kind
        if rows and rows[-1][0] == name:
            rows[-1] = (name, rows[-1][1] + 1, rows[-1][2] + each.latency_ms)
        else:
            rows.append((name, 1, each.latency_ms))
    return [*rows, ("fixed", 1, explanation.fixed_ms)]
