"""`nas devices`, `nas spaces` and `nas show`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nas.archs import find_arch
from nas.commands.console import plain_table, print_json, stdout, tell, tell_path
from nas.commands.explanation import print_explanation
from nas.descriptions import (
    DescribedArch,
    DescribedDevice,
    DescribedLatency,
    describe_arch,
    described_devices,
    described_spaces,
)
from nas.folders import devices_folder
from nas.units import format_count, format_latency, parse_resolution

if TYPE_CHECKING:
    from rich.table import Table


def devices_command(*, as_json: bool, everything: bool = False) -> None:
    """List devices; `everything` is what they are and how they are measured."""
    found = described_devices()
    if as_json:
        print_json([each.to_json() for each in found])
        return
    stdout.print(_described(found) if everything else _named(found))
    for each in found:
        if each.caution:
            tell(f"{each.name}:")
            tell(each.caution, style="yellow")
    tell_path("add one as a TOML file in", devices_folder())


def _named(found: Sequence[DescribedDevice]) -> "Table":
    """Names and where latencies come from."""
    headings = ("device", "also called", "latencies come from")
    table = plain_table(*headings, text=headings, wrapped=headings[1:])
    for each in found:
        what = "published points" if each.origin == "calibrated" else "networks"
        rows = f" ({each.rows} {what})" if each.rows else ""
        table.add_row(each.name, ", ".join(each.aliases), (each.origin or "nothing yet: nas collect") + rows)
    return table


def _described(found: Sequence[DescribedDevice]) -> "Table":
    """What the devices are and how they are measured."""
    headings = ("device", "what it is", "runtime", "precision")
    table = plain_table(*headings, "batch", text=headings, wrapped=headings[1:2])
    for each in found:
        table.add_row(each.name, each.description, each.runtime, each.precision, str(each.batch))
    return table


def spaces_command(*, as_json: bool) -> None:
    """List spaces."""
    found = described_spaces()
    if as_json:
        print_json([each.to_json() for each in found])
        return
    for each in found:
        low, high = (format_count(macs) for macs in each.macs)
        tell(f"{each.name}: {each.spans}", style="bold")
        lines = {
            "architectures": f"{each.size:.2g}, {len(each.genes)} genes",
            "multiply-adds": f"{low} to {high}",
            "input pixels": ", ".join(map(str, each.resolutions)),
            "supernet": f"{each.supernet_parameters / 1e6:,.0f} M parameters",
            "published members": ", ".join(each.members) or "none",
        }
        for label, text in lines.items():
            tell(f"  {label}: {text}")


def show_command(
    text: str, *, resolution: str | None, device: str | None, confidence: float, space: str, as_json: bool
) -> None:
    """Describe an architecture."""
    arch = find_arch(text)
    if resolution is not None:
        arch = replace(arch, resolution=parse_resolution(resolution))
    found = describe_arch(arch, device=device, space=space, confidence=confidence)
    if as_json:
        print_json(found.to_json())
        return
    _print(found)
    if found.latency is not None:
        _print_latency(found.latency)


def _print(found: DescribedArch) -> None:
    height, width = found.resolution
    tell(f"{found.name} ({found.arch_id}) at {height}x{width}")
    headings = ("stride", "operator", "times", "output", "parameters", "MACs")
    table = plain_table(*headings, text=headings[:2], wrapped=headings[1:2])
    for level in found.levels:
        for index, row in enumerate(level.operators):
            table.add_row(
                level.stride if index == 0 else "",
                row.operator.replace("_", " "),
                str(row.count),
                "x".join(map(str, row.output)),
                f"{row.parameters * row.count:,}",
                format_count(row.macs * row.count),
            )
    stdout.print(table)
    tell(f"{found.parameters:,} parameters, {format_count(found.macs)} multiply-adds")
    if found.published:
        tell(f"published: {found.published.top1:.2f} % top-1 ({found.published.source})")
        tell(f"weights: {found.published.weights_command}")


def _print_latency(latency: DescribedLatency) -> None:
    shown = format_latency(latency.p50_ms, latency.low_ms, latency.high_ms)
    tell(
        f"{latency.device}: {shown}, each end at {latency.confidence:.0%}, {latency.origin}"
        f"{', extrapolated' if latency.extrapolated else ''}"
    )
    if latency.caution:
        tell(latency.caution, style="yellow")
    print_explanation(latency.explanation, latency.device, latency.p50_ms)
    tell(latency.predictor, style="dim")
