"""`nas show`."""

from dataclasses import replace
from typing import Annotated

import typer

from nas.archs import find_arch
from nas.cli.console import plain_table, print_json, stdout, tell
from nas.cli.explanation import print_explanation
from nas.cli.shared import ArchArgument, JsonOption, SpaceOption
from nas.describing.descriptions import DescribedArch, DescribedLatency, describe_arch
from nas.units import format_count, format_latency, parse_resolution


def show(
    arch: ArchArgument,
    resolution: Annotated[
        str | None, typer.Option("--resolution", help="Another input size: 256 or 1024x2048.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="Also the latency on this device.")] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Confidence of the latency interval.")] = 0.9,
    space: SpaceOption = "efficientvit",
    as_json: JsonOption = False,
) -> None:
    """Show an architecture: levels, blocks, shapes, parameters, multiply-adds, latency.

    Example: nas show mit-b1 --device jetson
    """
    network = find_arch(arch)
    if resolution is not None:
        network = replace(network, resolution=parse_resolution(resolution))
    found = describe_arch(network, device=device, space=space, confidence=confidence)
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
