"""Where the latency of an architecture goes: bars per block, what dominates, the closest measured networks."""

from typing import Any

from nas.commands.console import plain_table, stdout, tell
from nas.units import about_ms
from predictors import LatencyPredictor
from search_space import ArchConfig, operators

BAR = 28  # characters of the longest bar: with it a line has 80 at most


def explain(predictor: LatencyPredictor, arch: ArchConfig) -> dict[str, Any]:
    """Blocks with their milliseconds and shares of the median, what is fixed, kinds by weight, networks alike."""
    p50 = float(predictor.predict([arch], confidence=0.5).p50_ms[0])
    found = [
        (path, op, float(ms)) for (path, op), ms in zip(operators(arch), predictor.operator_ms(arch), strict=True)
    ]
    kinds: dict[str, float] = {}
    for _, op, ms in found:
        kind = op.kind if op.attention is None else f"{op.kind} with {op.attention.type} attention"
        kinds[kind] = kinds.get(kind, 0.0) + ms / p50
    return {
        "operators": [
            {"path": path, "kind": op.kind, "latency_ms": round(ms, 6), "share": round(ms / p50, 4)}
            for path, op, ms in found
        ],
        "fixed_ms": round(p50 - sum(ms for _, _, ms in found), 6),
        "by_kind": {kind: round(share, 4) for kind, share in sorted(kinds.items(), key=lambda item: -item[1])},
        "closest": [{"name": name, "latency_ms": ms} for name, ms in predictor.closest(arch)],
    }


def print_explanation(latency: dict[str, Any]) -> None:
    """Bars, equal blocks of a level in one line."""
    rows: list[tuple[str, int, float]] = []
    for each in latency["operators"]:
        path = each["path"].partition(".blocks.")[0]
        kind = each["kind"].removesuffix("_downsample").replace("_", " ")
        name = f"{path.removeprefix('levels.')} {kind}" if path != "head" else kind
        if rows and rows[-1][0] == name:
            rows[-1] = (name, rows[-1][1] + 1, rows[-1][2] + each["latency_ms"])
        else:
            rows.append((name, 1, each["latency_ms"]))
    rows.append(("fixed", 1, latency["fixed_ms"]))
    most = max(max(ms for _, _, ms in rows), 1e-12)
    tell(f"latency on {latency['device']} by block:")
    text = ("stride, block", "")
    table = plain_table(text[0], "times", "latency", "share", text[1], text=text, wrapped=text[:1])
    for name, count, ms in rows:
        share, bar = ms / max(latency["p50_ms"], 1e-12), "█" * max(round(BAR * ms / most), 0)
        table.add_row(name, str(count), about_ms(ms) if ms > 0 else "0", f"{share:.0%}", bar)
    stdout.print(table)
    kind, share = next(iter(latency["by_kind"].items()))
    tell(f"most of it: {kind.replace('_', ' ')}, {share:.0%}")
    if latency["closest"]:
        names = ", ".join(f"{each['name']} ({about_ms(each['latency_ms'])})" for each in latency["closest"])
        tell(f"most like it among the measured: {names}")
