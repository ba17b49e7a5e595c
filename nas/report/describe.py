"""Networks in words and in plain values for the page; every text for Plotly is escaped here."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from nas.report.origins import accuracy_origin, latency_origin
from nas.runs import NetworkRow
from nas.words import attention_words
from search_space import ArchConfig, LevelConfig
from search_space.parts import settings_in_words


def hover(network: NetworkRow) -> str:
    """What hovering over a network shows, as the little HTML that Plotly draws."""
    accuracy, latency = accuracy_origin(network.accuracy_origin), latency_origin(network.latency_basis)
    lines = [
        f"<b>{escape(network.name)}</b> {network.arch_id}" + _kind(network),
        f"accuracy {network.accuracy:.2f} %{_between(network.accuracy_low, network.accuracy_high, '.2f')}, "
        f"{escape(accuracy.label)}" + (", extrapolated" if network.accuracy_extrapolated else ""),
        f"latency {network.latency_p50_ms:.3g} ms{_between(network.latency_low_ms, network.latency_high_ms, '.3g')}, "
        f"{escape(latency.label)}" + (", extrapolated" if network.latency_extrapolated else ""),
    ]
    if network.latency_measured_ms is not None:
        lines.append(f"measured {network.latency_measured_ms:.3g} ms")
    if network.parameters is not None and network.macs is not None:
        size = f", {escape(network.resolution)} px" if network.resolution else ""
        lines.append(f"{network.parameters / 1e6:.2f} M parameters, {network.macs / 1e6:,.0f} MMACs{size}")
    if network.arch is not None:
        lines += [f"stride {level.stride}: {escape(level_words(level))}" for level in network.arch.levels]
    elif network.attention_types:
        lines.append(f"attention {escape(network.attention_types)}")
    return "<br>".join(lines)


def _kind(network: NetworkRow) -> str:
    return {"published": " (published)", "rival": " (another library)"}.get(network.kind, "")


def level_words(level: LevelConfig) -> str:
    """One level in a few words: `2 x evit, width 128, linear attention, 8 heads x 16, scales 5`."""
    blocks = f"{level.depth} x {block_types(level)}" if level.depth else f"{level.downsample.type} only"
    return ", ".join([blocks, f"width {level.width}", *([attention_words(level)] if level.attention else [])])


def block_types(level: LevelConfig) -> str:
    """The types of the blocks that a level repeats: `evit`."""
    return "+".join(block.type for block in level.blocks)


def details(network: NetworkRow) -> dict[str, Any]:
    """What clicking on a network opens: facts as pairs, levels as rows, the architecture's JSON."""
    facts = [
        ("architecture", network.arch_id),
        (f"accuracy ({accuracy_origin(network.accuracy_origin).label})", _percent(network)),
        (f"latency ({latency_origin(network.latency_basis).label})", _latency(network)),
    ]
    if network.latency_measured_ms is not None:
        facts.append(("latency (measured)", f"{network.latency_measured_ms:.4g} ms"))
    for name, value in (("parameters", network.parameters), ("MACs", network.macs)):
        if value is not None:
            facts.append((name, f"{value:,.0f}"))
    facts += [(name, value) for name, value in (("input, px", network.resolution),) if value]
    facts += [
        (name, value)
        for name, value in (
            ("score from", network.source),
            ("weights", network.weights),
            ("training", network.remark),
        )
        if value
    ]
    facts += [(name, str(value)) for name, value in network.extra.items()]
    arch = network.arch
    return {
        "name": network.name,
        "facts": facts,
        "levels": [_level(level) for level in arch.levels] if arch else [],
        "head": _head(arch) if arch else "",
        "json": json.loads(arch.to_json()) if arch else None,
    }


def _percent(network: NetworkRow) -> str:
    ends = _between(network.accuracy_low, network.accuracy_high, ".2f")
    return f"{network.accuracy:.2f} %{ends}" + (", extrapolated" if network.accuracy_extrapolated else "")


def _latency(network: NetworkRow) -> str:
    ends = _between(network.latency_low_ms, network.latency_high_ms, ".4g")
    return f"{network.latency_p50_ms:.4g} ms{ends}" + (", extrapolated" if network.latency_extrapolated else "")


def _between(low: float | None, high: float | None, spec: str) -> str:
    return "" if low is None or high is None else f" ({low:{spec}} to {high:{spec}})"


def _level(level: LevelConfig) -> list[str]:
    blocks = f"{level.depth} x {block_types(level)}" if level.depth else "none"
    settings = [text for block in level.blocks for text in settings_in_words(block)]
    attention = attention_words(level)
    return [str(level.stride), level.downsample.type, str(level.width), ", ".join([blocks, *settings]), attention]


def _head(arch: ArchConfig) -> str:
    if arch.head is None:
        return "no head"
    values: Mapping[str, Any] = json.loads(arch.to_json())["head"]
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
